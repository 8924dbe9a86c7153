using OrleansEs.EventLog.Bulk;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// One batch of appends inside the writer's transaction. Each request is judged before anything of it is written, so a
/// request that is refused leaves nothing behind that its neighbours would have to share.
/// </summary>
internal sealed class SqliteAppendBatch(
    SqliteSession session, int partitions, DateTimeOffset now, IReadOnlyDictionary<EventMetadata, string?> metadata)
{
    /// <summary>Writes an event. A payload that is JSON is stored as text, so that a person can read it in the database.</summary>
    public const string InsertEvent =
        """
        insert into log_event
          (partition, position, journal, version, command_id, command_index, type, type_version, format, payload, metadata,
           recorded_at)
        values
          (@partition, @position, @journal, @version, @command_id, @command_index, @type, @type_version, @format,
           case @format when 'json' then cast(@payload as text) else @payload end, @metadata, @recorded_at)
        """;

    /// <summary>Moves a partition's end.</summary>
    public const string MovePartition =
        "update log_partition set head = @head, recorded_at = @recorded_at where partition = @partition";

    private const string CommandEvents =
        $"""
        select {SqliteRows.EventColumns}
        from log_event
        where journal = @journal and command_id = @command_id
        order by command_index
        """;

    private readonly Dictionary<int, PartitionEnd> _ends = [];

    /// <summary>The events of one command in a journal, in order; none when the journal does not hold it.</summary>
    public static List<CommittedEvent> FindCommand(SqliteSession session, JournalId journal, Guid commandId) =>
        SqliteRows.ReadEvents(session.Statement(CommandEvents)
            .Set("@journal", journal.Value).Set("@command_id", SqliteRows.FromGuid(commandId)));

    /// <summary>Appends; the results stand in the order of the requests.</summary>
    public IReadOnlyList<AppendResult> Append(IReadOnlyList<AppendRequest> batch)
    {
        var results = new AppendResult[batch.Count];
        for (var index = 0; index < batch.Count; index++)
            results[index] = Append(batch[index]);
        foreach (var (partition, end) in _ends)
            session.Statement(MovePartition)
                .Set("@head", end.Head).Set("@recorded_at", end.RecordedAt).Set("@partition", partition).Execute();
        return results;
    }

    private AppendResult Append(AppendRequest request)
    {
        // Before the version is looked at: a retry of a command that was applied must never be told "conflict".
        var first = FindCommand(session, request.Journal, request.CommandId);
        if (first.Count > 0)
            return new AppendResult.Duplicate(first);
        var version = ReadVersion(request.Journal);
        return version == request.ExpectedVersion ? Insert(request) : new AppendResult.Conflict(version);
    }

    private long ReadVersion(JournalId journal) =>
        session.Statement("select max(version) from log_event where journal = @journal")
            .Set("@journal", journal.Value).Scalar() as long? ?? 0;

    private AppendResult.Appended Insert(AppendRequest request)
    {
        var partition = request.Journal.PartitionOf(partitions);
        var end = EndOf(partition);
        var insert = session.Statement(InsertEvent)
            .Set("@partition", partition)
            .Set("@journal", request.Journal.Value)
            .Set("@command_id", SqliteRows.FromGuid(request.CommandId))
            .Set("@recorded_at", end.RecordedAt);
        for (var index = 0; index < request.Events.Count; index++)
            InsertOne(insert, request, index, end.Head + index + 1);
        end = end with { Head = end.Head + request.Events.Count };
        _ends[partition] = end;
        return new AppendResult.Appended(
            new LogPosition(partition, end.Head),
            request.ExpectedVersion + request.Events.Count,
            StoredValues.ToTime(end.RecordedAt));
    }

    private void InsertOne(SqliteStatement insert, AppendRequest request, int index, long position)
    {
        var proposed = request.Events[index];
        insert
            .Set("@position", position)
            .Set("@version", request.ExpectedVersion + index + 1)
            .Set("@command_index", index)
            .Set("@type", proposed.Type)
            .Set("@type_version", proposed.TypeVersion)
            .Set("@format", proposed.Format)
            .Set("@payload", StoredValues.FromBytes(proposed.Payload))
            .Set("@metadata", metadata[proposed.Metadata])
            .Execute();
    }

    private PartitionEnd EndOf(int partition)
    {
        if (_ends.TryGetValue(partition, out var end))
            return end;
        using var rows = session.Statement("select head, recorded_at from log_partition where partition = @partition")
            .Set("@partition", partition).Read();
        rows.Read();
        // A clock that was set back must not make time run backwards along a partition.
        return new PartitionEnd(rows.GetInt64(0), Math.Max(rows.GetInt64(1), StoredValues.FromTime(now)));
    }
}
