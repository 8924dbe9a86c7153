using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Serializers;

namespace OrleansEs.EventLog.Codec;

/// <summary>
/// Names for event types that nobody registered: their Orleans alias, else their CLR name. Names are looked up only among
/// the types of Orleans' manifest, which its code generator wrote at build time; no name from the database is ever loaded.
/// </summary>
internal sealed class OrleansTypeNames
{
    private readonly FrozenDictionary<string, Type> _byName;
    private readonly FrozenDictionary<Type, string> _byType;

    public OrleansTypeNames(IOptions<TypeManifestOptions> manifest)
    {
        var byName = new Dictionary<string, Type>(StringComparer.Ordinal);
        var ambiguous = new HashSet<string>(StringComparer.Ordinal);
        foreach (var type in SerializableTypes(manifest.Value).Distinct())
        {
            // Two assemblies may hold types of one CLR name: then that name says nothing, and an alias is needed.
            if (type.FullName is { } name && !byName.TryAdd(name, type) && byName[name] != type)
                ambiguous.Add(name);
        }
        foreach (var name in ambiguous)
            byName.Remove(name);
        var byType = byName.ToDictionary(pair => pair.Value, pair => pair.Key);
        foreach (var (alias, type) in manifest.Value.WellKnownTypeAliases)
        {
            byName[alias] = type;
            byType[type] = alias;
        }
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        _byType = byType.ToFrozenDictionary();
    }

    /// <summary>The name of a type in the manifest.</summary>
    public bool TryName(Type type, [NotNullWhen(true)] out string? name) => _byType.TryGetValue(type, out name);

    /// <summary>The type of a name, if the manifest holds it. A CLR name still works after an alias was given.</summary>
    public bool TryResolve(string name, [NotNullWhen(true)] out Type? type) => _byName.TryGetValue(name, out type);

    // The manifest lists the generated codecs; what each one serializes is the argument of the interface it implements.
    private static IEnumerable<Type> SerializableTypes(TypeManifestOptions manifest) =>
        from codec in manifest.Serializers.Concat(manifest.FieldCodecs)
        from contract in codec.GetInterfaces()
        where contract.IsGenericType && CodecContracts.Contains(contract.GetGenericTypeDefinition())
        let serialized = contract.GetGenericArguments()[0]
        where !serialized.ContainsGenericParameters && serialized != typeof(object)
        select serialized;

    private static readonly Type[] CodecContracts =
        [typeof(Orleans.Serialization.Codecs.IFieldCodec<>), typeof(IBaseCodec<>), typeof(IValueSerializer<>)];
}
