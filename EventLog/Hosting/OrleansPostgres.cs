using Npgsql;
using OrleansEs.EventLog.Postgres;

namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// What Orleans itself keeps in PostgreSQL goes through a small pool of its own, so that a log that uses every connection it
/// may have never makes a silo look dead.
/// </summary>
internal sealed class OrleansPostgres : IDisposable, IAsyncDisposable
{
    /// <summary>The key of the pool for membership.</summary>
    public const string Clustering = "orleanses-clustering";

    /// <summary>The key of the pool for grain storage.</summary>
    public const string Storage = "orleanses-storage";

    // A silo reads the membership in one place at a time, writes it in another, and seldom more; what grains store here is
    // little and seldom. Every silo takes as many of the server's connections, of which there are 100 by default.
    private const int ClusteringConnectionsMax = 4;
    private const int StorageConnectionsMax = 2;

    private readonly string _name;

    /// <param name="connectionString">Where it is; what is absent is completed.</param>
    /// <param name="use">One of the keys above; the server shows it as the application's name.</param>
    public OrleansPostgres(string connectionString, string use)
    {
        var settings = PostgresSettings.Durable(connectionString);
        settings.ApplicationName = use;
        settings.MaxPoolSize = use == Clustering ? ClusteringConnectionsMax : StorageConnectionsMax;
        settings.MinPoolSize = 0;
        _name = PostgresConnection.NameOf(settings);
        Source = NpgsqlDataSource.Create(settings);
    }

    /// <summary>The connections.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Runs a script of ours, alone among all silos that start.</summary>
    /// <exception cref="EventLogStartException">The database does not allow it; the message says the remedy.</exception>
    public async Task Install(string script, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await PostgresSchema.Lock(transaction, cancellation);
            await PostgresSchema.Execute(transaction, EmbeddedSql.Read(script), cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (NpgsqlException failure)
        {
            throw PostgresFailures.AtStart(_name, failure);
        }
    }

    public void Dispose() => Source.Dispose();

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
