namespace OrleansEs.Client;

/// <summary>Where the client finds its cluster.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>The gateway's host and port.</summary>
    public (string Host, int Port) Gateway { get; init; } = ("127.0.0.1", 30000);

    /// <summary>True when the person named the gateway: then nothing else may take its place.</summary>
    public bool GatewayGiven { get; init; }

    /// <summary>
    /// The connection string of the database through which the silos are found; null when a gateway is named or a silo is
    /// embedded. It may hold a password: it is never printed.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>True hosts a silo in this process.</summary>
    public bool Embedded { get; init; }

    /// <summary>The embedded silo's file.</summary>
    public string DataPath { get; init; } = Path.Combine("data", "orleanses.db");

    /// <summary>Must be the silo's.</summary>
    public string ClusterId { get; init; } = "orleanses";

    /// <summary>Must be the silo's.</summary>
    public string ServiceId { get; init; } = "orleanses";

    /// <summary>
    /// True refuses commands here while the silos refuse most of what this client sends; false sends them all. A silo in this process
    /// is never throttled.
    /// </summary>
    public bool Throttled { get; init; } = true;
}
