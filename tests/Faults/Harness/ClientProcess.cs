using System.Diagnostics;
using OrleansEs.Client;

namespace OrleansEs.Faults.Harness;

/// <summary>The client, as a process or, where only its answers matter, as a function.</summary>
internal static class ClientProcess
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(90);

    /// <summary>Runs a verb in a process of its own.</summary>
    public static async Task<Ended> Run(string folder, params string[] args)
    {
        using var process = Process.Start(Programs.Of("Client", folder, args))!;
        return await Ended.Of(process, s_timeout);
    }

    /// <summary>Runs a verb in this process: much faster, with the same code from the arguments on.</summary>
    public static async Task<Ended> Call(params string[] args)
    {
        using var stdout = new StringWriter();
        using var stderr = new StringWriter();
        var code = await ClientApp.Run(args, stdout, stderr, TestContext.Current.CancellationToken).WaitAsync(s_timeout);
        return new Ended(code, stdout.ToString(), stderr.ToString());
    }

    /// <summary>Runs a verb that must end well, and returns its JSON.</summary>
    public static async Task<System.Text.Json.Nodes.JsonNode> Json(SiloProcess silo, params string[] args)
    {
        var ended = await Call([.. args, "--json", "--gateway", silo.Gateway]);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', args)}: {ended.ExitCode} {ended.Stderr}");
        Assert.Equal("", ended.Stderr);
        return System.Text.Json.Nodes.JsonNode.Parse(ended.Stdout)!;
    }
}
