using OrleansEs.Client.Cli;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Demo;

/// <summary>The whole story of the ledger in one minute. Every run has accounts of its own.</summary>
internal sealed class DemoStory(DemoLedger ledger, Narrator narrator, string run)
{
    private static readonly Asset s_euro = Asset.Parse("EUR");
    private static readonly Asset s_dollar = Asset.Parse("USD");

    private readonly string _alice = $"demo:{run}:alice";
    private readonly string _bob = $"demo:{run}:bob";
    private readonly string _carla = $"demo:{run}:carla";
    private readonly string _diner = $"demo:{run}:diner";
    private readonly string _owner = $"demo {run}";

    /// <summary>Tells it.</summary>
    /// <returns>The double-entry check at its end.</returns>
    public async Task<IReadOnlyList<ZeroSum>> Tell()
    {
        await OpenAccounts();
        var (salary, deposit) = await Deposit();
        await Transfer();
        await RefuseAWithdrawal();
        await CompensateATransfer();
        await Retry(salary, deposit);
        await Query();
        await LookBack();
        await Audit();
        return await Sum();
    }

    private static Money Euro(long cents) => new(cents, s_euro);

    private async Task OpenAccounts()
    {
        narrator.Chapter("Four accounts", "An account is an aggregate: a grain whose state is a fold of its events.");
        foreach (var (id, assets) in new (string, Asset[])[] { (_alice, []), (_bob, [s_euro]), (_carla, []), (_diner, []) })
        {
            var takes = assets.Length == 0 ? "" : $" --assets {string.Join(',', assets)}";
            narrator.Types($"account open {id} --owner \"{_owner}\"{takes}");
            narrator.Ended(await ledger.Do(id, new OpenAccount(_owner, assets, 0), ledger.Header()));
        }
    }

    private async Task<(CommandHeader Salary, Deposit Deposit)> Deposit()
    {
        narrator.Chapter(
            "Money comes in",
            "Done means durable. The version counts the account's events; the token is the place in the log.");
        var salary = ledger.Header(effective: new DateOnly(2026, 1, 31));
        var deposit = new Deposit(Euro(100_00), "salary");
        narrator.Types($"account deposit {_alice} 100.00 EUR --memo salary --effective 2026-01-31");
        narrator.Ended(await ledger.Do(_alice, deposit, salary));
        narrator.Types($"account deposit {_alice} 50.00 USD");
        narrator.Ended(await ledger.Do(_alice, new Deposit(new Money(50_00, s_dollar), null), ledger.Header()));
        narrator.Types($"account deposit {_bob} 20.00 EUR");
        narrator.Ended(await ledger.Do(_bob, new Deposit(Euro(20_00), null), ledger.Header()));
        return (salary, deposit);
    }

    private async Task Transfer()
    {
        narrator.Chapter(
            "A transfer, and a bill that two share",
            "Hold on those who pay, credit those who receive, capture the holds: driven by its own events, whatever crashes.");
        narrator.Types($"transfer create {_alice} {_bob} 30.00 EUR --memo rent");
        var rent = await ledger.Transfer(
            $"demo:{run}:rent", new CreateTransfer([new(_alice, Euro(-30_00)), new(_bob, Euro(30_00))], "rent"), ledger.Header());
        narrator.Ended(rent.Result);
        narrator.Stands(rent.Transfer!);
        narrator.Types($"transfer create --file dinner.json --correlation dinner-{run}");
        var dinner = await ledger.Transfer(
            $"demo:{run}:dinner",
            new CreateTransfer([new(_alice, Euro(-18_50)), new(_bob, Euro(-12_00)), new(_diner, Euro(30_50))], "dinner for two"),
            ledger.Header($"dinner-{run}"));
        narrator.Ended(dinner.Result);
        narrator.Stands(dinner.Transfer!);
    }

    private async Task RefuseAWithdrawal()
    {
        narrator.Chapter("A withdrawal that is not covered", "A refusal is an answer, not an error: nothing is written.");
        narrator.Types($"account withdraw {_bob} 1000.00 EUR");
        narrator.Ended(await ledger.Do(
            _bob, new Withdraw(Euro(1000_00), null), ledger.Header(), CommandStatus.Refused));
    }

    private async Task CompensateATransfer()
    {
        narrator.Chapter(
            "A transfer that fails and is compensated",
            "The receiver is frozen. What had been held for it is given back, and the transfer ends as failed.");
        narrator.Types($"account freeze {_carla}");
        narrator.Ended(await ledger.Do(_carla, new FreezeAccount(), ledger.Header()));
        narrator.Types($"transfer create {_alice} {_carla} 25.00 EUR --memo gift");
        var gift = await ledger.Transfer(
            $"demo:{run}:gift", new CreateTransfer([new(_alice, Euro(-25_00)), new(_carla, Euro(25_00))], "gift"),
            ledger.Header(), CommandStatus.Refused);
        narrator.Ended(gift.Result);
        if (gift.Transfer is { } transfer)
            narrator.Stands(transfer);
        var alice = await ledger.Show(_alice, AsOf.Now);
        var euro = alice.Balances.First(balance => balance.Asset == s_euro);
        narrator.Says($"alice has {new Money(euro.Balance, s_euro)} and holds {new Money(euro.Held, s_euro)}: all is given back.");
    }

    private async Task Retry(CommandHeader salary, Deposit deposit)
    {
        narrator.Chapter(
            "A retry changes nothing", "The same command id is applied once, for ever; with another body it is refused.");
        var before = await ledger.Show(_alice, AsOf.Now);
        narrator.Types($"account deposit {_alice} 100.00 EUR … --command-id {salary.CommandId}");
        narrator.Ended(await ledger.Do(_alice, deposit, salary));
        narrator.Types($"account deposit {_alice} 999.00 EUR … --command-id {salary.CommandId}");
        narrator.Ended(await ledger.Do(_alice, new Deposit(Euro(999_00), "salary"), salary, CommandStatus.Refused));
        var after = await ledger.Show(_alice, AsOf.Now);
        narrator.Says($"alice was at version {before.Version}, and is at version {after.Version}.");
    }

    private async Task Query()
    {
        narrator.Chapter(
            "Queries that include what was just written",
            "Read models follow by the Orleans stream. The tokens of all these commands make the query wait for them.");
        narrator.Types($"query accounts --owner \"{_owner}\" --after-token …");
        var accounts = await ledger.Accounts(_owner);
        narrator.Shows(output => QueryCommands.Print(output, null, accounts));
        narrator.Types($"account statement {_alice} --asset EUR");
        var statements = await ledger.Statement(_alice, s_euro);
        narrator.Shows(output => AccountViews.Print(output, _alice, statements));
    }

    private async Task LookBack()
    {
        narrator.Chapter("The past is still there", "Any version of an account is a fold of its first events.");
        narrator.Types($"account show {_alice} --version 3");
        var then = await ledger.Show(_alice, new AsOf { Version = 3 });
        narrator.Shows(output => AccountViews.Print(output, then));
    }

    private async Task Audit()
    {
        narrator.Chapter("Who did what, and what did it lead to", "One correlation id ties together the events of all journals.");
        narrator.Types($"audit --correlation dinner-{run}");
        var entries = await ledger.Audit($"dinner-{run}");
        narrator.Shows(output => output.Table(
            null, ["token#", "journal", "version#", "type", "actor"],
            entries.Select(entry => new[]
            {
                entry.Token, entry.Journal,
                entry.Version.ToString(System.Globalization.CultureInfo.InvariantCulture), entry.Type, entry.Actor,
            })));
    }

    private async Task<IReadOnlyList<ZeroSum>> Sum()
    {
        narrator.Chapter("Double entry", "Accounts, outside world and transfers under way sum to zero, always.");
        narrator.Types("query totals --by asset");
        var totals = await ledger.Totals();
        narrator.Shows(output => QueryCommands.Print(output, "asset", totals));
        return totals.Sums;
    }
}
