using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>The latest snapshot of each journal, in the log's database.</summary>
internal sealed class PostgresSnapshotStore(PostgresDatabase database) : ISnapshotStore
{
    private const string Upsert =
        """
        insert into log_snapshot (journal, version, cleared_at, schema, format, payload)
        values ($1, $2, $3, $4, $5, $6)
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
        where journal = $1
        """;

    private const string DeleteOne = "delete from log_snapshot where journal = $1 and version = $2";

    private readonly PostgresReads _reads = new(database);

    /// <inheritdoc/>
    public Task<JournalSnapshot?> Read(JournalId journal, CancellationToken cancellation) => _reads.Read(
        Select,
        [Value(journal.Value)],
        async command =>
        {
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            return await rows.ReadAsync(cancellation)
                ? new JournalSnapshot(
                    rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetString(3), rows.GetFieldValue<byte[]>(4))
                : null;
        },
        cancellation);

    /// <inheritdoc/>
    public Task Write(JournalId journal, JournalSnapshot snapshot, CancellationToken cancellation) => Execute(
        Upsert,
        [
            Value(journal.Value), Value(snapshot.Version), Value(snapshot.ClearedAt), Value(snapshot.Schema),
            Value(snapshot.Format), Value(snapshot.Payload),
        ],
        cancellation);

    /// <inheritdoc/>
    public Task Delete(JournalId journal, long version, CancellationToken cancellation) =>
        Execute(DeleteOne, [Value(journal.Value), Value(version)], cancellation);

    // A snapshot is disposable, so it does not matter to whoever writes one that a failed write may have been done.
    private async Task Execute(string sql, NpgsqlParameter[] parameters, CancellationToken cancellation)
    {
        try
        {
            await using var command = database.Writer.CreateCommand(sql);
            command.Parameters.AddRange(parameters);
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (NpgsqlException failure)
        {
            if (PostgresFailures.IsConnectionLost(failure))
                database.Writer.Clear();
            throw PostgresFailures.Unavailable(database.Name, failure);
        }
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };
}
