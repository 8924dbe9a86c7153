using Npgsql;
using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// One batch of appends as one pipelined transaction, in one round trip: lock the partitions, write what memory judged, then judge
/// and write the rest. A batch that memory judged whole, and that is of one partition, is one statement.
/// </summary>
internal sealed class PostgresAppendBatch
{
    private readonly IReadOnlyList<AppendRequest> _requests;
    private readonly PostgresAppendText _text;
    private readonly PostgresLogMemory _memory;
    private readonly PostgresJudge _judge;
    private readonly PostgresAppendPlan _plan;
    private readonly AppendResult?[] _results;

    /// <param name="requests">The requests.</param>
    /// <param name="partitions">How many partitions the log has.</param>
    /// <param name="text">The statements.</param>
    /// <param name="memory">What is remembered of the log.</param>
    /// <param name="judge">Who judges.</param>
    public PostgresAppendBatch(
        IReadOnlyList<AppendRequest> requests, int partitions, PostgresAppendText text, PostgresLogMemory memory, PostgresJudge judge)
    {
        (_requests, _text, _memory, _judge) = (requests, text, memory, judge);
        _plan = new PostgresAppendPlan(requests, partitions, judge == PostgresJudge.Memory ? memory : null);
        _results = new AppendResult?[requests.Count];
    }

    /// <summary>
    /// Runs the transaction, which is committed when this returns. A duplicate comes back without its events; null stands for a
    /// request that memory misjudged: nothing of it is written, and it is for the database to judge.
    /// </summary>
    /// <param name="connection">Where it runs.</param>
    /// <param name="now">The recorded time, unless the partition's is later.</param>
    public async Task<AppendResult?[]> Run(NpgsqlConnection connection, DateTimeOffset now)
    {
        var recordedAt = StoredValues.FromTime(now);
        if (_plan is { Waves.Count: 0, Extended.Count: 1 })
            await ExtendAlone(connection, recordedAt);
        else
            await LockAndWrite(connection, recordedAt);
        return _results;
    }

    private async Task ExtendAlone(NpgsqlConnection connection, long recordedAt)
    {
        var (partition, (known, _)) = _plan.Extended.Single();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Extend(_text.ExtendAlone, recordedAt) } };
        await using var rows = await batch.ExecuteReaderAsync();
        PartitionEnd? found = await rows.ReadAsync() ? new PartitionEnd(known, rows.GetInt64(0)) : null;
        await ReadToEnd(rows);
        if (found is { } end)
            Take(new Dictionary<int, PartitionEnd> { [partition] = end });
    }

    private async Task LockAndWrite(NpgsqlConnection connection, long recordedAt)
    {
        int[] locked = [.. _plan.Partitions.Distinct().Order()];
        // Without a transaction of its own a batch is one: the server begins it with the first statement and commits it at the
        // end of the batch, with no further round trip.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(_text.Lock) { Parameters = { Value(locked) } });
        if (_plan.Placed.Count > 0)
            batch.BatchCommands.Add(Extend(_text.Extend, recordedAt));
        foreach (var wave in _plan.Waves)
            batch.BatchCommands.Add(Write(wave, recordedAt));
        var ends = new Dictionary<int, PartitionEnd>(locked.Length);
        await using var rows = await batch.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            ends.Add(rows.GetInt32(0), new PartitionEnd(rows.GetInt64(1), Math.Max(rows.GetInt64(2), recordedAt)));
        foreach (var wave in _plan.Waves)
        {
            await rows.NextResultAsync();
            while (await rows.ReadAsync())
                Judge(wave[(int)rows.GetInt64(0) - 1], rows);
        }
        await ReadToEnd(rows);
        Take(ends);
    }

    // The answers come before the commit. Only when the end of the batch was read has it happened.
    private static async Task ReadToEnd(NpgsqlDataReader rows)
    {
        while (await rows.NextResultAsync())
        {
        }
    }

    private void Take(Dictionary<int, PartitionEnd> ends)
    {
        foreach (var index in _plan.Placed)
            Place(index, ends[_plan.Partitions[index]]);
        Learn(ends);
    }

    private void Place(int index, PartitionEnd found)
    {
        var (request, partition) = (_requests[index], _plan.Partitions[index]);
        if (_plan.Extended[partition].Known == found.Head)
            _results[index] = Appended(request, partition, _plan.Bases[index], found.RecordedAt);
    }

    private void Judge(int index, NpgsqlDataReader row)
    {
        var request = _requests[index];
        if (row.GetBoolean(1))
            _results[index] = new AppendResult.Duplicate([]);
        else if (row.IsDBNull(3))
            _results[index] = new AppendResult.Conflict(row.GetInt64(2));
        else
            _results[index] = Appended(request, _plan.Partitions[index], row.GetInt64(3), row.GetInt64(4));
    }

    private static AppendResult.Appended Appended(AppendRequest request, int partition, long before, long recordedAt) => new(
        new LogPosition(partition, before + request.Events.Count),
        request.ExpectedVersion + request.Events.Count,
        StoredValues.ToTime(recordedAt));

    private void Learn(Dictionary<int, PartitionEnd> ends)
    {
        var versions = ends.Keys.ToDictionary(partition => partition, _ => new List<(JournalId, long)>());
        var heads = ends.ToDictionary(end => end.Key, end => end.Value.Head);
        // What memory placed was written before what was judged, and within each the later of a journal came later.
        foreach (var index in _plan.Placed.Concat(_plan.Waves.SelectMany(wave => wave)))
        {
            var partition = _plan.Partitions[index];
            if (_results[index] is AppendResult.Conflict conflict)
                versions[partition].Add((_requests[index].Journal, conflict.ActualVersion));
            if (_results[index] is not AppendResult.Appended appended)
                continue;
            versions[partition].Add((_requests[index].Journal, appended.LastVersion));
            heads[partition] = Math.Max(heads[partition], appended.Last.Position);
        }
        foreach (var (partition, end) in ends)
            _memory.Learn(partition, end.Head, heads[partition], versions[partition]);
    }

    private NpgsqlBatchCommand Extend(string text, long recordedAt)
    {
        var events = new PostgresEventArrays(_requests, _plan.Placed);
        var command = new NpgsqlBatchCommand(text)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = recordedAt },
                Value<int[]>([.. _plan.Extended.Keys]),
                Value<long[]>([.. _plan.Extended.Values.Select(end => end.Known)]),
                Value<long[]>([.. _plan.Extended.Values.Select(end => end.Head)]),
                Value(events.Select((index, _) => _plan.Partitions[index])),
                Value(events.Select((index, number) => _plan.Bases[index] + number + 1)),
                Value(events.Select((index, _) => _requests[index].Journal.Value)),
                Value(events.Select((index, number) => _requests[index].ExpectedVersion + number + 1)),
                Value(events.Select((index, _) => _requests[index].CommandId)),
            },
        };
        events.AddContents(command.Parameters);
        return command;
    }

    private NpgsqlBatchCommand Write(List<int> wave, long recordedAt)
    {
        var events = new PostgresEventArrays(_requests, wave);
        var numbers = new Dictionary<int, int>(wave.Count);
        foreach (var index in wave)
            numbers.Add(index, numbers.Count + 1);
        var command = new NpgsqlBatchCommand(_judge == PostgresJudge.Command ? _text.WriteSearching : _text.Write)
        {
            Parameters =
            {
                Value<int[]>([.. wave.Select(index => _plan.Partitions[index])]),
                Value<string[]>([.. wave.Select(index => _requests[index].Journal.Value)]),
                Value<long[]>([.. wave.Select(index => _requests[index].ExpectedVersion)]),
                Value<Guid[]>([.. wave.Select(index => _requests[index].CommandId)]),
                Value<int[]>([.. wave.Select(index => _requests[index].Events.Count)]),
                new NpgsqlParameter<long> { TypedValue = recordedAt },
                Value(events.Select((index, _) => numbers[index])),
            },
        };
        events.AddContents(command.Parameters);
        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };
}
