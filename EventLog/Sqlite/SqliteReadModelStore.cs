using System.Data.Common;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// Read models in the log's file. Rows and checkpoint are one job of the writer, so they move together or not at all, and share
/// their commit with appends and with each other.
/// </summary>
internal sealed class SqliteReadModelStore(SqliteWriter writer, SqliteReaders readers, TimeProvider time) : IReadModelStore
{
    private const string SelectCheckpoint =
        """
        select position, epoch, parked
        from read_model_checkpoint
        where read_model = @read_model and build = @build and partition = @partition
        """;

    private const string MoveCheckpoint =
        """
        update read_model_checkpoint
        set position = @to, updated_at = @updated_at
        where read_model = @read_model and build = @build and partition = @partition and position = @from and epoch = @epoch
        """;

    /// <inheritdoc/>
    public SqlDialect Dialect => SqlDialect.Sqlite;

    /// <inheritdoc/>
    public Task<ReadModelCheckpoint?> Commit(
        ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
        CancellationToken cancellation) =>
        writer.Write<ReadModelCheckpoint?>(session =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Move(session, part, from, to))
                return CheckpointOf(session, part);
            End(apply(session.Transaction!).AsTask());
            return null;
        });

    /// <inheritdoc/>
    public Task<ReadModelCheckpoint?> CommitRows(
        ReadModelPart part, ReadModelCheckpoint from, long to, RowWrites rows, CancellationToken cancellation) =>
        writer.WriteRows<ReadModelCheckpoint?>(session =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (!Move(session, part, from, to))
                return CheckpointOf(session, part);
            Write(session, rows);
            return null;
        });

    /// <inheritdoc/>
    public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
        readers.Read(session => CheckpointOf(session, part), cancellation);

    /// <inheritdoc/>
    public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
        writer.Write(session =>
        {
            cancellation.ThrowIfCancellationRequested();
            return End(work(session.Transaction!).AsTask());
        });

    /// <inheritdoc/>
    // There is one writer, and what it commits is durable.
    public Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
        Write(work, cancellation);

    /// <inheritdoc/>
    public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) =>
        readers.ReadMoment<T>(query, cancellation);

    /// <inheritdoc/>
    public bool IsOwnFailure(Exception failure) => SqliteFailures.IsOwn(failure);

    // The commands of SQLite complete at once, so this does not wait; were a projection to wait for something else all the same,
    // the writer waits with it, since nobody else may use the connection meanwhile.
    private static T End<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void End(Task task) => task.GetAwaiter().GetResult();

    private bool Move(SqliteSession session, ReadModelPart part, ReadModelCheckpoint from, long to) =>
        OfPart(session.Statement(MoveCheckpoint), part)
            .Set("@from", from.Position).Set("@epoch", from.Epoch).Set("@to", to)
            .Set("@updated_at", StoredValues.FromTime(time.GetUtcNow())).Execute() > 0;

    private static void Write(SqliteSession session, RowWrites rows)
    {
        foreach (var (statement, values) in rows.Kept)
        {
            var prepared = session.Statement(rows.Tables.Sql(statement.SqliteText));
            int[] places = [.. statement.Columns.Select(column => prepared.PlaceOf($"@{column.Name}"))];
            for (var row = 0; row < values[0].Count; row++)
            {
                for (var column = 0; column < places.Length; column++)
                {
                    if (places[column] > 0)
                        prepared.SetAt(places[column], values[column][row]);
                }
                prepared.Execute();
            }
        }
    }

    private static ReadModelCheckpoint CheckpointOf(SqliteSession session, ReadModelPart part)
    {
        using var rows = OfPart(session.Statement(SelectCheckpoint), part).Read();
        return rows.Read()
            ? new ReadModelCheckpoint(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt32(2))
            : throw new ReadModelGoneException(part);
    }

    private static SqliteStatement OfPart(SqliteStatement statement, ReadModelPart part) => statement
        .Set("@read_model", part.Name).Set("@build", part.Build).Set("@partition", part.Partition);
}
