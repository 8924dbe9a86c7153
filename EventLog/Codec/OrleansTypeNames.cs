using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Serializers;

namespace OrleansEs.EventLog.Codec;

/// <summary>
/// Names for event types that nobody registered: their Orleans alias, else their CLR name. Names are looked up only among
/// the types of Orleans' manifest, which its code generator wrote at build time; no name from the database is ever loaded.
/// </summary>
internal sealed class OrleansTypeNames
{
    // An event type that nests generic types deeper than this is a mistake, and a bound keeps a wrong row from going deep.
    private const int GenericDepthMax = 8;

    private static readonly Type[] s_contracts =
        [typeof(IFieldCodec<>), typeof(IBaseCodec<>), typeof(IValueSerializer<>), typeof(IConverter<,>)];

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

    /// <summary>
    /// The name of a type in the manifest; of a generic type, that of its definition with those of its arguments.
    /// </summary>
    public bool TryName(Type type, [NotNullWhen(true)] out string? name)
    {
        if (_byType.TryGetValue(type, out name))
            return true;
        if (!type.IsConstructedGenericType || !_byType.TryGetValue(type.GetGenericTypeDefinition(), out var definition))
            return false;
        var arguments = type.GetGenericArguments().Select(argument => TryName(argument, out var known) ? known : null).ToArray();
        name = $"{definition}[{string.Join(',', arguments)}]";
        return !arguments.Contains(null);
    }

    /// <summary>The type of a name, if the manifest holds it. A CLR name still works after an alias was given.</summary>
    public bool TryResolve(string name, [NotNullWhen(true)] out Type? type) => TryResolve(name, GenericDepthMax, out type);

    private bool TryResolve(string name, int depth, [NotNullWhen(true)] out Type? type)
    {
        if (_byName.TryGetValue(name, out type))
            return true;
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (depth == 0 || open < 0 || !name.EndsWith(']') || !_byName.TryGetValue(name[..open], out var definition))
            return false;
        var names = SplitArguments(name[(open + 1)..^1]);
        if (!definition.IsGenericTypeDefinition || definition.GetGenericArguments().Length != names.Count)
            return false;
        var arguments = new Type[names.Count];
        for (var index = 0; index < arguments.Length; index++)
        {
            if (!TryResolve(names[index], depth - 1, out var argument))
                return false;
            arguments[index] = argument;
        }
        return TryMake(definition, arguments, out type);
    }

    private static bool TryMake(Type definition, Type[] arguments, [NotNullWhen(true)] out Type? type)
    {
        try
        {
            type = definition.MakeGenericType(arguments);
            return true;
        }
        catch (ArgumentException)
        {
            // The arguments break a constraint: nobody can have written an event of such a type.
            type = null;
            return false;
        }
    }

    // Splits at the commas that stand outside of all brackets.
    private static List<string> SplitArguments(string text)
    {
        var (parts, start, depth) = (new List<string>(), 0, 0);
        for (var index = 0; index < text.Length; index++)
        {
            depth += text[index] switch { '[' => 1, ']' => -1, _ => 0 };
            if (text[index] != ',' || depth != 0)
                continue;
            parts.Add(text[start..index]);
            start = index + 1;
        }
        parts.Add(text[start..]);
        return parts;
    }

    // The manifest lists codecs and converters; what each one serializes is the argument of the interface it implements.
    private static IEnumerable<Type> SerializableTypes(TypeManifestOptions manifest) =>
        from codec in manifest.Serializers.Concat(manifest.FieldCodecs).Concat(manifest.Converters)
        from contract in codec.GetInterfaces()
        where contract.IsGenericType && s_contracts.Contains(contract.GetGenericTypeDefinition())
        let serialized = contract.GetGenericArguments()[0]
        where serialized != typeof(object) && !serialized.IsGenericParameter && !serialized.IsArray
        select serialized.ContainsGenericParameters ? serialized.GetGenericTypeDefinition() : serialized;
}
