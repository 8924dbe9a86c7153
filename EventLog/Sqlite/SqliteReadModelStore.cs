using System.Data.Common;
using Microsoft.Data.Sqlite;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// Read models in the log's file. Rows and checkpoint ride in one savepoint of the writer's transaction, so they move
/// together or not at all, and share their commit with appends and with each other.
/// </summary>
internal sealed class SqliteReadModelStore(
    SqliteDatabase database, SqliteWriter writer, SqliteReaders readers, TimeProvider time) : IReadModelStore
{
    private const string InsertCheckpoint =
        """
        insert into read_model_checkpoint (read_model, model_version, partition, position, updated_at)
        values (@read_model, @model_version, @partition, 0, @updated_at)
        on conflict (read_model, model_version, partition) do nothing
        """;

    private const string SelectCheckpoint =
        """
        select position
        from read_model_checkpoint
        where read_model = @read_model and model_version = @model_version and partition = @partition
        """;

    private const string SelectCheckpoints =
        """
        select partition, position
        from read_model_checkpoint
        where read_model = @read_model and model_version = @model_version
        """;

    private const string MoveCheckpoint =
        """
        update read_model_checkpoint
        set position = @to, updated_at = @updated_at
        where read_model = @read_model and model_version = @model_version and partition = @partition and position = @from
        """;

    /// <inheritdoc/>
    public SqlDialect Dialect => SqlDialect.Sqlite;

    /// <inheritdoc/>
    public Task Install(IProjection projection, CancellationToken cancellation) => writer.Write(session =>
    {
        cancellation.ThrowIfCancellationRequested();
        session.ExecuteOnce(projection.Schema(Dialect));
        for (var partition = 0; partition < database.Identity.Partitions; partition++)
            OfPart(session.Statement(InsertCheckpoint), new ReadModelPart(projection.Name, projection.Version, partition))
                .Set("@updated_at", Now()).Execute();
        return true;
    });

    /// <inheritdoc/>
    public Task<long> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
        readers.Read(session => CheckpointOf(session, part), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadCheckpoints(string name, int version, CancellationToken cancellation) =>
        readers.Read<IReadOnlyList<long>>(session => CheckpointsOf(session.Connection, name, version), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadCheckpoints(
        DbConnection connection, string name, int version, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<long>>(CheckpointsOf((SqliteConnection)connection, name, version));

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The read model is not installed.</exception>
    public Task<long?> Commit(
        ReadModelPart part, long from, long to, Func<DbTransaction, ValueTask> apply, CancellationToken cancellation) =>
        writer.Write<long?>(session =>
        {
            cancellation.ThrowIfCancellationRequested();
            var moved = OfPart(session.Statement(MoveCheckpoint), part)
                .Set("@from", from).Set("@to", to).Set("@updated_at", Now()).Execute();
            if (moved == 0)
                return Installed(session, part);
            // The commands of SQLite complete at once, so this does not wait; were a projection to wait for something else
            // all the same, the writer waits with it, since nobody else may use the connection meanwhile.
            apply(session.Transaction!).AsTask().GetAwaiter().GetResult();
            return null;
        });

    /// <inheritdoc/>
    public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
        readers.ReadMoment<T>(query, cancellation);

    private long[] CheckpointsOf(SqliteConnection connection, string name, int version)
    {
        var positions = new long[database.Identity.Partitions];
        using var command = connection.CreateCommand();
        command.CommandText = SelectCheckpoints;
        command.Parameters.AddWithValue("@read_model", name);
        command.Parameters.AddWithValue("@model_version", version);
        using var rows = command.ExecuteReader();
        while (rows.Read())
            positions[rows.GetInt32(0)] = rows.GetInt64(1);
        return positions;
    }

    private static long CheckpointOf(SqliteSession session, ReadModelPart part) =>
        OfPart(session.Statement(SelectCheckpoint), part).Scalar() as long? ?? 0;

    private static long Installed(SqliteSession session, ReadModelPart part) =>
        OfPart(session.Statement(SelectCheckpoint), part).Scalar() as long?
            ?? throw new InvalidOperationException($"The read model part {part.Key} was not installed.");

    private static SqliteStatement OfPart(SqliteStatement statement, ReadModelPart part) => statement
        .Set("@read_model", part.Name).Set("@model_version", part.Version).Set("@partition", part.Partition);

    private long Now() => StoredValues.FromTime(time.GetUtcNow());
}
