using Npgsql;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Commits rows of read models together: what waits, of whatever parts, goes in one transaction and one round trip, and the rows
/// of one statement in one statement. The checkpoints are moved by one that fails when any of them is not where it was thought to
/// be, so nothing is written then.
/// </summary>
/// <remarks>
/// Invariants: a request is answered after its commit; when a batch fails, each of its requests is tried by itself and answered
/// for itself; a bounded number waits, since each part waits for its own; under load what is under way is waited for, and then the
/// end of a window (<see cref="RowWindows"/>), so that the next batch is a large one, which costs less for each row.
/// </remarks>
internal sealed class PostgresRowCommits : IAsyncDisposable
{
    // Larger ones go by themselves: small ones would have to wait for them.
    private const int RowsMax = 2_000;

    // A second batch at once only when so many rows have gathered meanwhile: half as large, each row costs more.
    private const int LanesMax = 2;
    private const int MuchMin = 1_000;

    // Where one was not moved, a text that is no number is cast to one. That fails, which ends the transaction and with it the
    // rows; the server's log quotes the text.
    private const string MoveOrFail =
        """
        with moved as (
          update read_model_checkpoint c
          set position = w.upto, updated_at = $1
          from unnest($2::text[], $3::int[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[])
            as w (read_model, build, partition, upto, position, epoch)
          where c.read_model = w.read_model and c.build = w.build and c.partition = w.partition
            and c.position = w.position and c.epoch = w.epoch
          returning 1
        )
        select
          case
            when count(*) = cardinality($3) then 1
            else format('%s of %s checkpoints are elsewhere than was thought', cardinality($3) - count(*), cardinality($3))::int
          end
        from moved
        """;

    private readonly PostgresDatabase _database;
    private readonly TimeProvider _time;
    private readonly RowWindows _windows;
    private readonly Lock _gate = new();
    private readonly Queue<Request> _waiting = [];
    private readonly List<Lane> _lanes = [];
    private int _waitingRows;
    private bool _isClosed;

    public PostgresRowCommits(PostgresDatabase database, RowWindows windows, TimeProvider time) =>
        (_database, _windows, _time) = (database, windows, time);

    /// <summary>Commits the rows of one part, and moves its checkpoint.</summary>
    /// <returns>False when the checkpoint is not where it was thought to be; nothing was written.</returns>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">The answer was lost.</exception>
    public Task<bool> Commit(ReadModelPart part, ReadModelCheckpoint from, long to, RowWrites rows)
    {
        var request = new Request(part, from, to, rows);
        if (rows.Count > RowsMax)
            return AnswerByItself(request);
        lock (_gate)
        {
            if (_isClosed)
                throw new EventLogUnavailableException($"The database {_database.Name} is being closed.");
            _waiting.Enqueue(request);
            _waitingRows += rows.Count;
            if (IsLaneWanted())
            {
                var lane = new Lane();
                _lanes.Add(lane);
                lane.Running = RunLane(lane);
            }
        }
        return request.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_gate)
        {
            _isClosed = true;
            running = [.. _lanes.Select(lane => lane.Running)];
        }
        await Task.WhenAll(running);
    }

    private async Task<bool> AnswerByItself(Request request)
    {
        await Answer([request]);
        return await request.Done.Task;
    }

    // Whether one more should begin, or one that has done its batch go on with what waits.
    private bool IsLaneWanted() =>
        _waiting.Count > 0 && _lanes.Count < LanesMax && (_lanes.Count == 0 || _waitingRows >= MuchMin);

    private async Task RunLane(Lane lane)
    {
        // Whoever asks for a commit waits for no batch, and lends no scheduler.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (await NextBatch(lane) is { } batch)
            await Answer(batch);
    }

    private async Task<List<Request>?> NextBatch(Lane lane)
    {
        // Behind what is queued for the processors: the other parts that got the same push are about to ask as well.
        await Task.Yield();
        await _windows.Wait();
        return Take(lane);
    }

    // What waits; null when the lane is to end.
    private List<Request>? Take(Lane lane)
    {
        lock (_gate)
        {
            _lanes.Remove(lane);
            if (!IsLaneWanted())
                return null;
            _lanes.Add(lane);
            var batch = new List<Request>();
            var rows = 0;
            for (; rows <= RowsMax && _waiting.TryDequeue(out var request); rows += request.Rows.Count)
                batch.Add(request);
            _waitingRows -= rows;
            return batch;
        }
    }

    // The lane's edge: whatever fails, each request gets its answer.
    private async Task Answer(List<Request> batch)
    {
        try
        {
            await Run(batch);
            foreach (var request in batch)
                request.Done.SetResult(true);
        }
        // A server that is gone or hangs would answer none of them.
        catch (Exception failure) when (
            batch.Count == 1 || failure is EventLogUnavailableException or (NpgsqlException and not PostgresException))
        {
            foreach (var request in batch)
                Answer(request, failure);
        }
        // One of them is to blame, or it is not known whether they were committed: then each is told so by its own checkpoint.
        catch (Exception)
        {
            foreach (var request in batch)
                await Answer([request]);
        }
    }

    private void Answer(Request request, Exception failure)
    {
        if (IsElsewhere(failure))
            request.Done.SetResult(false);
        else if (failure is NpgsqlException lost && !PostgresFailures.CertainlyNotCommitted(lost))
            request.Done.SetException(new OutcomeUnknownException(
                $"The database {_database.Name} did not say whether it committed: {PostgresFailures.Reason(lost)}.", lost));
        else
            request.Done.SetException(failure);
    }

    // A checkpoint was not where it was thought to be.
    private static bool IsElsewhere(Exception failure) => failure is PostgresException
    {
        SqlState: PostgresErrorCodes.InvalidTextRepresentation, BatchCommand.CommandText: MoveOrFail,
    };

    private async Task Run(IReadOnlyList<Request> requests)
    {
        await using var connection = await Open();
        await using var batch = new NpgsqlBatch(connection);
        var now = StoredValues.FromTime(_time.GetUtcNow());
        batch.BatchCommands.Add(new NpgsqlBatchCommand(MoveOrFail)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = now },
                Array(requests, request => request.Part.Name),
                Array(requests, request => request.Part.Build),
                Array(requests, request => request.Part.Partition),
                Array(requests, request => request.To),
                Array(requests, request => request.From.Position),
                Array(requests, request => request.From.Epoch),
            },
        });
        RowWrites.AddKept(batch, requests.Select(request => request.Rows));
        try
        {
            await batch.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException failure) when (PostgresFailures.IsConnectionLost(failure))
        {
            // The others of the pool are likely to be gone as well.
            _database.Writer.Clear();
            throw;
        }
    }

    private async Task<NpgsqlConnection> Open()
    {
        try
        {
            return await _database.Writer.OpenConnectionAsync();
        }
        catch (NpgsqlException failure)
        {
            throw PostgresFailures.Unavailable(_database.Name, failure);
        }
    }

    private static NpgsqlParameter<T[]> Array<T>(IReadOnlyList<Request> requests, Func<Request, T> value) =>
        new() { TypedValue = [.. requests.Select(value)] };

    private sealed class Lane
    {
        public Task Running { get; set; } = Task.CompletedTask;
    }

    private sealed record Request(ReadModelPart Part, ReadModelCheckpoint From, long To, RowWrites Rows)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
