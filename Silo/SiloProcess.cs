namespace OrleansEs.Silo;

/// <summary>Starts a silo, says that it is ready, and stops it in time.</summary>
internal static class SiloProcess
{
    public static async Task<int> Run(SiloOptions requested, TextWriter stdout)
    {
        var options = SiloHost.WithFreePorts(requested);
        var host = SiloHost.Build(options);
        await SiloHost.Start(host, options);
        await stdout.WriteLineAsync(ReadyLine(options));
        await stdout.FlushAsync();
        await host.WaitForShutdownAsync();
        return 0;
    }

    private static string ReadyLine(SiloOptions options) =>
        $"ready: silo {options.Address}:{options.SiloPort} gateway {options.Address}:{options.GatewayPort} "
        + $"http {(options.Http is { } http ? http.GetLeftPart(UriPartial.Authority) : "none")} "
        + $"store sqlite {Path.GetFullPath(options.DataPath)}";
}
