namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The first outcomes of the last few commands of one activation, so that a quick retry costs no read. It is a shortcut
/// only: the constraint in the database is the authority.
/// </summary>
internal sealed class RecentCommands<TEvent>(int countMax)
    where TEvent : class
{
    // The oldest first.
    private readonly List<(Guid CommandId, Entry Entry)> _entries = [];

    public Entry? Find(Guid commandId)
    {
        foreach (var (known, entry) in _entries)
        {
            if (known == commandId)
                return entry;
        }
        return null;
    }

    public void Add(Guid commandId, Entry entry)
    {
        if (Find(commandId) is not null)
            return;
        if (_entries.Count == countMax)
            _entries.RemoveAt(0);
        _entries.Add((commandId, entry));
    }

    /// <param name="RequestHash">The hash of the command's body; null when none was recorded.</param>
    /// <param name="Outcome">How it ended.</param>
    internal sealed record Entry(string? RequestHash, CommandOutcome<TEvent>.Applied Outcome);
}
