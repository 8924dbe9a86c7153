using System.Runtime.InteropServices;

namespace OrleansEs.Client;

/// <summary>The client's command line; see <see cref="ExitCodes"/> for what it ends with.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        // The first signal ends the verb in order (an embedded silo closes its file); the second one ends the process.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await ClientApp.Run(args, Console.Out, Console.Error, stop.Token);
    }
}
