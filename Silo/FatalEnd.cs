namespace OrleansEs.Silo;

/// <summary>
/// Ends a silo that must not go on: above all one that finds itself declared dead, whose grains live elsewhere by now. It ends
/// at once, with one line and an exit code of its own, so that whoever runs it starts it again.
/// </summary>
internal sealed class FatalEnd(IServiceProvider services) : IFatalErrorHandler
{
    /// <summary>What the process ends with.</summary>
    public const int ExitCode = 4;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        // A stop that is under way ends by itself, in time and with its own exit code.
        if (services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
            return;
        var isDead = services.GetRequiredService<ISiloStatusOracle>().CurrentStatus == SiloStatus.Dead;
        Console.Error.WriteLine(isDead
            ? "declared-dead: the other silos have taken this one out of the cluster, since it did not answer them; start it again"
            : $"fatal-error: this silo cannot go on ({Line(exception?.Message ?? context)}); start it again");
        Environment.Exit(ExitCode);
    }

    private static string Line(string? text) => (text ?? "no reason given").ReplaceLineEndings(" ");
}
