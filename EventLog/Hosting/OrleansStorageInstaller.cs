using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.EventLog.Hosting;

// Installs the tables and statements of Microsoft.Orleans.Persistence.AdoNet into the log's file, before Orleans' storage
// opens. Harmless when they exist. It goes through the one writer, so that it waits for nobody and nobody for it.
internal sealed class OrleansStorageInstaller(SqliteWriter writer) : ILifecycleParticipant<ISiloLifecycle>
{
    private const string Script = "Hosting.OrleansStorage.Sqlite.sql";

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(OrleansStorageInstaller), ServiceLifecycleStage.RuntimeStorageServices, Install);

    private Task Install(CancellationToken cancellation) => writer.Write(session =>
    {
        session.ExecuteOnce(EmbeddedSql.Read(Script));
        return true;
    });
}
