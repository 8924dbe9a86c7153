using System.Data;
using System.Data.Common;
using Npgsql;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Read models in the log's database. A batch is one transaction: it moves the checkpoint if it still is where it was, which
/// also locks it against every other owner of the part, and then writes the rows.
/// </summary>
internal sealed class PostgresReadModelStore(
    PostgresDatabase database, PostgresRowCommits commits, TimeProvider time) : IReadModelStore
{
    private const int RacesMax = 5;

    private const string SelectCheckpoint =
        """
        select position, epoch, parked
        from read_model_checkpoint
        where read_model = $1 and build = $2 and partition = $3
        """;

    private const string MoveCheckpoint =
        """
        update read_model_checkpoint
        set position = $1, updated_at = $2
        where read_model = $3 and build = $4 and partition = $5 and position = $6 and epoch = $7
        """;

    private readonly PostgresReads _reads = new(database);

    /// <inheritdoc/>
    public SqlDialect Dialect => SqlDialect.Postgres;

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">
    /// The answer to the commit was lost. Whoever tries again is told by the checkpoint whether it was done.
    /// </exception>
    /// <remarks>What <paramref name="apply"/> itself throws comes back unchanged, with its writes taken back.</remarks>
    public Task<ReadModelCheckpoint?> Commit(
        ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
        CancellationToken cancellation) =>
        InTransaction<ReadModelCheckpoint?>(
            async transaction =>
            {
                await using var move = Command(
                    transaction.Connection!, MoveCheckpoint, Value(to), Value(StoredValues.FromTime(time.GetUtcNow())),
                    Value(part.Name), Value(part.Build), Value(part.Partition), Value(from.Position), Value(from.Epoch));
                if (await move.ExecuteNonQueryAsync(cancellation) == 0)
                    return await CheckpointOf(transaction.Connection!, part, cancellation)
                        ?? throw new ReadModelGoneException(part);
                await apply(transaction);
                return null;
            },
            cancellation);

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">The answer to the commit was lost.</exception>
    public async Task<ReadModelCheckpoint?> CommitRows(
        ReadModelPart part, ReadModelCheckpoint from, long to, RowWrites rows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await commits.Commit(part, from, to, rows) ? null : await ReadCheckpoint(part, cancellation);
    }

    /// <inheritdoc/>
    public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) => _reads.Run(
        async connection => await CheckpointOf(connection, part, cancellation) ?? throw new ReadModelGoneException(part),
        cancellation);

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">The answer to the commit was lost.</exception>
    public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
        InTransaction(async transaction => await work(transaction), cancellation);

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">Certainly not written.</exception>
    /// <exception cref="OutcomeUnknownException">The answer to the commit was lost.</exception>
    public async Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation)
    {
        for (var races = 0; ; races++)
        {
            try
            {
                return await InTransaction(
                    async transaction =>
                    {
                        // "if not exists" does not keep two sessions from making the same table, so they take turns.
                        await PostgresSchema.Lock(transaction, cancellation);
                        return await work(transaction);
                    },
                    cancellation);
            }
            // Whoever drops tables can be in the way of those who use several of them, and they in his.
            catch (PostgresException race) when (races < RacesMax && PostgresFailures.IsRace(race))
            {
                continue;
            }
        }
    }

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

    /// <inheritdoc/>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    // A batch is one transaction by itself, and those of a reader see one moment: see PostgresSettings.
    public async Task<T> QueryBatch<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation)
    {
        await database.QueryTurns.WaitAsync(cancellation);
        try
        {
            return await _reads.Run(query, cancellation);
        }
        finally
        {
            database.QueryTurns.Release();
        }
    }

    /// <inheritdoc/>
    public bool IsOwnFailure(Exception failure) => PostgresFailures.IsOwn(failure);

    // Nothing is written unless the work returns, and a commit whose answer is lost is told apart from all else.
    private async Task<T> InTransaction<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellation)
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

    private static async Task<ReadModelCheckpoint?> CheckpointOf(
        NpgsqlConnection connection, ReadModelPart part, CancellationToken cancellation)
    {
        await using var command = Command(
            connection, SelectCheckpoint, Value(part.Name), Value(part.Build), Value(part.Partition));
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation)
            ? new ReadModelCheckpoint(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt32(2))
            : null;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(value);
        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };
}
