using OrleansEs.Client.Cli;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Demo;

/// <summary>
/// What the story does with the ledger: the same calls as the verbs make. It keeps every token it gets, so that what it asks
/// later includes what it did before, and stops the story when something ends otherwise than the story says.
/// </summary>
internal sealed class DemoLedger(Session session, IGrainFactory cluster, string actor)
{
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);

    private ILedgerQueries Queries => cluster.GetGrain<ILedgerQueries>(0);

    /// <summary>Makes a header; the story gives the same one again to retry.</summary>
    public CommandHeader Header(string? correlation = null, DateOnly? effective = null) => new()
    {
        CommandId = Guid.CreateVersion7(),
        Actor = actor,
        CorrelationId = correlation,
        EffectiveDate = effective,
    };

    /// <summary>Sends a command to an account.</summary>
    public async Task<CommandResult> Do(
        string account, AccountCommand command, CommandHeader header, CommandStatus expected = CommandStatus.Done)
    {
        session.Renew();
        var result = await session.Send(header, timed => cluster.GetGrain<IAccountGrain>(account).Execute(command, timed));
        Keep(result.Token);
        Expect(expected, result, $"{command.GetType().Name} on {account}");
        return result;
    }

    /// <summary>Creates a transfer.</summary>
    public async Task<TransferResult> Transfer(
        string id, CreateTransfer command, CommandHeader header, CommandStatus expected = CommandStatus.Done)
    {
        session.Renew();
        var result = await session.Send(header, timed => cluster.GetGrain<ITransferGrain>(id).Create(command, timed));
        Keep(result.Result.Token);
        foreach (var token in result.Tokens)
            Keep(token);
        Expect(expected, result.Result, $"transfer {id}");
        return result;
    }

    /// <summary>An account, now or as it was.</summary>
    public async Task<AccountView> Show(string account, AsOf asOf)
    {
        session.Renew();
        return await session.Ask(cluster.GetGrain<IAccountGrain>(account).Show(asOf))
            ?? throw Broken($"the account {account} is not there");
    }

    /// <summary>The accounts of one owner.</summary>
    public async Task<IReadOnlyList<AccountView>> Accounts(string owner) =>
        (await Ask(fresh => Queries.Accounts(new AccountsQuery { Owner = owner }, fresh))).Items;

    /// <summary>All totals, and the check that they sum to zero.</summary>
    public Task<TotalsView> Totals() => Ask(fresh => Queries.Totals(new TotalsQuery(TotalsBy.Asset), fresh));

    /// <summary>The statements of an account.</summary>
    public async Task<IReadOnlyList<StatementView>> Statement(string account, Asset asset) =>
        await Ask(fresh => Queries.Statement(new StatementQuery(account, asset, null, null), fresh))
            ?? throw Broken($"there is no statement of {account}");

    /// <summary>All that one correlation id led to.</summary>
    public async Task<IReadOnlyList<HistoryEntry>> Audit(string correlation) =>
        (await Ask(fresh => Queries.Audit(new AuditQuery { CorrelationId = correlation }, fresh))).Items;

    private async Task<T> Ask<T>(Func<Freshness, Task<Answer<T>>> ask)
    {
        session.Renew();
        var answer = await session.Ask(ask(FreshnessOption.Freshness(session, [.. _tokens])));
        return answer.Stale
            ? throw new ClientException(
                ExitCodes.Unavailable, "stale", "the read models did not follow in time", "see: readmodel list")
            : answer.Value;
    }

    private void Keep(string? token)
    {
        if (token is not null)
            _tokens.Add(token);
    }

    private static void Expect(CommandStatus expected, CommandResult result, string what)
    {
        if (result.Status != expected)
            throw Broken($"{what} ended as {result.Status}: {result.Refusal?.Message}");
    }

    private static ClientException Broken(string message) =>
        new(ExitCodes.Refused, "demo-failed", message, "run it again; if it fails again, look at the silo's log");
}
