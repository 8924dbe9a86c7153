namespace OrleansEs.EventLog.ReadModels;

// What an operator decided about a journal of a read model, or about a build when no journal is named. Kept for good.
internal sealed record ReadModelDecision(string Decision, string Actor, string? Reason, JournalId? Journal, ParkedEvent? About)
{
    // Frozen: they are in databases.
    public const string Skip = "skip";
    public const string Retry = "retry";
    public const string RebuildKey = "rebuild-key";
}
