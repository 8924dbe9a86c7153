using System.Data.Common;
using System.Runtime.CompilerServices;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// Collects the rows that a projection writes for a batch of events, and writes them in as few round trips as the database
/// allows: one for all statements on PostgreSQL. For use within one transaction; not thread-safe.
/// </summary>
/// <remarks>
/// Statements run in the order in which they first got a row, each with all of its rows in the order in which they came.
/// Call <see cref="Flush"/> in between where a statement must see what another one, or an earlier row, wrote.
/// </remarks>
public sealed class RowWrites
{
    // The commands of each connection to SQLite, for as long as it lives. A connection is used by one thread at a time.
    private static readonly ConditionalWeakTable<DbConnection, Dictionary<string, DbCommand>> s_prepared = [];

    private readonly DbTransaction? _transaction;
    private readonly List<Rows> _waiting = [];
    private readonly List<Rows> _kept = [];

    /// <summary>Writes the tables of a build through a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="tables">The tables.</param>
    public RowWrites(DbTransaction transaction, ReadModelTables tables)
    {
        (_transaction, Tables) = (transaction, tables);
        Dialect = transaction.Connection?.Dialect()
            ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));
    }

    // Keeps the rows for a transaction to come, so that it need not wait for the code that makes them.
    internal RowWrites(SqlDialect dialect, ReadModelTables tables) => (Dialect, Tables) = (dialect, tables);

    /// <summary>The transaction, for what is no <see cref="RowStatement"/>. Batches without it cost fewer round trips.</summary>
    public DbTransaction Transaction => _transaction ?? throw new NeedsTransactionException();

    /// <summary>The tables of the build.</summary>
    public ReadModelTables Tables { get; }

    /// <summary>Which SQL the database speaks.</summary>
    public SqlDialect Dialect { get; }

    // How many rows are kept.
    internal int Count => _kept.Sum(rows => rows.Count);

    /// <summary>Adds a row to what is written.</summary>
    /// <param name="statement">What is done with the row.</param>
    /// <param name="values">Its values in the order of the statement's columns; null for nothing.</param>
    /// <exception cref="ArgumentException">The number of values is not that of the columns.</exception>
    public void Add(RowStatement statement, params ReadOnlySpan<object?> values)
    {
        if (values.Length != statement.Columns.Count)
            throw new ArgumentException(
                $"The statement has {statement.Columns.Count} columns, and {values.Length} values were given.", nameof(values));
        var rows = _waiting.Find(other => other.Statement == statement);
        if (rows is null)
            _waiting.Add(rows = new Rows(statement));
        for (var column = 0; column < values.Length; column++)
            rows.Values[column].Add(values[column]);
    }

    /// <summary>
    /// Writes what was added since the last time: what comes later sees it. Where nothing needs the transaction before the end,
    /// the order is kept and the writing waits for the rest.
    /// </summary>
    /// <exception cref="DbException">The database refused it.</exception>
    public async ValueTask Flush(CancellationToken cancellation)
    {
        if (_waiting.Count == 0)
            return;
        if (_transaction is null)
            _kept.AddRange(_waiting);
        else
            await Write(_waiting, _transaction, cancellation);
        _waiting.Clear();
    }

    // What is kept, in the order in which it is to be written; the values by column.
    internal IEnumerable<(RowStatement Statement, IReadOnlyList<List<object?>> Values)> Kept =>
        _kept.Select(rows => (rows.Statement, rows.Values));

    // Writes what is kept.
    internal ValueTask WriteKept(DbTransaction transaction, CancellationToken cancellation) =>
        Write(_kept, transaction, cancellation);

    // Adds what several keep to a batch of PostgreSQL, which runs its commands one after the other. Rows of one statement go in
    // one command, since a command costs more than some rows: no two partitions write the same row. Each one's own order stays.
    internal static void AddKept(DbBatch batch, IEnumerable<RowWrites> all)
    {
        var together = new List<(ReadModelTables Tables, Rows Rows)>();
        foreach (var writes in all)
        {
            var next = 0;
            foreach (var rows in writes._kept)
            {
                var same = together.FindIndex(
                    next, other => other.Rows.Statement == rows.Statement && other.Tables.Prefix == writes.Tables.Prefix);
                if (same < 0)
                    together.Add((writes.Tables, new Rows(rows.Statement)));
                same = same < 0 ? together.Count - 1 : same;
                together[same].Rows.Add(rows);
                next = same + 1;
            }
        }
        foreach (var (tables, rows) in together)
            batch.BatchCommands.Add(Command(batch, tables, rows));
    }

    private async ValueTask Write(List<Rows> all, DbTransaction transaction, CancellationToken cancellation)
    {
        if (Dialect == SqlDialect.Postgres)
            await WriteTogether(all, transaction, cancellation);
        else
            await WriteOneByOne(all, transaction, cancellation);
    }

    // A round trip costs PostgreSQL's client more than the rows in it, so all statements share one.
    private async Task WriteTogether(List<Rows> all, DbTransaction transaction, CancellationToken cancellation)
    {
        await using var batch = transaction.Connection!.CreateBatch();
        batch.Transaction = transaction;
        foreach (var rows in all)
            batch.BatchCommands.Add(Command(batch, Tables, rows));
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static DbBatchCommand Command(DbBatch batch, ReadModelTables tables, Rows rows)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = tables.Sql(rows.Statement.PostgresText);
        foreach (var (index, column) in rows.Statement.Columns.Index())
        {
            var parameter = command.CreateParameter();
            parameter.Value = column.ToArray(rows.Values[index]);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    // SQLite has no round trips: a statement that is prepared once and run for each row is the fastest it can do.
    private async Task WriteOneByOne(List<Rows> all, DbTransaction transaction, CancellationToken cancellation)
    {
        foreach (var rows in all)
        {
            var command = Prepared(rows.Statement, transaction.Connection!);
            command.Transaction = transaction;
            for (var row = 0; row < rows.Count; row++)
            {
                for (var column = 0; column < rows.Values.Count; column++)
                    command.Parameters[column].Value = rows.Values[column][row] ?? DBNull.Value;
                await command.ExecuteNonQueryAsync(cancellation);
            }
        }
    }

    // Preparing costs as much as some rows, and most batches are small. The connection ends its commands when it closes.
    private DbCommand Prepared(RowStatement statement, DbConnection connection)
    {
        var known = s_prepared.GetOrCreateValue(connection);
        var text = Tables.Sql(statement.SqliteText);
        if (known.TryGetValue(text, out var command))
            return command;
        command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var column in statement.Columns)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@{column.Name}";
            command.Parameters.Add(parameter);
        }
        known.Add(text, command);
        return command;
    }

    // By column, as PostgreSQL takes them.
    private sealed class Rows(RowStatement statement)
    {
        public RowStatement Statement => statement;

        public IReadOnlyList<List<object?>> Values { get; } = [.. statement.Columns.Select(_ => new List<object?>())];

        public int Count => Values[0].Count;

        public void Add(Rows others)
        {
            for (var column = 0; column < Values.Count; column++)
                Values[column].AddRange(others.Values[column]);
        }
    }
}

// A projection asked for the transaction, which had not begun: it is run again, inside one.
internal sealed class NeedsTransactionException : Exception;
