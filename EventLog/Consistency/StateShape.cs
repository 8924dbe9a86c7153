using System.Collections.ObjectModel;
using System.Globalization;
using System.IO.Hashing;
using System.Reflection;
using System.Text;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The shape of a state's type, found once per type: its schema text, by which a snapshot of another shape is known, and the
/// members that Orleans' serializer would lose.
/// </summary>
internal static class StateShape<TView>
{
    static StateShape()
    {
        // The holder of an aggregate's state is always the same; what counts is what it holds.
        var type = typeof(TView) is { IsGenericType: true } view && view.GetGenericTypeDefinition() == typeof(StateHolder<>)
            ? view.GetGenericArguments()[0]
            : typeof(TView);
        var walk = new StateShapeWalk();
        walk.Visit(type);
        var number = type.GetCustomAttribute<SnapshotSchemaAttribute>()?.Number ?? 1;
        var hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(walk.Description));
        Schema = string.Create(CultureInfo.InvariantCulture, $"{number}:{hash:x16}");
        LostMembers = walk.LostMembers;
    }

    /// <summary>The schema text: equal for equal shapes, on every silo and after every restart.</summary>
    public static string Schema { get; }

    /// <summary>
    /// Members of types with a generated serializer that lack an <c>[Id]</c>: they would be lost without a word.
    /// </summary>
    public static ReadOnlyCollection<string> LostMembers { get; }

    public static string LostMembersMessage =>
        $"Orleans' serializer would lose {string.Join(", ", LostMembers)}: give each an [Id], or [NonSerialized].";
}
