using System.Runtime.InteropServices;

namespace OrleansEs.Silo;

/// <summary>Starts a silo, says that it is ready, and stops it in time.</summary>
internal static class SiloProcess
{
    // The promise is ten seconds from the signal to the end of the process, whatever hangs and however busy the machine is: a
    // membership that cannot be told, because its database is down, is given up with the rest.
    private static readonly TimeSpan s_stopTimeoutMax = TimeSpan.FromSeconds(7);

    // What a start is given to end in order when it is told to stop.
    private static readonly TimeSpan s_abortTimeout = TimeSpan.FromSeconds(5);

    // Silos that are started together may choose the same free port.
    private const int PortChoicesMax = 5;

    public static async Task<int> Run(SiloOptions requested, TextWriter stdout)
    {
        var time = TimeProvider.System;
        using var stop = new StopSignal(s_abortTimeout);
        var options = SiloHost.WithFreePorts(requested);
        var host = SiloHost.Build(options);
        SiloHost.Open(host, options);
        var health = new SiloHealth(time);
        await using var server = await HealthServer.Start(options.Http, health);
        if (options.Store == SiloStore.Postgres)
            await new DatabaseWait(time, health, Console.Error).Until(options, stop.Requested);
        (host, options) = await Started(host, options, requested, stop);
        health.Serves(host.Services);
        await stdout.WriteLineAsync(ReadyLine(options));
        await stdout.FlushAsync();
        await Stopped(host, health);
        return 0;
    }

    private static async Task<(IHost Host, SiloOptions Options)> Started(
        IHost host, SiloOptions options, SiloOptions requested, StopSignal stop)
    {
        for (var choice = 1; ; choice++)
        {
            try
            {
                await SiloHost.Start(host, options, stop.Requested).WaitAsync(stop.Overdue);
                return (host, options);
            }
            catch (StartException error) when (error.Code == StartFailures.PortBusy && choice < PortChoicesMax
                && (requested.SiloPort == 0 || requested.GatewayPort == 0))
            {
                // The health pages are up already and stay where they are.
                options = SiloHost.WithFreePorts(requested with { Http = options.Http });
                host = SiloHost.Build(options);
            }
        }
    }

    private static async Task Stopped(IHost host, SiloHealth health)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(asked.SetResult);
        var stopped = host.WaitForShutdownAsync();
        await asked.Task;
        health.Stops();
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
        $"ready: {options.AddressText} http {(options.Http is { } http ? http.GetLeftPart(UriPartial.Authority) : "none")} "
        + $"store {options.StoreText}";

    // Until the host is started it has no ear for signals of its own.
    private sealed class StopSignal : IDisposable
    {
        private readonly CancellationTokenSource _requested = new();
        private readonly CancellationTokenSource _overdue = new();
        private readonly PosixSignalRegistration[] _signals;

        public StopSignal(TimeSpan patience)
        {
            void Stop(PosixSignalContext context)
            {
                context.Cancel = true;
                _overdue.CancelAfter(patience);
                _requested.Cancel();
            }
            _signals =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
                PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
                PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop),
            ];
        }

        /// <summary>Cancelled when the process is told to stop.</summary>
        public CancellationToken Requested => _requested.Token;

        /// <summary>Cancelled when it was told so a while ago.</summary>
        public CancellationToken Overdue => _overdue.Token;

        public void Dispose()
        {
            foreach (var signal in _signals)
                signal.Dispose();
            _requested.Dispose();
            _overdue.Dispose();
        }
    }
}
