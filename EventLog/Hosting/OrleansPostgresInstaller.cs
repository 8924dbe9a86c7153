namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// Installs Orleans' own tables and statements before the membership starts, and before Orleans' storage opens. Harmless when
/// they exist, and safe with many silos at once.
/// </summary>
internal sealed class OrleansPostgresInstaller(OrleansPostgres database, string script) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(OrleansPostgresInstaller), ServiceLifecycleStage.RuntimeStorageServices,
        cancellation => database.Install(script, cancellation));
}
