using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// One batch of appends as one pipelined transaction, in one round trip: lock the partitions, then judge and write. Requests
/// for one journal follow each other in statements of their own, so that each sees what those before it did.
/// </summary>
internal sealed class PostgresAppendBatch
{
    private readonly IReadOnlyList<AppendRequest> _requests;
    private readonly int[] _partitions;
    private readonly List<List<int>> _waves = [];

    public PostgresAppendBatch(IReadOnlyList<AppendRequest> requests, int partitions)
    {
        _requests = requests;
        _partitions = [.. requests.Select(request => request.Journal.PartitionOf(partitions))];
        var seen = new Dictionary<JournalId, int>();
        for (var index = 0; index < requests.Count; index++)
        {
            var wave = seen.GetValueOrDefault(requests[index].Journal);
            seen[requests[index].Journal] = wave + 1;
            if (wave == _waves.Count)
                _waves.Add([]);
            _waves[wave].Add(index);
        }
    }

    /// <summary>The partitions that are locked.</summary>
    public IEnumerable<int> Partitions => _partitions.Distinct();

    /// <summary>
    /// Runs the transaction, which is committed when this returns. A duplicate comes back without its events.
    /// </summary>
    public async Task<AppendResult[]> Run(NpgsqlConnection connection, PostgresAppendText text, DateTimeOffset now)
    {
        // Without a transaction of its own a batch is one: the server begins it with the first statement and commits it at the
        // end of the batch, with no further round trip.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(text.Lock)
        {
            Parameters = { new NpgsqlParameter<int[]> { TypedValue = [.. Partitions.Order()] } },
        });
        foreach (var wave in _waves)
            batch.BatchCommands.Add(Write(text, wave, StoredValues.FromTime(now)));
        var results = new AppendResult[_requests.Count];
        await using var rows = await batch.ExecuteReaderAsync();
        foreach (var wave in _waves)
        {
            await rows.NextResultAsync();
            while (await rows.ReadAsync())
            {
                var index = wave[(int)rows.GetInt64(0) - 1];
                results[index] = Result(index, rows);
            }
        }
        // The answers come before the commit. Only when the end of the batch was read has it happened.
        while (await rows.NextResultAsync())
        {
        }
        return results;
    }

    private AppendResult Result(int index, NpgsqlDataReader row)
    {
        var request = _requests[index];
        if (row.GetBoolean(1))
            return new AppendResult.Duplicate([]);
        if (row.IsDBNull(3))
            return new AppendResult.Conflict(row.GetInt64(2));
        return new AppendResult.Appended(
            new LogPosition(_partitions[index], row.GetInt64(3) + request.Events.Count),
            request.ExpectedVersion + request.Events.Count,
            StoredValues.ToTime(row.GetInt64(4)));
    }

    private NpgsqlBatchCommand Write(PostgresAppendText text, List<int> wave, long now)
    {
        var requests = wave.ConvertAll(index => _requests[index]);
        var events = requests.SelectMany((request, number) =>
            request.Events.Select((proposed, index) => new Row(number + 1, index, proposed, IsText(proposed)))).ToArray();
        return new NpgsqlBatchCommand(text.Write)
        {
            Parameters =
            {
                Array(wave, index => _partitions[index]),
                Array(requests, request => request.Journal.Value),
                Array(requests, request => request.ExpectedVersion),
                Array(requests, request => request.CommandId),
                Array(requests, request => request.Events.Count),
                new NpgsqlParameter<long> { TypedValue = now },
                Array(events, row => row.Number),
                Array(events, row => row.Index),
                Array(events, row => row.Event.Type),
                Array(events, row => row.Event.TypeVersion),
                Array(events, row => row.Event.Format),
                Array(events, row => row.IsText),
                Array(events, row => StoredValues.FromBytes(row.Event.Payload)),
                Array(events, row => StoredValues.FromMetadata(row.Event.Metadata)),
            },
        };
    }

    private static bool IsText(ProposedEvent proposed) => PostgresRows.IsText(proposed.Format, proposed.Payload.Span);

    private static NpgsqlParameter<TValue[]> Array<TItem, TValue>(IReadOnlyCollection<TItem> items, Func<TItem, TValue> value) =>
        new() { TypedValue = [.. items.Select(value)] };

    private readonly record struct Row(int Number, int Index, ProposedEvent Event, bool IsText);
}
