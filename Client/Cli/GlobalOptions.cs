using System.CommandLine;

namespace OrleansEs.Client.Cli;

/// <summary>The options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string> Gateway { get; } = new("--gateway")
    {
        Description = "Where the silo listens for clients [127.0.0.1:30000].",
        HelpName = "host:port",
        Recursive = true,
    };

    public Option<string> Connection { get; } = new("--connection")
    {
        Description = "Finds the silos through their PostgreSQL: Host=…;Database=…;Username=…;Password=….",
        HelpName = "string",
        Recursive = true,
    };

    public Option<bool> Embedded { get; } = new("--embedded")
    {
        Description = "Host a silo in this process, with its data in --data.",
        Recursive = true,
    };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "The SQLite file of an embedded silo [data/orleanses.db].",
        HelpName = "file",
        Recursive = true,
    };

    public Option<string> ClusterId { get; } = new("--cluster-id")
    {
        Description = "The silo's cluster id [orleanses].",
        HelpName = "name",
        Recursive = true,
    };

    public Option<string> ServiceId { get; } = new("--service-id")
    {
        Description = "The silo's service id [orleanses].",
        HelpName = "name",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON for programs: one document, or one a line.",
        Recursive = true,
    };

    public Option<string> Timeout { get; } = new("--timeout")
    {
        Description = "How long to wait: 500ms, 10s, 2m [10s].",
        HelpName = "time",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        Option[] all = [Gateway, Connection, Embedded, Data, ClusterId, ServiceId, Json, Timeout];
        foreach (var option in all)
            root.Options.Add(option);
    }
}
