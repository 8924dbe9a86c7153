using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.ReadModels;

// Decodes what a projection handles and leaves out the rest.
internal sealed class ProjectionFeed(IProjection projection, IEventSerializer serializer)
{
    // The log's own types (a clear) begin so; they have no content.
    private const char OwnTypeMark = '$';

    private readonly Type[] _handled = [.. projection.Handles];
    private readonly Dictionary<(string Type, int Version), bool> _wanted = [];

    public IReadOnlyList<ProjectedEvent> Project(IReadOnlyList<CommittedEvent> events)
    {
        var projected = new List<ProjectedEvent>(events.Count);
        foreach (var committed in events)
        {
            var isOwn = committed.Type.StartsWith(OwnTypeMark);
            if (isOwn && _handled.Length == 0)
                projected.Add(new ProjectedEvent(committed, null));
            else if (!isOwn && IsWanted(committed))
                projected.Add(new ProjectedEvent(committed, projection.ReadsContent ? serializer.Decode(committed) : null));
        }
        return projected;
    }

    // A projection may name a base type of the events it handles.
    private bool IsWanted(CommittedEvent committed)
    {
        if (_handled.Length == 0)
            return true;
        var key = (committed.Type, committed.TypeVersion);
        if (!_wanted.TryGetValue(key, out var wanted))
        {
            var type = serializer.Resolve(committed);
            wanted = _handled.Any(handled => handled.IsAssignableFrom(type));
            _wanted.Add(key, wanted);
        }
        return wanted;
    }
}
