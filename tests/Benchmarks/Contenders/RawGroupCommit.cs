using System.Threading.Channels;
using Npgsql;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>What group commit can reach at most: whatever waits goes in one prepared insert over one connection.</summary>
internal sealed class RawGroupCommit : IDepositor
{
    private const int BatchMax = 500;

    private readonly RawPostgres _database;
    private readonly RawLog _log;
    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly Task _writing;

    public RawGroupCommit(RawPostgres database)
    {
        (_database, _log) = (database, new RawLog());
        _writing = Write();
    }

    public IReadOnlyList<int> Processes => [];

    public static async Task<IDepositor> Start(Bench bench) =>
        new RawGroupCommit(await RawPostgres.Create(bench));

    public Task Deposit(int account, long cents) => Append(account, cents);

    /// <summary>Deposits, and says where the event is.</summary>
    public async Task<LogPosition> Append(int account, long cents)
    {
        Waiting waiting;
        // Positions are committed in order, as whoever reads them trusts.
        lock (_log)
        {
            waiting = new Waiting(_log.Next(account, cents), new(TaskCreationOptions.RunContinuationsAsynchronously));
            _queue.Writer.TryWrite(waiting);
        }
        await waiting.Answer.Task;
        return new LogPosition(waiting.Row.Partition, waiting.Row.Position);
    }

    public async Task<IReadOnlyList<Stored>?> Read() => _log.InOrder(await _database.Read());

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await _writing;
        await _database.DisposeAsync();
    }

    private async Task Write()
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        var batch = new List<Waiting>(BatchMax);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < BatchMax && _queue.Reader.TryRead(out var waiting))
                batch.Add(waiting);
            try
            {
                await Insert(connection, batch.ConvertAll(waiting => waiting.Row));
                batch.ForEach(waiting => waiting.Answer.SetResult());
            }
            catch (NpgsqlException failure)
            {
                batch.ForEach(waiting => waiting.Answer.SetException(failure));
            }
        }
    }

    /// <summary>Writes rows in one statement, and returns after its commit.</summary>
    public static async Task Insert(NpgsqlConnection connection, List<RawRow> rows)
    {
        await using var command = new NpgsqlCommand(
            $"""
            insert into log_event ({RawRow.Columns})
            select partition, position, journal, version, command_id, 0, '{RawRow.Type}', 1, 'json', payload, metadata::json, recorded_at
            from unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::bigint[])
              as row (partition, position, journal, version, command_id, payload, metadata, recorded_at)
            """, connection)
        {
            Parameters =
            {
                Column(rows, row => row.Partition), Column(rows, row => row.Position), Column(rows, row => row.Journal),
                Column(rows, row => row.Version), Column(rows, row => row.CommandId), Column(rows, row => row.Payload),
                Column(rows, row => row.Metadata), Column(rows, row => row.RecordedAt),
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlParameter<T[]> Column<T>(List<RawRow> rows, Converter<RawRow, T> value) =>
        new() { TypedValue = [.. rows.ConvertAll(value)] };

    private sealed record Waiting(RawRow Row, TaskCompletionSource Answer);
}
