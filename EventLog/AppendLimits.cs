namespace OrleansEs.EventLog;

/// <summary>The bounds of the way in.</summary>
/// <param name="QueueCapacity">How many appends may wait, in all lanes together; one more is refused at once.</param>
/// <param name="BatchRequestsMax">How many appends share one transaction at most.</param>
/// <param name="EventsMax">How many events one append may hold.</param>
/// <param name="PayloadBytesMax">How many bytes one event's payload may have.</param>
/// <param name="StopTimeout">How long a stop waits for what was queued before it.</param>
/// <param name="Lanes">How many batches may be under way at once; at most one for each partition.</param>
internal sealed record AppendLimits(
    int QueueCapacity, int BatchRequestsMax, int EventsMax, int PayloadBytesMax, TimeSpan StopTimeout, int Lanes = 1)
{
    /// <summary>Refuses a request of which one payload is too large.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parameter">What the caller calls it.</param>
    /// <exception cref="ArgumentException">Names the event, the journal and the bytes.</exception>
    public void CheckPayloads(AppendRequest request, string parameter)
    {
        // By number: nearly every append comes here, and a list of one event need not be enumerated.
        for (var index = 0; index < request.Events.Count; index++)
        {
            var proposed = request.Events[index];
            if (proposed.Payload.Length > PayloadBytesMax)
                throw new ArgumentException(
                    $"A payload has at most {PayloadBytesMax} bytes; a {proposed.Type} for {request.Journal} has "
                    + $"{proposed.Payload.Length}.", parameter);
        }
    }
}
