namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The mark that a journal was cleared: its state and version begin anew, and nothing is deleted. The name is reserved and
/// frozen.
/// </summary>
internal static class ClearEvent
{
    public const string Type = "$cleared";

    public static ProposedEvent New(EventMetadata metadata) => new(Type, 1, "json", "{}"u8.ToArray(), metadata);

    public static bool Is(CommittedEvent committed) => committed.Type == Type;
}
