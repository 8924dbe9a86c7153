using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Grains.Queries;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>How often a query goes to the database and back.</summary>
public sealed class QueryRoundTripTests(PostgresLedger ledger) : IClassFixture<PostgresLedger>
{
    private readonly LedgerHost _ledger = ledger.NewScope();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_of_the_ledger_takes_one_round_trip()
    {
        var owner = _ledger.Id("Ann");
        await _ledger.Open("a", 5_00, owner);
        await _ledger.Done("a", new Deposit(Euros(1), "a memo"));
        await _ledger.Queries.Accounts(new AccountsQuery { Owner = owner }, _ledger.Fresh);
        await _ledger.Queries.Statement(new StatementQuery(_ledger.Id("a"), null, null, null), _ledger.Fresh);
        var events = _ledger.Services.GetRequiredService<IEventSerializer>();
        var day = new DateOnly(2026, 1, 1);

        await using var other = await Other.Open(_ledger);
        var account = (await other.Once("accounts", AccountQueries.Page(new AccountsQuery { Owner = owner }))).Items.Single();
        Assert.Equal(new BalanceView(Eur, 5_01, 0, 5_01), Assert.Single(account.Balances));
        await other.Once("accounts", AccountQueries.Page(new AccountsQuery { Asset = Eur, Sort = "balance" }));
        await other.Once("accounts", TotalsQueries.Read(new TotalsQuery(TotalsBy.Asset)));
        await other.Once("accounts", TotalsQueries.Read(new TotalsQuery(TotalsBy.Owner)));
        await other.Once("statements", MonthTotalsQueries.Read(new TotalsQuery(TotalsBy.Month)));
        await other.Once("transfers", TransferQueries.Page(new TransfersQuery(null, null, 10, null), null));
        await other.Once("audit", AuditQueries.AtOnce(new AuditQuery()));
        foreach (var query in new StatementQuery[]
        {
            new(_ledger.Id("a"), Eur, null, null), new(_ledger.Id("a"), null, null, null),
            new(_ledger.Id("a"), Eur, day, null), new(_ledger.Id("a"), null, day, null),
        })
        {
            var statement = Assert.Single((await other.Once("statements", StatementQueries.Short(events, query))).Statements!);
            Assert.Equal(("a memo", 5_01), (statement.Lines[^1].Memo, statement.Closing));
        }
        Assert.Null((await other.Once(
            "statements", StatementQueries.Short(events, new StatementQuery("nobody", null, null, null)))).Statements);
    }

    // Another silo's view of the database: its store and nothing else, through what counts.
    private sealed class Other(RoundTripCounter counter, PostgresFixture stores, ReadModelReader reader) : IAsyncDisposable
    {
        public static async Task<Other> Open(LedgerHost ledger)
        {
            var settings = new NpgsqlConnectionStringBuilder(
                ledger.Services.GetRequiredService<IOptions<EventLogOptions>>().Value.ConnectionString);
            var counter = new RoundTripCounter(settings.Port);
            // A connection that asks by itself whether the server is still there would be counted.
            (settings.Port, settings.KeepAlive) = (counter.Port, 0);
            var stores = await PostgresFixture.Open(settings.ConnectionString);
            var registry = ledger.Services.GetRequiredService<ReadModelRegistry>();
            var services = new ReadModelServices(
                stores.Log, stores.ReadModels, null!, Options.Create(new ReadModelOptions()), TimeProvider.System);
            var builds = new ReadModelBuilds(registry, services);
            await builds.Refresh(Cancellation);
            return new Other(
                counter, stores,
                new ReadModelReader(registry, services, builds, ledger.Client, NullLogger<ReadModelReader>.Instance));
        }

        // As often as it takes to become a prepared statement, and then some.
        public async Task<T> Once<T>(string readModel, ReadModelQuery<T> query)
        {
            for (var round = 0; ; round++)
            {
                var before = counter.Count;
                var answer = await reader.Query(readModel, [], TimeSpan.Zero, query, Cancellation);
                Assert.Equal(1, counter.Count - before);
                if (round == 4)
                    return answer.Value;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await stores.DisposeAsync();
            await counter.DisposeAsync();
        }
    }
}
