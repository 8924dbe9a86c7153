namespace OrleansEs.EventLog.Codec;

/// <summary>
/// The journal was cleared: its state begins anew after this event, and its version goes on. Nothing is deleted.
/// The log's own event, stored as <c>$cleared</c>.
/// </summary>
[GenerateSerializer, Immutable, Alias("$cleared")]
public sealed record JournalCleared
{
    /// <summary>Its stored name. Names that begin with <c>$</c> are the log's own.</summary>
    public const string StoredName = "$cleared";
}
