namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Lets bulks of one silo wait for each other's partitions, and for a connection: here the wait holds nothing of the server, and none
/// of them takes another one for a lock that somebody forgot.
/// </summary>
/// <remarks>Invariant: everybody takes the turns in the order of the partitions, so nobody waits in a circle.</remarks>
internal sealed class PostgresBulkTurns(int partitions)
{
    // One for each partition, and the last one for the connections. Nobody asks for a wait handle, so there is nothing to dispose.
    private readonly SemaphoreSlim[] _turns =
        [.. Enumerable.Range(0, partitions).Select(_ => new SemaphoreSlim(1)), new(PostgresSettings.BulksMax)];

    /// <summary>Waits until all of them are free, and takes them until what is returned is disposed.</summary>
    /// <param name="partitions">The partitions, in order.</param>
    /// <param name="cancellation">Gives up, and takes none.</param>
    public async Task<IDisposable> Take(int[] partitions, CancellationToken cancellation)
    {
        var taken = new Taken();
        try
        {
            foreach (var turn in partitions.Select(partition => _turns[partition]).Append(_turns[^1]))
            {
                await turn.WaitAsync(cancellation);
                taken.Add(turn);
            }
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private sealed class Taken : IDisposable
    {
        private readonly List<SemaphoreSlim> _turns = [];

        public void Add(SemaphoreSlim turn) => _turns.Add(turn);

        public void Dispose() => _turns.ForEach(turn => turn.Release());
    }
}
