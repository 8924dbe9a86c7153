namespace OrleansEs.Benchmarks.Frame;

/// <summary>What a measurement costs, from its start on: processor time of all who take part, and what the server logs.</summary>
internal sealed class Cost
{
    private readonly Bench _bench;
    private readonly IReadOnlyList<int> _silos;
    private readonly int? _postmaster;
    private readonly double _walBytes;
    private readonly ProcessorTime _before;

    private Cost(Bench bench, IReadOnlyList<int> silos, int? postmaster, double walBytes)
    {
        (_bench, _silos, _postmaster, _walBytes) = (bench, silos, postmaster, walBytes);
        _before = ProcessorTime.Now(silos, postmaster);
    }

    /// <summary>Begins to count.</summary>
    /// <param name="bench">The run.</param>
    /// <param name="silos">The silos' processes.</param>
    public static async Task<Cost> Start(Bench bench, IReadOnlyList<int> silos)
    {
        var (postmaster, walBytes) = await Server(bench);
        return new Cost(bench, silos, postmaster, walBytes);
    }

    /// <summary>What was used since then.</summary>
    /// <param name="commands">By how many commands, events or queries.</param>
    /// <param name="silos">The silos' processes, when they were started since then.</param>
    public async Task<IReadOnlyList<Figure>> Figures(long commands, IReadOnlyList<int>? silos = null)
    {
        var after = ProcessorTime.Now(silos ?? _silos, _postmaster);
        var walBytes = (await Server(_bench)).WalBytes - _walBytes;
        var silosBefore = silos is null ? _before.Silos : 0;
        return
        [
            new("client CPU s per 1,000", (after.Client - _before.Client) * 1_000 / commands),
            new("silo CPU s per 1,000", (after.Silos - silosBefore) * 1_000 / commands),
            new("server CPU s per 1,000", (after.Server - _before.Server) * 1_000 / commands),
            new("WAL bytes each", walBytes / commands),
        ];
    }

    private static async Task<(int? Postmaster, double WalBytes)> Server(Bench bench) =>
        bench.Options.Sqlite ? (null, double.NaN) : await bench.Databases.Server();
}
