using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>A bulk inside the writer's transaction. All of it is judged before anything of it is written.</summary>
internal sealed class SqliteBulk(SqliteSession session)
{
    /// <summary>Appends, or refuses and writes nothing.</summary>
    public BulkAppendResult Append(IReadOnlyList<AppendRequest> requests, BulkPlan plan, DateTimeOffset now)
    {
        var applied = new HashSet<int>();
        for (var index = 0; index < requests.Count; index++)
        {
            if (IsApplied(requests[index]))
                applied.Add(index);
        }
        var reasons = plan.Judge(ReadVersions(plan.Journals), applied);
        if (reasons.Count > 0)
            return new BulkAppendResult.Refused(reasons);
        var (write, results) = plan.Place(ReadEnds(plan.Partitions), now);
        Write(write);
        return new BulkAppendResult.Appended(results);
    }

    /// <summary>Writes events of another log.</summary>
    /// <exception cref="RestoreRefusedException">One does not follow; nothing was written.</exception>
    public bool Restore(RestorePlan plan)
    {
        Write(plan.Check(ReadEnds(plan.Partitions), ReadVersions(plan.Journals)));
        return true;
    }

    private void Write(BulkWrite write)
    {
        var insert = session.Statement(SqliteAppendBatch.InsertEvent);
        foreach (var committed in write.Events)
            insert
                .Set("@partition", committed.At.Partition)
                .Set("@position", committed.At.Position)
                .Set("@journal", committed.Journal.Value)
                .Set("@version", committed.Version)
                .Set("@command_id", SqliteRows.FromGuid(committed.CommandId))
                .Set("@command_index", committed.CommandIndex)
                .Set("@type", committed.Type)
                .Set("@type_version", committed.TypeVersion)
                .Set("@format", committed.Format)
                .Set("@payload", committed.Payload.Span)
                .Set("@metadata", StoredValues.FromMetadata(committed.Metadata))
                .Set("@recorded_at", StoredValues.FromTime(committed.RecordedAt))
                .Execute();
        foreach (var (partition, end) in write.Ends)
            session.Statement(SqliteAppendBatch.MovePartition)
                .Set("@head", end.Head).Set("@recorded_at", end.RecordedAt).Set("@partition", partition).Execute();
    }

    private bool IsApplied(AppendRequest request) => session.Statement(
            "select 1 from log_event where journal = @journal and command_id = @command_id limit 1")
        .Set("@journal", request.Journal.Value).Set("@command_id", SqliteRows.FromGuid(request.CommandId)).Scalar() is not null;

    private long[] ReadVersions(IReadOnlyList<string> journals) =>
        [.. journals.Select(journal => session.Statement("select max(version) from log_event where journal = @journal")
            .Set("@journal", journal).Scalar() as long? ?? 0)];

    private Dictionary<int, PartitionEnd> ReadEnds(int[] partitions)
    {
        var ends = new Dictionary<int, PartitionEnd>();
        foreach (var partition in partitions)
        {
            using var rows = session.Statement("select head, recorded_at from log_partition where partition = @partition")
                .Set("@partition", partition).Read();
            rows.Read();
            ends.Add(partition, new PartitionEnd(rows.GetInt64(0), rows.GetInt64(1)));
        }
        return ends;
    }
}
