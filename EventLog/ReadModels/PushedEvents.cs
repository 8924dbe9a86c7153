namespace OrleansEs.EventLog.ReadModels;

// What was pushed to a read model and is not applied yet. Pushes may come repeated, reordered or not at all.
// Invariants: what it gives out follows the asked position without a hole; it holds a bounded number of pushes and drops
//   what comes beyond, since the log has it.
internal sealed class PushedEvents(int pushesMax)
{
    // By the first position of each push.
    private readonly SortedList<long, IReadOnlyList<CommittedEvent>> _pushes = [];

    public int Count => _pushes.Count;

    // Keeps a push, or says no: it is empty, has a hole, or there is no room for it.
    public bool Offer(IReadOnlyList<CommittedEvent> push)
    {
        if (push.Count == 0 || !IsContiguous(push))
            return false;
        var first = push[0].At.Position;
        if (_pushes.TryGetValue(first, out var known))
        {
            if (known.Count < push.Count)
                _pushes[first] = push;
            return true;
        }
        if (_pushes.Count >= pushesMax)
            return false;
        _pushes.Add(first, push);
        return true;
    }

    // Takes the events that follow a position, at most so many, and forgets what is applied. Nothing, and a hole, when
    // events are here but not the next one: then the log must be read.
    public (IReadOnlyList<CommittedEvent> Events, bool Hole) TakeAfter(long position, int countMax)
    {
        var taken = new List<CommittedEvent>();
        while (taken.Count < countMax && _pushes.Count > 0)
        {
            var push = _pushes.Values[0];
            if (push[0].At.Position > position + 1)
                break;
            var known = (int)Math.Min(push.Count, position + 1 - push[0].At.Position);
            var fitting = Math.Min(push.Count - known, countMax - taken.Count);
            taken.AddRange(push.Skip(known).Take(fitting));
            position += fitting;
            if (known + fitting < push.Count)
                break;
            _pushes.RemoveAt(0);
        }
        return (taken, taken.Count == 0 && _pushes.Count > 0);
    }

    private static bool IsContiguous(IReadOnlyList<CommittedEvent> push)
    {
        for (var index = 1; index < push.Count; index++)
        {
            if (push[index].At.Position != push[index - 1].At.Position + 1)
                return false;
        }
        return true;
    }
}
