using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using OrleansEs.Benchmarks.Frame;
using OrleansEs.Client;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Faults.Harness;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// OrleansEs as people run it: built silos, each in a process of its own, and one client over TCP. All read models follow.
/// </summary>
internal sealed class LedgerCluster : IAsyncDisposable
{
    private const int SaidMax = 1_000;
    private const string ClusterId = "benchmarks";

    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(15);
    private static readonly Asset s_euro = Asset.Parse("EUR");

    private readonly TempFolder _folder = new();
    private readonly List<SiloProcess> _silos = [];
    private readonly Bench _bench;
    private readonly ClusterShape _shape;
    private readonly bool _ownsDatabase;
    private Connection? _connection;

    private LedgerCluster(Bench bench, ClusterShape shape, string? database, bool ownsDatabase) =>
        (_bench, _shape, Database, _ownsDatabase) = (bench, shape, database, ownsDatabase);

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => _connection!.Grains;

    /// <summary>How to connect to its database; null on SQLite.</summary>
    public string? Database { get; }

    /// <summary>The queries.</summary>
    public ILedgerQueries Queries => Grains.GetGrain<ILedgerQueries>(0);

    /// <summary>The silos' processes.</summary>
    public IReadOnlyList<int> Processes => [.. _silos.Select(silo => silo.Process.Id)];

    /// <summary>Starts silos on an empty log, or on PostgreSQL on one that is there, which then outlives them.</summary>
    public static async Task<LedgerCluster> Start(Bench bench, ClusterShape? shape = null, string? database = null)
    {
        var own = database is null && !bench.Options.Sqlite;
        var ledger = new LedgerCluster(bench, shape ?? new ClusterShape(), own ? await bench.Databases.Create() : database, own);
        try
        {
            // The first one makes the tables; the others join it.
            for (var silo = 0; silo < ledger._shape.Silos; silo++)
                ledger._silos.Add(await SiloProcess.Start(ledger._folder.Path, 0, ledger.SiloOptions()));
            await ledger.Connect();
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync();
            throw;
        }
    }

    /// <summary>An account.</summary>
    public IAccountGrain Account(string id) => Grains.GetGrain<IAccountGrain>(id);

    /// <summary>An amount of euros.</summary>
    public static Money Euros(long cents) => new(cents, s_euro);

    /// <summary>A deposit of so many cents.</summary>
    public static Deposit Deposit(long cents) => new(Euros(cents), Memos.Of(cents));

    /// <summary>The header of a new command.</summary>
    public static CommandHeader Header() => new() { CommandId = Guid.CreateVersion7(), Actor = "benchmark" };

    /// <summary>Executes a command; whatever is not done is an error here.</summary>
    public static async Task<CommandResult> Execute(IAccountGrain account, AccountCommand command) =>
        Done(await account.Execute(command, Header()));

    /// <summary>The result of a command that was done, once.</summary>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public static CommandResult Done(CommandResult result) => result is { Status: CommandStatus.Done, Duplicate: false }
        ? result
        : throw new InvalidOperationException($"A command ended {result.Status}: {result.Refusal?.Code} {result.Refusal?.Message}");

    /// <summary>Opens accounts, some at once.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="cents">What each begins with; 0 for nothing.</param>
    public async Task Open(IEnumerable<string> ids, long cents = 0) => await Parallel.ForEachAsync(
        ids, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = _bench.Cancellation }, async (id, _) =>
        {
            await Execute(Account(id), new OpenAccount(null, [], 0));
            if (cents > 0)
                await Execute(Account(id), Deposit(cents));
        });

    /// <summary>How many events the read models have still to apply, that of the one that has most.</summary>
    /// <param name="only">Only this one counts; null for all.</param>
    public async Task<long> Behind(string? only = null)
    {
        var behind = 0L;
        foreach (var control in (await ReadModels()).Where(control => only is null || control.GetPrimaryKeyString() == only))
        {
            var model = await control.Show();
            behind = Math.Max(behind, model.Live.Parts.Sum(part => part.Head - part.Position));
        }
        return behind;
    }

    /// <summary>What operators say to the read model of accounts.</summary>
    public IReadModelControlGrain AccountsModel => Grains.GetGrain<IReadModelControlGrain>("accounts");

    /// <summary>Stops all read models.</summary>
    /// <param name="except">This one goes on; null for none.</param>
    public async Task PauseReadModels(string? except = null)
    {
        foreach (var control in (await ReadModels()).Where(control => control.GetPrimaryKeyString() != except))
            await control.Pause();
    }

    /// <summary>Ends the silos in order, so that another one on the same database does not take them for dead ones first.</summary>
    public async Task Stop()
    {
        foreach (var silo in _silos)
            await silo.Terminate(s_stopTimeout);
    }

    /// <summary>What the log holds of each account journal, read past all silos.</summary>
    /// <exception cref="InvalidDataException">The log is not in order.</exception>
    public async Task<IReadOnlyDictionary<string, Stored>> ReadLog()
    {
        await using var connection = await OpenDatabase();
        return await LogCheck.Read(connection, heads: true);
    }

    /// <summary>How many events of a type the log holds.</summary>
    public async Task<long> CountEvents(string type)
    {
        await using var connection = await OpenDatabase();
        await using var command = connection.CreateCommand();
        command.CommandText = $"select count(*) from log_event where type = '{type}'";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
            if (silo.Errors is { Length: > 0 } said)
                Bench.Say($"  a silo says: {said[..Math.Min(said.Length, SaidMax)]}");
        }
        if (_ownsDatabase)
            await _bench.Databases.Drop(Database!);
        _folder.Dispose();
    }

    private async Task<DbConnection> OpenDatabase()
    {
        DbConnection connection = Database is null
            ? new SqliteConnection($"Data Source={_folder.File("log.db")};Mode=ReadOnly;Pooling=false")
            : new NpgsqlConnection(Database);
        await connection.OpenAsync();
        return connection;
    }

    private async Task<IEnumerable<IReadModelControlGrain>> ReadModels() =>
        (await Grains.GetGrain<IReadModelDirectoryGrain>(0).List()).Select(name => Grains.GetGrain<IReadModelControlGrain>(name));

    private async Task Connect() => _connection = await Connection.Open(
        Database is null
            ? new ConnectionOptions { Gateway = ("127.0.0.1", _silos[0].GatewayPort), GatewayGiven = true, ClusterId = ClusterId }
            : new ConnectionOptions { Database = Database, ClusterId = ClusterId },
        s_connectTimeout, _bench.Cancellation);

    private string[] SiloOptions() =>
    [
        "--cluster-id", ClusterId,
        .. _shape.Options,
        .. Database is null ? ["--store", "sqlite", "--data", "log.db"] : new[] { "--store", "postgres", "--connection", Database },
    ];
}
