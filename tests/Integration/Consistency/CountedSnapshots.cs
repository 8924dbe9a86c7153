using OrleansEs.EventLog;

namespace OrleansEs.Integration.Consistency;

/// <summary>A snapshot store that counts.</summary>
internal sealed class CountedSnapshots(ISnapshotStore inner) : ISnapshotStore
{
    private int _reads;
    private int _writes;

    public int Reads => _reads;

    public int Writes => _writes;

    public Task<JournalSnapshot?> Read(JournalId journal, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return inner.Read(journal, cancellation);
    }

    public async Task Write(JournalId journal, JournalSnapshot snapshot, CancellationToken cancellation)
    {
        await inner.Write(journal, snapshot, cancellation);
        Interlocked.Increment(ref _writes);
    }

    public Task Delete(JournalId journal, long version, CancellationToken cancellation) =>
        inner.Delete(journal, version, cancellation);
}
