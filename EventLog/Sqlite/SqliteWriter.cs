using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// The one writer of the database: one thread, one connection, a bounded queue of jobs. It takes whatever waits and runs it
/// in one transaction, so that appends and read models share one commit and one sync.
/// </summary>
/// <remarks>
/// Invariants: a job is answered only after the commit; a job that fails takes its own writes back and nobody else's; when
/// the transaction fails, every job in it is told whether it is certainly not written or whether that is not known.
/// </remarks>
internal sealed partial class SqliteWriter : IDisposable
{
    // Far more than the appender and the read-model grains of one silo ever have under way.
    private const int QueueCapacity = 1_000;

    // Jobs differ a thousandfold in size, so a group is bounded by time, too: whoever comes meanwhile waits for all of it.
    private const int GroupMax = 64;
    private static readonly TimeSpan s_groupTimeMax = TimeSpan.FromMilliseconds(5);

    private readonly SqliteDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<SqliteWriter> _logger;
    private readonly BlockingCollection<SqliteJob> _queue = new(new SqliteJobQueue(), QueueCapacity);
    private readonly RowWindows _windows;
    private readonly Thread _thread;
    private SqliteSession? _session;
    private int _closed;

    public SqliteWriter(SqliteDatabase database, RowWindows windows, TimeProvider time, ILogger<SqliteWriter> logger)
    {
        (_database, _windows, _time, _logger) = (database, windows, time, logger);
        // SQLite's calls block; a thread of its own keeps that away from the pool that runs the grains.
        _thread = new Thread(Run) { IsBackground = true, Name = "orleanses sqlite writer" };
        _thread.Start();
    }

    /// <summary>Runs work inside the next transaction; the result is given after its commit.</summary>
    /// <param name="work">Writes through the session's transaction. It runs on the writer's thread and must not wait.</param>
    /// <exception cref="EventLogUnavailableException">Certainly not written: queue full, stopping, or rolled back.</exception>
    /// <exception cref="OutcomeUnknownException">The commit failed in a way that may show up after a crash.</exception>
    /// <remarks>What <paramref name="work"/> itself throws comes back unchanged, with its writes taken back.</remarks>
    public Task<T> Write<T>(Func<SqliteSession, T> work) => Write(work, SqliteJobKind.Other);

    /// <summary>
    /// As <see cref="Write{T}(Func{SqliteSession, T})"/>, of work that may be run again when it was taken back, and may wait a
    /// little while many commands come.
    /// </summary>
    public async Task<T> WriteRows<T>(Func<SqliteSession, T> work)
    {
        await _windows.Wait().ConfigureAwait(false);
        return await Write(work, SqliteJobKind.Rows).ConfigureAwait(false);
    }

    /// <summary>
    /// As <see cref="Write{T}(Func{SqliteSession, T})"/>, of work that may be run again when it was taken back, and ahead of
    /// whatever is no append.
    /// </summary>
    /// <param name="work">Appends.</param>
    /// <param name="commands">How many commands.</param>
    public Task<T> Append<T>(Func<SqliteSession, T> work, int commands)
    {
        _windows.Appending(commands);
        return Write(work, SqliteJobKind.Append);
    }

    /// <summary>Writes what waits, and ends the thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
            return;
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private async Task<T> Write<T>(Func<SqliteSession, T> work, SqliteJobKind kind)
    {
        T result = default!;
        var job = new SqliteJob(session => result = work(session), kind);
        Enqueue(job);
        await job.Done;
        return result;
    }

    private void Enqueue(SqliteJob job)
    {
        try
        {
            if (_queue.TryAdd(job))
                return;
        }
        catch (Exception stopping) when (stopping is InvalidOperationException or ObjectDisposedException)
        {
            throw new EventLogUnavailableException($"The log '{_database.Path}' is closing.", stopping);
        }
        throw new EventLogUnavailableException($"{QueueCapacity} writes to the log '{_database.Path}' wait already.");
    }

    private void Run()
    {
        var group = new List<SqliteJob>(GroupMax);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            group.Add(first);
            var failure = Commit(group);
            foreach (var job in group)
                job.Complete(failure);
            group.Clear();
        }
        _session?.Dispose();
    }

    // Adds to the group what it takes from the queue.
    // The loop's edge: whatever fails, every job of the group gets its answer and the next group is tried.
    private Exception? Commit(List<SqliteJob> group)
    {
        var committing = false;
        try
        {
            _session ??= new SqliteSession(_database.Connect(SqliteAccess.Write));
            _session.Begin(write: true);
            var since = _time.GetTimestamp();
            var transaction = new SqliteGroup(_session);
            transaction.Run(group[0]);
            while (group.Count < GroupMax && _time.GetElapsedTime(since) < s_groupTimeMax && _queue.TryTake(out var next))
            {
                group.Add(next);
                transaction.Run(next);
            }
            committing = true;
            _session.Commit();
            return null;
        }
        catch (Exception failure)
        {
            LogTransactionFailed(_database.Path, group.Count, failure);
            // Closing the connection rolls back, also when a rollback by itself would fail.
            _session?.Dispose();
            _session = null;
            return committing && !(failure is SqliteException sqlite && SqliteFailures.CertainlyNotCommitted(sqlite))
                ? new OutcomeUnknownException(
                    $"The commit to '{_database.Path}' failed half-way: {failure.Message}", failure)
                : new EventLogUnavailableException(
                    $"The log '{_database.Path}' cannot be written now, and nothing was: {failure.Message}", failure);
        }
    }

    [LoggerMessage(1001, LogLevel.Error, "A transaction of {Jobs} writes to the log '{Path}' failed and was rolled back")]
    private partial void LogTransactionFailed(string path, int jobs, Exception failure);
}
