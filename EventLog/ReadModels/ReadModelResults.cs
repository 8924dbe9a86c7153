using System.Data.Common;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>The answers to the statements of a <see cref="ReadModelQuery{T}"/>, all of one moment.</summary>
// Invariant: where the connection can, all statements travel at once; else each one runs when its answer is read. So whoever stops
//   reading has run no statement for nothing on SQLite, and waited for none on PostgreSQL.
public sealed class ReadModelResults : IAsyncDisposable
{
    /// <summary>How many columns <c>{$event}</c> stands for; those that follow it begin with this number.</summary>
    public const int EventColumns = LoggedEvents.ColumnCount;

    private readonly DbConnection _connection;
    private readonly SqlDialect _dialect;
    private readonly IReadOnlyList<ReadModelStatement> _statements;
    private readonly CancellationToken _cancellation;
    private DbBatch? _batch;
    private DbDataReader? _reader;
    private int _next;

    internal ReadModelResults(
        DbConnection connection, SqlDialect dialect, IReadOnlyList<ReadModelStatement> statements, CancellationToken cancellation) =>
        (_connection, _dialect, _statements, _cancellation) = (connection, dialect, statements, cancellation);

    /// <summary>The rows of the next statement.</summary>
    /// <param name="row">Reads a row.</param>
    /// <exception cref="InvalidOperationException">There is no further statement.</exception>
    public async Task<IReadOnlyList<T>> Next<T>(Func<DbDataReader, T> row)
    {
        var rows = new List<T>();
        await ForEach(reader => rows.Add(row(reader)));
        return rows;
    }

    /// <summary>Goes through the rows of the next statement.</summary>
    /// <param name="row">Reads a row.</param>
    /// <exception cref="InvalidOperationException">There is no further statement.</exception>
    public async Task ForEach(Action<DbDataReader> row)
    {
        if (_next == _statements.Count)
            throw new InvalidOperationException("The answers to all statements of the query were read.");
        var statement = _statements[_next++];
        if (_connection.CanCreateBatch)
        {
            await ForEach(await NextOfBatch(), row);
            return;
        }
        var command = KeptCommands.Of(_connection, statement.Text);
        Bind(command.Parameters, command.CreateParameter, statement);
        await using var reader = await command.ExecuteReaderAsync(_cancellation);
        await ForEach(reader, row);
    }

    /// <summary>The event of a row whose first columns are <c>{$event}</c>.</summary>
    /// <param name="row">The row.</param>
    /// <returns>Null where an outer join found none in the log.</returns>
    public CommittedEvent? Event(DbDataReader row) => row.IsDBNull(0) ? null : LoggedEvents.Of(row, _dialect);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_reader is not null)
                await _reader.DisposeAsync();
        }
        catch (DbException) when (_next < _statements.Count)
        {
            // Of statements whose answers nobody wants: one that reads a table which is gone, say. A connection that broke says it
            // again to whoever uses it next.
        }
        if (_batch is not null)
            await _batch.DisposeAsync();
    }

    private async Task ForEach(DbDataReader reader, Action<DbDataReader> row)
    {
        while (await reader.ReadAsync(_cancellation))
            row(reader);
    }

    private async ValueTask<DbDataReader> NextOfBatch()
    {
        if (_reader is not null)
        {
            await _reader.NextResultAsync(_cancellation);
            return _reader;
        }
        _batch = _connection.CreateBatch();
        foreach (var statement in _statements)
        {
            var command = _batch.CreateBatchCommand();
#pragma warning disable CA2100 // The texts are made of constants and of names that this program made; every value is a parameter.
            command.CommandText = statement.Text;
#pragma warning restore CA2100
            Bind(command.Parameters, command.CreateParameter, statement);
            _batch.BatchCommands.Add(command);
        }
        return _reader = await _batch.ExecuteReaderAsync(_cancellation);
    }

    // PostgreSQL's driver takes parameters without names by their numbers, and need not look through the text for them. A command that
    // was kept has its parameters.
    private void Bind(DbParameterCollection parameters, Func<DbParameter> create, ReadModelStatement statement)
    {
        for (var index = 0; index < statement.Values.Count; index++)
        {
            if (index == parameters.Count)
            {
                var parameter = create();
                if (_dialect == SqlDialect.Sqlite)
                    parameter.ParameterName = NumberedText.Parameter(index + 1);
                parameters.Add(parameter);
            }
            parameters[index].Value = statement.Values[index] ?? DBNull.Value;
        }
    }
}
