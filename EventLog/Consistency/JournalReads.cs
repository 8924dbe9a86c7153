namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Reads of one journal: each is tried again, with growing waits, up to the deadline, and then fails with its cause.
/// </summary>
internal sealed class JournalReads(JournalContext context, ConnectionWatch watch)
{
    public Task<IReadOnlyList<CommittedEvent>> Page(long afterVersion, int countMax, Deadline deadline) =>
        Read(token => context.Stores.Reader.ReadJournal(context.Journal, afterVersion, countMax, token), deadline);

    public Task<IReadOnlyList<CommittedEvent>> FindCommand(Guid commandId, Deadline deadline) =>
        Read(token => context.Stores.Reader.FindCommand(context.Journal, commandId, token), deadline);

    public Task<JournalSnapshot?> Snapshot(Deadline deadline) =>
        Read(token => context.Stores.Snapshots.Read(context.Journal, token), deadline);

    /// <summary>Not a read, and tried like one: a load cannot go on without it.</summary>
    public Task DeleteSnapshot(long version, Deadline deadline) => Read(
        async token =>
        {
            await context.Stores.Snapshots.Delete(context.Journal, version, token);
            return true;
        },
        deadline);

    private async Task<T> Read<T>(Func<CancellationToken, Task<T>> read, Deadline deadline)
    {
        EventLogUnavailableException? last = null;
        while (true)
        {
            using var cancellation = deadline.ToCancellation();
            try
            {
                // Nobody waits beyond the deadline, not even for a store that does not listen to its token.
                var result = await read(cancellation.Token).WaitAsync(cancellation.Token);
                watch.Succeeded();
                return result;
            }
            catch (EventLogUnavailableException unavailable)
            {
                last = unavailable;
                var delay = watch.Failed(unavailable);
                if (deadline.HasPassed)
                    throw;
                await deadline.Delay(delay);
            }
            catch (OperationCanceledException cancelled)
            {
                var cause = last ?? (Exception)cancelled;
                watch.Failed(cause);
                throw new EventLogUnavailableException(
                    $"{context.Journal} could not be read before the deadline: {cause.Message}", cause);
            }
        }
    }
}
