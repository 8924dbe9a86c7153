namespace OrleansEs.Silo;

/// <summary>Whoever started the host decides when it stops: it must not take the owner's signals.</summary>
internal sealed class OwnedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
