using System.Collections.ObjectModel;
using System.Reflection;
using System.Text;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Walks a state's type through the fields of all types that are not the framework's, and through the subtypes of abstract
/// ones in their own assembly.
/// </summary>
internal sealed class StateShapeWalk
{
    private const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly HashSet<Type> _seen = [];
    private readonly StringBuilder _description = new();
    private readonly List<string> _lostMembers = [];

    public string Description => _description.ToString();

    public ReadOnlyCollection<string> LostMembers => _lostMembers.AsReadOnly();

    public void Visit(Type type)
    {
        if (!_seen.Add(type))
            return;
        if (type.HasElementType)
            Visit(type.GetElementType()!);
        foreach (var argument in type.GetGenericArguments())
            Visit(argument);
        if (IsFrameworks(type) || type.IsGenericParameter || type.IsPrimitive)
            return;
        _description.Append(NameOf(type)).Append('{');
        if (type.IsEnum)
            _description.AppendJoin(',', Enum.GetNames(type));
        var fields = type.IsEnum ? [] : type.GetFields(OwnFields).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        foreach (var field in fields)
        {
            _description.Append(field.Name).Append(':').Append(NameOf(field.FieldType)).Append(';');
            if (IsLost(type, field))
                _lostMembers.Add($"{type.Name}.{MemberOf(field)}");
        }
        _description.Append('}');
        foreach (var field in fields)
            Visit(field.FieldType);
        if (type.BaseType is { } parent)
            Visit(parent);
        if (type.IsAbstract)
        {
            foreach (var subtype in type.Assembly.GetTypes().Where(t => t.IsSubclassOf(type) || t.GetInterfaces().Contains(type)))
                Visit(subtype);
        }
    }

    private static bool IsFrameworks(Type type) =>
        type.Namespace is { } name
        && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal)
            || name == "Orleans" || name.StartsWith("Orleans.", StringComparison.Ordinal));

    // Without the versions of assemblies: an update of the framework changes no state.
    private static string NameOf(Type type) =>
        type.IsGenericType
            ? $"{type.Namespace}.{type.Name}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>"
            : type.FullName ?? type.Name;

    private static bool IsLost(Type type, FieldInfo field)
    {
        if (type.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false) is not { } generated
            || generated.GenerateFieldIds != GenerateFieldIds.None
            || field.IsDefined(typeof(NonSerializedAttribute))
            || field.IsDefined(typeof(IdAttribute)))
            return false;
        var member = MemberOf(field);
        if (type.GetProperty(member, OwnFields) is { } property && property.IsDefined(typeof(IdAttribute)))
            return false;
        // The parameters of a record's primary constructor are serialized without an [Id] of their own.
        return !type.GetConstructors().SelectMany(c => c.GetParameters())
            .Any(p => string.Equals(p.Name, member, StringComparison.OrdinalIgnoreCase));
    }

    private static string MemberOf(FieldInfo field) =>
        field.Name is ['<', .. var rest] && rest.IndexOf('>', StringComparison.Ordinal) is > 0 and var end
            ? rest[..end]
            : field.Name;
}
