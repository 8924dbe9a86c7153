using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.Client;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Sqlite;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>A ledger moves to another database: <c>log copy</c>.</summary>
public sealed class LogCopyJourneys : IAsyncLifetime
{
    private readonly TestStore _file = TestStore.OnSqlite();
    private readonly TestStore _otherFile = TestStore.OnSqlite();
    private TestStore _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestStore.OnPostgres();

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await _otherFile.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_ledger_that_moved_from_a_file_to_a_server_and_back_is_the_same_and_goes_on()
    {
        var before = await Work(_file, "first");

        Assert.Equal(before.Events.Count, (int)(await Done(_file, _server))["copied"]!);
        var moved = await Look(_server);
        Assert.Equal(before.Shown, moved.Shown);
        Assert.Equal(before.Balances, moved.Balances);

        var after = await Work(_server, "second");
        Assert.Equal(after.Events.Count, (int)(await Done(_server, _otherFile))["copied"]!);
        var back = await Look(_otherFile);
        Assert.Equal(after.Shown, back.Shown);
        Assert.Equal(after.Balances, back.Balances);
        Assert.Equal(before.Shown, back.Events.Where(committed => before.Has(committed.At)).Select(Shown));
    }

    [Fact]
    public async Task A_copy_that_ended_early_goes_on_and_a_later_one_takes_what_came_meanwhile()
    {
        var before = await Work(_file, "first");
        await using (var log = await PostgresFixture.Open(_server.ConnectionString!))
        {
            // As a copy that was interrupted leaves it: all of one partition, a part of another one.
            var partitions = before.Events.GroupBy(committed => committed.At.Partition).ToArray();
            await log.Log.Restore([.. partitions[0], .. partitions[1].Take(2)], Cancellation);
        }

        Assert.True((int)(await Done(_file, _server))["copied"]! < before.Events.Count);
        var after = await Work(_file, "second");
        Assert.Equal(after.Events.Count - before.Events.Count, (int)(await Done(_file, _server))["copied"]!);
        Assert.Equal(0, (int)(await Done(_file, _server))["copied"]!);

        Assert.Equal(after.Shown, (await Look(_server)).Shown);
    }

    [Fact]
    public async Task A_new_target_gets_as_many_partitions_as_the_source_has()
    {
        SqliteDatabase.Open(_file.DataPath!, partitions: 16).Dispose();
        var before = await Work(_file, "first");
        var four = _otherFile.DataPath! + ".four";
        SqliteDatabase.Open(four, partitions: 4).Dispose();

        await Refuses(ExitCodes.Refused, "create the target with 16", _file.DataPath!, four);
        await Done(_file, _server);
        await Done(_server, _otherFile);

        Assert.Contains(before.Events, committed => committed.At.Partition > 7);
        Assert.Equal(before.Shown, (await Look(_server)).Shown);
        Assert.Equal(before.Shown, (await Look(_otherFile)).Shown);
    }

    [Fact]
    public async Task A_target_that_holds_something_else_is_refused_and_left_as_it_is()
    {
        await Work(_file, "mine");
        await Work(_server, "others");
        var before = await Look(_server);

        var (code, error) = await Refused(_file.DataPath!, _server.ConnectionString!);

        Assert.Equal(ExitCodes.Refused, code);
        Assert.StartsWith("log-not-copied: The target is no beginning of the source: at ", error, StringComparison.Ordinal);
        Assert.Equal(before.Shown, (await Look(_server)).Shown);
    }

    [Fact]
    public async Task What_cannot_be_a_copy_is_refused_with_a_remedy()
    {
        await Work(_file, "mine");
        await using (await LedgerHost.Start(_otherFile))
        {
            await Refuses(ExitCodes.Unavailable, "in use by another process; stop that silo", _file.DataPath!, _otherFile.DataPath!);
            await Refuses(ExitCodes.Unavailable, "in use by another process; stop that silo", _otherFile.DataPath!, _file.DataPath!);
        }
        await Refuses(ExitCodes.BadInput, "name the same log", _file.DataPath!, _file.DataPath!);
        await Refuses(ExitCodes.BadInput, "there is no file", _file.DataPath! + ".gone", _otherFile.DataPath!);
        await Refuses(ExitCodes.Unavailable, "holds no log", _server.ConnectionString!, _otherFile.DataPath!);
        await Refuses(ExitCodes.BadInput, "--to: ", _file.DataPath!, "Host=x;Prt=7");
        await Refuses(ExitCodes.BadInput, "--data has no meaning here", _file.DataPath!, _otherFile.DataPath!, "--data", "x.db");
        await using var more = await PostgresFixture.Open(_server.ConnectionString!);
        await using var few = new SqliteFixture(partitions: 4);
        var partitions = await Assert.ThrowsAsync<RestoreRefusedException>(() => new LogCopier(few.Log, more.Log).Copy(null, Cancellation));
        Assert.Contains("create the target with 4", partitions.Message, StringComparison.Ordinal);
        var same = await Assert.ThrowsAsync<RestoreRefusedException>(() => new LogCopier(more.Log, more.Log).Copy(null, Cancellation));
        Assert.Contains("one and the same log", same.Message, StringComparison.Ordinal);
    }

    // Some of everything that the ledger writes.
    private static async Task<Seen> Work(TestStore store, string name)
    {
        await using var host = await LedgerHost.Start(store);
        var ledger = host.Scope(name);
        for (var account = 0; account < 12; account++)
            await ledger.Open($"account {account}", 100_00, owner: $"Größe {account}");
        for (var transfer = 0; transfer < 12; transfer++)
            await ledger.Pay($"transfer {transfer}", null, ($"account {transfer}", -(transfer + 1)), ("account 0", transfer + 1));
        await ledger.Pay("too much", null, ("account 1", -1_000_00), ("account 2", 1_000_00));
        return await See(host);
    }

    private static async Task<Seen> Look(TestStore store)
    {
        await using var host = await LedgerHost.Start(store);
        return await See(host);
    }

    private static async Task<Seen> See(LedgerHost host)
    {
        await host.AssertZeroSum();
        var log = host.Services.GetRequiredService<IEventLogReader>();
        var heads = await log.ReadHeads(Cancellation);
        var events = new List<CommittedEvent>();
        for (var partition = 0; partition < heads.Count; partition++)
            events.AddRange(await log.ReadPartition(new LogPosition(partition, 0), 10_000, Cancellation));
        var fresh = new Freshness([.. heads.Select((head, partition) => new LogPosition(partition, head).ToString())], Long);
        var accounts = await host.Queries.Accounts(new AccountsQuery { Take = 200 }, fresh);
        Assert.False(accounts.Stale);
        return new Seen(
            events,
            [.. accounts.Value.Items.Select(account => $"{account.Id} {account.Version} {string.Join(' ', account.Balances)}")]);
    }

    private static (CommittedEvent, string) Shown(CommittedEvent committed) =>
        (committed with { Payload = default }, Convert.ToHexString(committed.Payload.Span));

    private static async Task<JsonNode> Done(TestStore from, TestStore to)
    {
        var (code, output, error) = await Run(from.DataPath ?? from.ConnectionString!, to.DataPath ?? to.ConnectionString!, "--json");
        Assert.True(code == ExitCodes.Done, $"{code}: {error}");
        return JsonNode.Parse(output)!;
    }

    private static async Task Refuses(int code, string expected, string from, string to, params string[] more)
    {
        var refused = await Refused(from, to, more);
        Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
        Assert.Equal(code, refused.Code);
    }

    private static async Task<(int Code, string Error)> Refused(string from, string to, params string[] more)
    {
        var (code, output, error) = await Run(from, to, more);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd().Split('\n'));
        return (code, error);
    }

    private static async Task<(int Code, string Output, string Error)> Run(string from, string to, params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ClientApp.Run(["log", "copy", "--from", from, "--to", to, .. more], output, error, Cancellation);
        return (code, output.ToString(), error.ToString());
    }

    private sealed record Seen(IReadOnlyList<CommittedEvent> Events, IReadOnlyList<string> Balances)
    {
        public IEnumerable<(CommittedEvent, string)> Shown => Events.Select(LogCopyJourneys.Shown);

        public bool Has(LogPosition at) => Events.Any(committed => committed.At == at);
    }
}
