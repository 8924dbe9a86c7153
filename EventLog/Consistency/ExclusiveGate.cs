namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Lets calls that interleave in one grain in one after the other, in the order in which they came.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose AvailableWaitHandle is never taken holds nothing to dispose of.
internal sealed class ExclusiveGate
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>How many wait for their turn.</summary>
    public int Waiting { get; private set; }

    /// <exception cref="EventLogUnavailableException">The deadline passed before the turn came.</exception>
    public async ValueTask<Turn> Enter(Deadline deadline, JournalId journal)
    {
        if (_turn.CurrentCount > 0 && _turn.Wait(0, CancellationToken.None))
            return new Turn(_turn);
        using var cancellation = deadline.ToCancellation();
        try
        {
            Waiting++;
            await _turn.WaitAsync(cancellation.Token);
            return new Turn(_turn);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new EventLogUnavailableException($"{journal} was busy with other calls up to the deadline.", cancelled);
        }
        finally
        {
            Waiting--;
        }
    }

    internal readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
