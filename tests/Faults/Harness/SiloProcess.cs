using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace OrleansEs.Faults.Harness;

/// <summary>A silo in a process of its own, on free ports. It never outlives the test.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    // A start takes two seconds on a machine that has nothing else to do.
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<string?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(Process process, int gatewayPort) => (Process, GatewayPort) = (process, gatewayPort);

    public Process Process { get; }

    public int GatewayPort { get; }

    public string Gateway => $"127.0.0.1:{GatewayPort}";

    /// <summary>The port for other silos, which names it in the membership of its cluster.</summary>
    public int SiloPort => int.Parse(ReadyLine.Split(' ')[2].Split(':')[1], CultureInfo.InvariantCulture);

    /// <summary>Where it serves its health.</summary>
    public string Http => ReadyLine.Split(' ')[6];

    /// <summary>The line that begins "ready:".</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>What it wrote to standard error.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts a silo and waits until it is ready.</summary>
    public static Task<SiloProcess> Start(string folder, string data = "log.db", int gatewayPort = 0, params string[] more) =>
        Start(folder, gatewayPort, ["--data", data, .. more]);

    /// <summary>Starts a silo with these options and waits until it is ready.</summary>
    public static async Task<SiloProcess> Start(string folder, int gatewayPort, string[] options)
    {
        var silo = Begin(folder, gatewayPort, options);
        await silo.Ready();
        return silo;
    }

    /// <summary>Waits until a silo that was begun is ready.</summary>
    public async Task Ready()
    {
        try
        {
            if (await _ready.Task.WaitAsync(s_startTimeout) is { } line)
            {
                ReadyLine = line;
                return;
            }
        }
        catch (TimeoutException)
        {
            await Kill();
            throw;
        }
        await Process.WaitForExitAsync();
        Assert.Fail($"The silo did not start: {Errors}");
    }

    /// <summary>Starts a silo that is to be refused, and waits for its end.</summary>
    public static async Task<Ended> Refused(string folder, params string[] args)
    {
        using var process = Process.Start(Programs.Of("Silo", folder, args))!;
        return await Ended.Of(process, s_startTimeout);
    }

    /// <summary>Ends it at once, as a power cut would.</summary>
    public async Task Kill()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <summary>Stops it in the middle of whatever it does. Its connections stay open.</summary>
    public void Freeze() => Programs.Signal(Process, Programs.SigStop);

    /// <summary>Lets a frozen one go on, as if no time had passed.</summary>
    public void Thaw() => Programs.Signal(Process, Programs.SigCont);

    /// <summary>How much processor time it has used so far.</summary>
    public TimeSpan ProcessorTime()
    {
        Process.Refresh();
        return Process.TotalProcessorTime;
    }

    /// <summary>Asks it to end, and waits for that.</summary>
    public async Task<int> Terminate(TimeSpan timeout)
    {
        Programs.Signal(Process, Programs.SigTerm);
        await Process.WaitForExitAsync().WaitAsync(timeout);
        return Process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
            await Kill();
        Process.Dispose();
    }

    /// <summary>Starts a silo and waits for nothing.</summary>
    public static SiloProcess Begin(string folder, int gatewayPort, string[] options)
    {
        gatewayPort = gatewayPort == 0 ? Programs.FreePort() : gatewayPort;
        string[] args =
        [
            "--silo-port", "0", "--gateway-port", $"{gatewayPort}",
            .. options.Contains("--http") ? [] : new[] { "--http", "none" }, .. options,
        ];
        var process = new Process { StartInfo = Programs.Of("Silo", folder, args) };
        var silo = new SiloProcess(process, gatewayPort);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                silo._ready.TrySetResult(null);
            else if (line.Data.StartsWith("ready:", StringComparison.Ordinal))
                silo._ready.TrySetResult(line.Data);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                silo._errors.Enqueue(line.Data);
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return silo;
    }
}
