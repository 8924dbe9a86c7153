using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// A bounded pool of read-only connections. In WAL mode they never wait for the writer, nor the writer for them.
/// </summary>
internal sealed class SqliteReaders(SqliteDatabase database, int connectionsMax) : IDisposable
{
    private readonly SemaphoreSlim _free = new(connectionsMax, connectionsMax);
    private readonly ConcurrentStack<SqliteSession> _idle = new();

    /// <summary>Runs a read that is of one moment by itself: a single statement.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    public async Task<T> Read<T>(Func<SqliteSession, T> read, CancellationToken cancellation)
    {
        try
        {
            return await Rented(session => Task.FromResult(read(session)), cancellation);
        }
        catch (SqliteException failure)
        {
            throw Unavailable(failure);
        }
    }

    /// <summary>Runs several statements in one read transaction: what they read is of one moment.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    /// <remarks>What <paramref name="read"/> throws comes back unchanged: a wrong query is no outage.</remarks>
    public Task<T> ReadMoment<T>(Func<SqliteConnection, Task<T>> read, CancellationToken cancellation) => Rented(
        async session =>
        {
            BeginMoment(session);
            var result = await read(session.Connection);
            session.End();
            return result;
        },
        cancellation);

    public void Dispose()
    {
        while (_idle.TryPop(out var session))
            session.Dispose();
        _free.Dispose();
    }

    private void BeginMoment(SqliteSession session)
    {
        try
        {
            session.Begin(write: false);
            // SQLite takes the moment at the first read, so whether the file can be read shows here and not in the query.
            session.Statement("select 1 from log_meta limit 1").Scalar();
        }
        catch (SqliteException failure)
        {
            throw Unavailable(failure);
        }
    }

    private SqliteSession Rent()
    {
        try
        {
            return _idle.TryPop(out var idle) ? idle : new SqliteSession(database.Connect(SqliteAccess.Read));
        }
        catch (SqliteException failure)
        {
            throw Unavailable(failure);
        }
    }

    private EventLogUnavailableException Unavailable(SqliteException failure) =>
        new($"The log '{database.Path}' cannot be read now: {failure.Message}", failure);

    private async Task<T> Rented<T>(Func<SqliteSession, Task<T>> read, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        SqliteSession? session = null;
        try
        {
            session = Rent();
            var result = await read(session);
            _idle.Push(session);
            session = null;
            return result;
        }
        finally
        {
            // What failed is not used again: its connection may be left in any state.
            session?.Dispose();
            _free.Release();
        }
    }
}
