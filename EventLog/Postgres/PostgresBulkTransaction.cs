using Npgsql;
using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// One transaction of a bulk, in the same few round trips whatever its size: lock and look; copy; move the heads and commit. What
/// does not come to its commit is rolled back when the connection goes back to its pool.
/// </summary>
internal sealed class PostgresBulkTransaction(NpgsqlConnection connection, CancellationToken cancellation)
{
    private const int ChunkBytes = 32 << 10;

    // A server that says nothing for so long is gone. Ends of statements are the server's own to keep, as for every session.
    private static readonly TimeSpan s_silenceMax = TimeSpan.FromSeconds(5);

    private const string Lock =
        """
        select partition, head, recorded_at
        from log_partition
        where partition = any($1)
        order by partition
        for update
        """;

    private const string Versions =
        """
        select
          coalesce((
            select e.version from log_event e where e.journal = j.journal order by e.version desc limit 1), 0)
        from unnest($1::text[]) with ordinality as j (journal, number)
        order by j.number
        """;

    private const string Applied =
        """
        select
          coalesce((
            select true from log_event e where e.journal = r.journal and e.command_id = r.command_id limit 1), false)
        from unnest($1::text[], $2::uuid[]) with ordinality as r (journal, command_id, number)
        order by r.number
        """;

    private const string Move =
        """
        update log_partition p
        set head = n.head, recorded_at = n.recorded_at
        from unnest($1::int[], $2::bigint[], $3::bigint[]) as n (partition, head, recorded_at)
        where p.partition = n.partition
        """;

    /// <summary>True from when the server may have committed.</summary>
    public bool IsCommitSent { get; private set; }

    /// <summary>Locks partitions in order, and reads where they end and where journals stand.</summary>
    public async Task<(Dictionary<int, PartitionEnd> Ends, List<long> Versions)> Begin(
        int[] partitions, IReadOnlyList<string> journals)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("begin"),
                new NpgsqlBatchCommand(Lock) { Parameters = { Value(partitions) } },
                // A statement of its own, so that it sees what the holder before committed.
                new NpgsqlBatchCommand(Versions) { Parameters = { Value<string[]>([.. journals]) } },
            },
        };
        var ends = new Dictionary<int, PartitionEnd>();
        var versions = new List<long>(journals.Count);
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            ends.Add(rows.GetInt32(0), new PartitionEnd(rows.GetInt64(1), rows.GetInt64(2)));
        await rows.NextResultAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            versions.Add(rows.GetInt64(0));
        return (ends, versions);
    }

    /// <summary>The requests whose command is in the journal, by their places.</summary>
    public async Task<HashSet<int>> FindApplied(IReadOnlyList<AppendRequest> requests)
    {
        await using var command = new NpgsqlCommand(Applied, connection)
        {
            Parameters =
            {
                Value<string[]>([.. requests.Select(request => request.Journal.Value)]),
                Value<Guid[]>([.. requests.Select(request => request.CommandId)]),
            },
        };
        var applied = new HashSet<int>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        for (var index = 0; await rows.ReadAsync(cancellation); index++)
        {
            if (rows.GetBoolean(0))
                applied.Add(index);
        }
        return applied;
    }

    /// <summary>Writes, and returns after the commit.</summary>
    public async Task Commit(BulkWrite write)
    {
        await Copy(write.Events);
        cancellation.ThrowIfCancellationRequested();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Move)
                {
                    Parameters =
                    {
                        Value<int[]>([.. write.Ends.Keys]),
                        Value<long[]>([.. write.Ends.Values.Select(end => end.Head)]),
                        Value<long[]>([.. write.Ends.Values.Select(end => end.RecordedAt)]),
                    },
                },
                new NpgsqlBatchCommand("commit"),
            },
        };
        IsCommitSent = true;
        // From here on nobody can give up: only the answer tells. The bound of every command ends the wait.
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task Copy(IReadOnlyList<CommittedEvent> events)
    {
        var copy = await connection.BeginRawBinaryCopyAsync(PostgresCopyRows.Command, cancellation);
        copy.WriteTimeout = copy.ReadTimeout = (int)s_silenceMax.TotalMilliseconds;
        try
        {
            using var rows = new PostgresCopyRows();
            foreach (var committed in events)
            {
                rows.Add(committed);
                if (rows.Chunk.Length < ChunkBytes)
                    continue;
                await copy.WriteAsync(rows.Chunk, cancellation);
                rows.Clear();
            }
            rows.End();
            await copy.WriteAsync(rows.Chunk, cancellation);
        }
        catch
        {
            await Cancel(copy);
            throw;
        }
        // Here the server says whether it took all of it.
        await copy.DisposeAsync();
    }

    // What went wrong before is what is told.
    private static async Task Cancel(NpgsqlRawCopyStream copy)
    {
        try
        {
            await copy.CancelAsync();
            await copy.DisposeAsync();
        }
        catch (Exception failure) when (
            failure is NpgsqlException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // The connection is broken, and with it the transaction.
        }
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };
}
