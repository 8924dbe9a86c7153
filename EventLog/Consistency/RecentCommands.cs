namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The first outcomes of the last few commands of one activation, so that a quick retry costs no read. It is a shortcut
/// only: the constraint in the database is the authority.
/// </summary>
internal sealed class RecentCommands<TEvent>(int countMax)
    where TEvent : class
{
    private readonly Dictionary<Guid, Entry> _entries = [];
    private readonly Queue<Guid> _order = new();

    public Entry? Find(Guid commandId) => _entries.GetValueOrDefault(commandId);

    public void Add(Guid commandId, Entry entry)
    {
        if (!_entries.TryAdd(commandId, entry))
            return;
        _order.Enqueue(commandId);
        if (_order.Count > countMax)
            _entries.Remove(_order.Dequeue());
    }

    /// <param name="RequestHash">The hash of the command's body; null when none was recorded.</param>
    /// <param name="Outcome">How it ended.</param>
    internal sealed record Entry(string? RequestHash, CommandOutcome<TEvent>.Applied Outcome);
}
