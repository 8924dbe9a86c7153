namespace OrleansEs.EventLog.Sqlite;

/// <summary>The latest snapshot of each journal, in the log's file. They ride in the writer's transactions.</summary>
internal sealed class SqliteSnapshotStore(SqliteWriter writer, SqliteReaders readers) : ISnapshotStore
{
    private const string Upsert =
        """
        insert into log_snapshot (journal, version, cleared_at, schema, format, payload)
        values (@journal, @version, @cleared_at, @schema, @format,
          case @format when 'json' then cast(@payload as text) else @payload end)
        on conflict (journal) do update set
          version = excluded.version,
          cleared_at = excluded.cleared_at,
          schema = excluded.schema,
          format = excluded.format,
          payload = excluded.payload
        where excluded.version >= log_snapshot.version
        """;

    private const string Select =
        """
        select version, cleared_at, schema, format, payload
        from log_snapshot
        where journal = @journal
        """;

    private const string DeleteOne = "delete from log_snapshot where journal = @journal and version = @version";

    /// <inheritdoc/>
    public Task<JournalSnapshot?> Read(JournalId journal, CancellationToken cancellation) => readers.Read(
        session =>
        {
            using var rows = session.Statement(Select).Set("@journal", journal.Value).Read();
            return rows.Read()
                ? new JournalSnapshot(
                    rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetString(3), rows.GetBytes(4))
                : null;
        },
        cancellation);

    /// <inheritdoc/>
    public Task Write(JournalId journal, JournalSnapshot snapshot, CancellationToken cancellation) => writer.WriteRows(session =>
    {
        cancellation.ThrowIfCancellationRequested();
        return session.Statement(Upsert)
            .Set("@journal", journal.Value)
            .Set("@version", snapshot.Version)
            .Set("@cleared_at", snapshot.ClearedAt)
            .Set("@schema", snapshot.Schema)
            .Set("@format", snapshot.Format)
            .Set("@payload", snapshot.Payload.Span)
            .Execute();
    });

    /// <inheritdoc/>
    public Task Delete(JournalId journal, long version, CancellationToken cancellation) => writer.WriteRows(session =>
    {
        cancellation.ThrowIfCancellationRequested();
        return session.Statement(DeleteOne).Set("@journal", journal.Value).Set("@version", version).Execute();
    });
}
