using System.Data;
using System.Data.Common;
using Npgsql;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Read models in the log's database. A batch is one transaction: it moves the checkpoint if it still is where it was, which
/// also locks it against every other owner of the part, and then writes the rows.
/// </summary>
internal sealed class PostgresReadModelStore(PostgresDatabase database, TimeProvider time) : IReadModelStore
{
    private const string InsertCheckpoints =
        """
        insert into read_model_checkpoint (read_model, model_version, partition, position, updated_at)
        select $1, $2, partition, 0, $3
        from log_partition
        on conflict (read_model, model_version, partition) do nothing
        """;

    private const string SelectCheckpoint =
        """
        select position
        from read_model_checkpoint
        where read_model = $1 and model_version = $2 and partition = $3
        """;

    private const string SelectCheckpoints =
        """
        select partition, position
        from read_model_checkpoint
        where read_model = $1 and model_version = $2
        """;

    private const string CountCheckpoints =
        """
        select count(*)
        from read_model_checkpoint
        where read_model = $1 and model_version = $2
        """;

    private const string MoveCheckpoint =
        """
        update read_model_checkpoint
        set position = $1, updated_at = $2
        where read_model = $3 and model_version = $4 and partition = $5 and position = $6
        """;

    private readonly PostgresReads _reads = new(database);

    /// <inheritdoc/>
    public SqlDialect Dialect => SqlDialect.Postgres;

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">The database cannot be written now.</exception>
    // One after the other, also of other silos: "if not exists" does not keep two sessions from making the same table.
    public Task Install(IProjection projection, CancellationToken cancellation) => Write<bool>(
        async transaction =>
        {
            await PostgresSchema.Lock(transaction, cancellation);
            // Tables and checkpoints come in one transaction. Where they are, no table is touched: "create index if not exists"
            // locks its table first, in another order than those who write, so a start would deadlock with silos at work.
            if (await IsInstalled(transaction.Connection!, projection, cancellation))
                return false;
            await PostgresSchema.Execute(transaction, projection.Schema(Dialect), cancellation);
            await using var command = Command(
                transaction.Connection!, InsertCheckpoints, Value(projection.Name), Value(projection.Version), Value(Now()));
            await command.ExecuteNonQueryAsync(cancellation);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<long> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) => _reads.Run(
        async connection => await CheckpointOf(connection, part, cancellation) ?? 0, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadCheckpoints(string name, int version, CancellationToken cancellation) =>
        _reads.Run(connection => ReadCheckpoints(connection, name, version, cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> ReadCheckpoints(
        DbConnection connection, string name, int version, CancellationToken cancellation)
    {
        var positions = new long[database.Identity.Partitions];
        await using var command = Command((NpgsqlConnection)connection, SelectCheckpoints, Value(name), Value(version));
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            positions[rows.GetInt32(0)] = rows.GetInt64(1);
        return positions;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The read model is not installed.</exception>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">
    /// The answer to the commit was lost. Whoever tries again is told by the checkpoint whether it was done.
    /// </exception>
    /// <remarks>What <paramref name="apply"/> itself throws comes back unchanged, with its writes taken back.</remarks>
    public Task<long?> Commit(
        ReadModelPart part, long from, long to, Func<DbTransaction, ValueTask> apply, CancellationToken cancellation) =>
        Write<long?>(
            async transaction =>
            {
                await using var move = Command(
                    transaction.Connection!, MoveCheckpoint,
                    Value(to), Value(Now()), Value(part.Name), Value(part.Version), Value(part.Partition), Value(from));
                if (await move.ExecuteNonQueryAsync(cancellation) == 0)
                    return await CheckpointOf(transaction.Connection!, part, cancellation)
                        ?? throw new InvalidOperationException($"The read model part {part.Key} was not installed.");
                await apply(transaction);
                return null;
            },
            cancellation);

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    public Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation) => _reads.Run(
        async connection =>
        {
            // Every statement of it sees the moment of the first one.
            await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            return await query(connection);
        },
        cancellation);

    // Nothing is written unless the work returns, and a commit whose answer is lost is told apart from all else.
    private async Task<T> Write<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellation)
    {
        var isCommitting = false;
        try
        {
            await using var connection = await database.Writer.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var result = await work(transaction);
            // From here on it is carried out: a cancelled commit would only be one of unknown outcome.
            isCommitting = true;
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (NpgsqlException failure)
        {
            if (PostgresFailures.IsConnectionLost(failure))
                database.Writer.Clear();
            if (isCommitting && !PostgresFailures.CertainlyNotCommitted(failure))
                throw new OutcomeUnknownException(
                    $"The database {database.Name} did not say whether it committed: {PostgresFailures.Reason(failure)}.", failure);
            if (PostgresFailures.IsConnectionLost(failure))
                throw PostgresFailures.Unavailable(database.Name, failure);
            throw;
        }
    }

    private async Task<bool> IsInstalled(NpgsqlConnection connection, IProjection projection, CancellationToken cancellation)
    {
        await using var command = Command(
            connection, CountCheckpoints, Value(projection.Name), Value(projection.Version));
        return await command.ExecuteScalarAsync(cancellation) is long count && count == database.Identity.Partitions;
    }

    private static async Task<long?> CheckpointOf(
        NpgsqlConnection connection, ReadModelPart part, CancellationToken cancellation)
    {
        await using var command = Command(
            connection, SelectCheckpoint, Value(part.Name), Value(part.Version), Value(part.Partition));
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value);
        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    private long Now() => StoredValues.FromTime(time.GetUtcNow());
}
