namespace OrleansEs.Silo;

/// <summary>Starts a silo, says that it is ready, and stops it in time.</summary>
internal static class SiloProcess
{
    // The promise is ten seconds from the signal to the end of the process, whatever hangs and however busy the machine is.
    private static readonly TimeSpan s_stopTimeoutMax = TimeSpan.FromSeconds(8);

    public static async Task<int> Run(SiloOptions requested, TextWriter stdout)
    {
        var options = SiloHost.WithFreePorts(requested);
        var host = SiloHost.Build(options);
        await SiloHost.Start(host, options);
        await stdout.WriteLineAsync(ReadyLine(options));
        await stdout.FlushAsync();
        await Stopped(host);
        return 0;
    }

    private static async Task Stopped(IHost host)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(asked.SetResult);
        var stopped = host.WaitForShutdownAsync();
        await asked.Task;
        try
        {
            await Ended(host, stopped).WaitAsync(s_stopTimeoutMax, TimeProvider.System);
        }
        // The process's edge: it ends now, whatever was in the way.
        catch (Exception error)
        {
            // Nothing that was acknowledged is lost by it: the log is durable before the answer.
            await Console.Error.WriteLineAsync(
                "stopped-undrained: not everything ended in time; what was acknowledged is safe"
                + (error is OperationCanceledException or TimeoutException ? "" : $" ({error.Message})"));
        }
    }

    // Disposing closes the database, so that all of it is in one file.
    private static async Task Ended(IHost host, Task stopped)
    {
        try
        {
            await stopped;
        }
        finally
        {
            if (host is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
            else
                host.Dispose();
        }
    }

    private static string ReadyLine(SiloOptions options) =>
        $"ready: silo {options.Address}:{options.SiloPort} gateway {options.Address}:{options.GatewayPort} "
        + $"http {(options.Http is { } http ? http.GetLeftPart(UriPartial.Authority) : "none")} "
        + $"store sqlite {Path.GetFullPath(options.DataPath)}";
}
