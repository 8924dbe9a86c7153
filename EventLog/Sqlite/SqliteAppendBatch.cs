using Microsoft.Data.Sqlite;
using OrleansEs.EventLog.Bulk;
using SQLitePCL;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// One batch of appends inside the writer's transaction. A request that is refused leaves nothing behind that its neighbours
/// would have to share: nothing of it is written before it is judged, but for a first event that a constraint refuses.
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
        var version = ReadVersion(request.Journal);
        try
        {
            if (version == request.ExpectedVersion)
                return Insert(request);
        }
        // A command that the journal holds already meets its constraint with its first event, before anything of it is written.
        // So it need not be looked for with every append, and it is the constraint that decides.
        catch (SqliteException failure) when (failure.SqliteErrorCode == raw.SQLITE_CONSTRAINT
            && FindCommand(session, request.Journal, request.CommandId) is { Count: > 0 } applied
            && applied[0].Version <= request.ExpectedVersion)
        {
            return new AppendResult.Duplicate(applied);
        }
        // Before it is called a conflict: a retry of a command that was applied must never be told that.
        var first = FindCommand(session, request.Journal, request.CommandId);
        return first.Count > 0 ? new AppendResult.Duplicate(first) : new AppendResult.Conflict(version);
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
            .Set("@payload", proposed.Payload.Span)
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
