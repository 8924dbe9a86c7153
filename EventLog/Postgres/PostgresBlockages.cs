using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Partitions whose lock somebody else holds for too long: a forgotten transaction, or a silo that froze. While one is blocked
/// its appends are refused at once, so that those of other partitions do not wait with them.
/// </summary>
/// <remarks>
/// Nobody but an append has a reason to hold such a lock, and an append is done in milliseconds. So a holder is named in the log,
/// and its session is ended after a while, whatever it does.
/// </remarks>
internal sealed partial class PostgresBlockages(
    PostgresDatabase database, TimeProvider time, ILogger<PostgresBlockages> logger) : IAsyncDisposable
{
    // Long after the bounds of our own statements, so it is none of them.
    private static readonly TimeSpan s_heldMax = TimeSpan.FromSeconds(10);

    // An append that waits for its turn holds nothing; one that has it is done in milliseconds.
    private const double HeldSecondsMin = 1;

    // A locked row carries the number of the transaction that holds it. How old that of another user is may not be told.
    private const string Holders =
        """
        select p.partition, a.pid, coalesce(a.application_name, ''), coalesce(a.state, 'unknown'),
          coalesce(extract(epoch from clock_timestamp() - a.xact_start), 60)::float8
        from log_partition p
        join pg_locks l on l.locktype = 'transactionid' and l.transactionid = p.xmax and l.granted
        join pg_stat_activity a on a.pid = l.pid
        where p.partition = any($1)
        """;

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<int, Blockage> _blocked = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _watching = Task.CompletedTask;
    private bool _isWatching;

    /// <summary>Why a partition is blocked, with the remedy; null when it is not.</summary>
    public string? Find(int partition) => _blocked.IsEmpty ? null : _blocked.GetValueOrDefault(partition)?.Words;

    /// <summary>Looks which of the partitions somebody has held for too long, and blocks those until they are free.</summary>
    /// <returns>True when there is one.</returns>
    public async Task<bool> Look(int[] partitions)
    {
        try
        {
            await using var connection = await database.Writer.OpenConnectionAsync(_stopping.Token);
            var forgotten = (await ReadHolders(connection, partitions)).FindAll(holder => holder.Seconds >= HeldSecondsMin);
            forgotten.ForEach(Block);
            return forgotten.Count > 0;
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            LogNotLooked(database.Name, failure);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private void Block(Holder holder)
    {
        var words = $"Partition {holder.Partition} is locked by the session {holder.Pid} ('{holder.Application}', {holder.State}, "
            + $"transaction open for {holder.Seconds:0} s). End that session: select pg_terminate_backend({holder.Pid}).";
        if (_blocked.TryAdd(holder.Partition, new Blockage(words, holder.Pid, time.GetTimestamp())))
            LogBlocked(holder.Partition, holder.Pid, holder.Application, holder.State, holder.Seconds);
        lock (_gate)
        {
            if (_isWatching)
                return;
            _isWatching = true;
            _watching = WatchUntilFree();
        }
    }

    private async Task WatchUntilFree()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            await Task.Delay(s_lookInterval, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await LookAgain();
            }
            // The loop's edge. Appends find out by themselves: a database that is away blocks nobody.
            catch (Exception failure)
            {
                if (!_stopping.IsCancellationRequested)
                    LogNotLooked(database.Name, failure);
                _blocked.Clear();
            }
            // Whoever blocks a partition after this look starts another watch.
            lock (_gate)
            {
                if (!_blocked.IsEmpty && !_stopping.IsCancellationRequested)
                    continue;
                _isWatching = false;
                return;
            }
        }
    }

    private async Task LookAgain()
    {
        await using var connection = await database.Writer.OpenConnectionAsync(_stopping.Token);
        var holders = await ReadHolders(connection, [.. _blocked.Keys]);
        foreach (var (partition, blockage) in _blocked)
        {
            if (!holders.Exists(holder => holder.Partition == partition && holder.Pid == blockage.Pid))
            {
                _blocked.TryRemove(partition, out _);
                LogFree(partition);
            }
            else if (time.GetElapsedTime(blockage.Since) >= s_heldMax)
            {
                LogEnded(blockage.Pid, partition, s_heldMax.TotalSeconds);
                await using var end = new NpgsqlCommand("select pg_terminate_backend($1)", connection);
                end.Parameters.Add(new NpgsqlParameter<int> { TypedValue = blockage.Pid });
                await end.ExecuteNonQueryAsync(_stopping.Token);
            }
        }
    }

    private async Task<List<Holder>> ReadHolders(NpgsqlConnection connection, int[] partitions)
    {
        var holders = new List<Holder>();
        await using var command = new NpgsqlCommand(Holders, connection);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = partitions });
        await using var rows = await command.ExecuteReaderAsync(_stopping.Token);
        while (await rows.ReadAsync(_stopping.Token))
            holders.Add(new Holder(
                rows.GetInt32(0), rows.GetInt32(1), rows.GetString(2), rows.GetString(3), rows.GetDouble(4)));
        return holders;
    }

    private sealed record Holder(int Partition, int Pid, string Application, string State, double Seconds);

    private sealed record Blockage(string Words, int Pid, long Since);

    [LoggerMessage(1105, LogLevel.Error,
        "Partition {Partition} is locked by session {Pid} ('{Application}', {State}) for {Seconds} s; appends to it are refused till then")]
    private partial void LogBlocked(int partition, int pid, string application, string state, double seconds);

    [LoggerMessage(1106, LogLevel.Warning, "Partition {Partition} is free again")]
    private partial void LogFree(int partition);

    [LoggerMessage(1107, LogLevel.Error,
        "Session {Pid} has held partition {Partition} for {Seconds} s and more: it is ended")]
    private partial void LogEnded(int pid, int partition, double seconds);

    [LoggerMessage(1108, LogLevel.Warning, "Who holds the locks in {Database} could not be read")]
    private partial void LogNotLooked(string database, Exception failure);
}
