using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.Grains.Hosting;
using OrleansEs.Grains.Transfers;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Integration.Ledger;

/// <summary>A silo with the ledger on a store, and a client that remembers its read tokens.</summary>
internal sealed class LedgerHost : IAsyncDisposable
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);
    public static readonly Asset Eur = Asset.Parse("EUR");
    public static readonly Asset Usd = Asset.Parse("USD");

    private readonly InProcessTestCluster _cluster;
    private readonly string _prefix;
    private readonly ConcurrentDictionary<int, long> _latest = new();

    private LedgerHost(InProcessTestCluster cluster, string prefix)
    {
        (_cluster, _prefix) = (cluster, prefix);
        Services = cluster.GetSiloServiceProvider();
    }

    public IServiceProvider Services { get; }

    public IClusterClient Client => _cluster.Client;

    public ILedgerQueries Queries => Client.GetGrain<ILedgerQueries>(0);

    /// <summary>As fresh as everything this client did.</summary>
    public Freshness Fresh => new([.. _latest.Select(place => new LogPosition(place.Key, place.Value).ToString())], Long);

    public static async Task<LedgerHost> Start(
        TestStore store, Action<TransferRecoveryOptions>? recovery = null, Func<IEventLogStore, IEventLogStore>? wrap = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "ledger-tests";
        builder.ConfigureSilo((_, silo) =>
        {
            store.AddTo(silo).AddLedger(recovery);
            if (wrap is not null)
                Wrap(silo.Services, wrap);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new LedgerHost(cluster, "");
    }

    /// <summary>The same silo for one more test, whose accounts and transfers have names of their own.</summary>
    public LedgerHost Scope(string prefix) => new(_cluster, prefix + ":");

    /// <summary>The whole id of what this scope calls by a short name.</summary>
    public string Id(string name) => _prefix + name;

    public IAccountGrain Account(string name) => Client.GetGrain<IAccountGrain>(Id(name));

    public ITransferGrain Transfer(string name) => Client.GetGrain<ITransferGrain>(Id(name));

    public static CommandHeader Header(Guid? commandId = null, string? correlation = null, DateOnly? effective = null) => new()
    {
        CommandId = commandId ?? Guid.NewGuid(),
        Actor = "tester",
        CorrelationId = correlation,
        EffectiveDate = effective,
        Timeout = TimeSpan.FromSeconds(10),
    };

    public static Money Euros(long cents) => new(cents, Eur);

    public async Task<CommandResult> Execute(string id, AccountCommand command, CommandHeader? header = null)
    {
        var result = await Account(id).Execute(command, header ?? Header());
        Remember(result.Token);
        return result;
    }

    public async Task<CommandResult> Done(string id, AccountCommand command, CommandHeader? header = null)
    {
        var result = await Execute(id, command, header);
        Assert.True(result.Status == CommandStatus.Done, $"{command} on '{id}' ended as {result}.");
        return result;
    }

    /// <summary>Opens an account with so many cents.</summary>
    public async Task Open(string id, long cents = 0, string? owner = null, decimal? overdraft = 0)
    {
        await Done(id, new OpenAccount(owner, [], overdraft));
        if (cents > 0)
            await Done(id, new Deposit(Euros(cents), "opening"));
    }

    public async Task<TransferResult> Pay(string transferId, CommandHeader? header = null, params (string Id, long Cents)[] legs)
    {
        var result = await Transfer(transferId).Create(Payment(legs), header ?? Header());
        foreach (var token in result.Tokens)
            Remember(token);
        return result;
    }

    public CreateTransfer Payment(params (string Id, long Cents)[] legs) =>
        new([.. legs.Select(leg => new Posting(Id(leg.Id), Euros(leg.Cents)))], "payment");

    public async Task<long> Balance(string id, AsOf? asOf = null)
    {
        var view = await Account(id).Show(asOf ?? AsOf.Now);
        return view!.Balances.SingleOrDefault(balance => balance.Asset == Eur)?.Balance ?? 0;
    }

    /// <summary>Appends events to a journal, as a driver that died after it would have.</summary>
    public async Task<LogPosition> Append(JournalId journal, long expectedVersion, CommandHeader header, params object[] events)
    {
        var serializer = Services.GetRequiredService<IEventSerializer>();
        var metadata = new EventMetadata { Actor = header.Actor, CorrelationId = header.CorrelationId };
        var result = await Services.GetRequiredService<IEventLogAppender>().Append(
            new AppendRequest(
                journal, expectedVersion, header.CommandId, [.. events.Select(content => serializer.Encode(content, metadata))]),
            Long,
            TestContext.Current.CancellationToken);
        return Assert.IsType<AppendResult.Appended>(result).Last;
    }

    public async Task AssertZeroSum(bool nothingUnderWay = true)
    {
        // As fresh as the log: other scopes' transfers count as well, and must not be seen half-way.
        var heads = await Services.GetRequiredService<IEventLogReader>().ReadHeads(TestContext.Current.CancellationToken);
        var everything = new Freshness([.. heads.Select((head, partition) => new LogPosition(partition, head).ToString())], Long);
        var totals = await Queries.Totals(new TotalsQuery(TotalsBy.Asset), everything);
        Assert.False(totals.Stale);
        Assert.All(totals.Value.Sums, sum => Assert.Equal(0, sum.Difference));
        if (nothingUnderWay)
            Assert.All(totals.Value.Sums, sum => Assert.Equal(0, sum.InTransit));
    }

    public void Remember(string? token)
    {
        if (LogPosition.TryParse(token, out var place))
            _latest.AddOrUpdate(place.Partition, place.Position, (_, latest) => Math.Max(latest, place.Position));
    }

    private static void Wrap(IServiceCollection services, Func<IEventLogStore, IEventLogStore> wrap)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IEventLogStore));
        services.Remove(registered);
        services.AddSingleton(provider =>
            wrap((IEventLogStore)ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!)));
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
