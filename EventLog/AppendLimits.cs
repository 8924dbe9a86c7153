namespace OrleansEs.EventLog;

/// <summary>The bounds of the way in.</summary>
/// <param name="QueueCapacity">How many appends may wait; one more is refused at once.</param>
/// <param name="BatchRequestsMax">How many appends share one transaction at most.</param>
/// <param name="EventsMax">How many events one append may hold.</param>
/// <param name="PayloadBytesMax">How many bytes one event's payload may have.</param>
/// <param name="StopTimeout">How long a stop waits for what was queued before it.</param>
internal sealed record AppendLimits(
    int QueueCapacity, int BatchRequestsMax, int EventsMax, int PayloadBytesMax, TimeSpan StopTimeout);
