using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.Ledger;

/// <summary>A connection to a database that asks for the plan of every query before it runs it.</summary>
internal sealed class ExplainedConnection(DbConnection inner) : DbConnection
{
    /// <summary>The plans, a text for each query.</summary>
    public List<string> Plans { get; } = [];

    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => throw new NotSupportedException();
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() => throw new NotSupportedException();

    public override void Open() => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new ExplainedCommand(inner.CreateCommand(), this);

    // SQLite has the words in its last column, after its own number and that of the step it belongs to; PostgreSQL in its only one.
    private void Explain(DbCommand command)
    {
        var text = command.CommandText;
        command.CommandText = inner.Dialect() == SqlDialect.Sqlite ? $"explain query plan {text}" : $"explain {text}";
        var lines = new List<string>();
        var depths = new Dictionary<long, int> { [0] = -1 };
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var depth = 0;
                if (reader.FieldCount > 1)
                    depths[reader.GetInt64(0)] = depth = depths[reader.GetInt64(1)] + 1;
                lines.Add(new string(' ', depth) + reader.GetString(reader.FieldCount - 1));
            }
        }
        command.CommandText = text;
        Plans.Add(string.Join('\n', lines));
    }

    private sealed class ExplainedCommand(DbCommand inner, ExplainedConnection connection) : DbCommand
    {
        [AllowNull]
        public override string CommandText
        {
            get => inner.CommandText;
            set => inner.CommandText = value;
        }

        public override int CommandTimeout { get; set; }

        public override CommandType CommandType { get; set; }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection { get; set; }

        protected override DbParameterCollection DbParameterCollection => inner.Parameters;

        protected override DbTransaction? DbTransaction { get; set; }

        public override void Cancel() => inner.Cancel();

        public override int ExecuteNonQuery() => throw new NotSupportedException();

        public override object? ExecuteScalar() => throw new NotSupportedException();

        public override void Prepare() => throw new NotSupportedException();

        protected override DbParameter CreateDbParameter() => inner.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
        {
            connection.Explain(inner);
            return inner.ExecuteReader(behavior);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
