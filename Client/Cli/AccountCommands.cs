using System.CommandLine;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Client.Cli;

/// <summary><c>account open|deposit|withdraw|freeze|unfreeze|close</c>, and the verbs that show one.</summary>
internal static class AccountCommands
{
    public static Command Build(CommandLine cli)
    {
        var account = new Command("account", "Opens, changes and shows accounts.");
        account.Subcommands.Add(Open(cli));
        account.Subcommands.Add(MoneyVerb(
            cli, "deposit", "Money comes in from the outside world.", (amount, memo) => new Deposit(amount, memo)));
        account.Subcommands.Add(MoneyVerb(
            cli, "withdraw", "Money goes out to the outside world.", (amount, memo) => new Withdraw(amount, memo)));
        account.Subcommands.Add(StatusVerb(cli, "freeze", "Stops money going in and out.", new FreezeAccount()));
        account.Subcommands.Add(StatusVerb(cli, "unfreeze", "Ends a freeze.", new UnfreezeAccount()));
        account.Subcommands.Add(StatusVerb(cli, "close", "Closes an account for ever; only at zero.", new CloseAccount()));
        account.Subcommands.Add(AccountViews.Show(cli));
        account.Subcommands.Add(AccountViews.Statement(cli));
        account.Subcommands.Add(AccountViews.History(cli));
        return account;
    }

    /// <summary>The argument that names an account.</summary>
    public static Argument<string> IdArgument() => new("id") { Description = "The account's id." };

    /// <summary>The option for the day from when on something holds.</summary>
    public static Option<string> EffectiveOption() =>
        new("--effective") { Description = "From when on it holds [today].", HelpName = "date" };

    /// <summary>The option for a note.</summary>
    public static Option<string> MemoOption() => new("--memo") { Description = "A note.", HelpName = "text" };

    private static Command Open(CommandLine cli)
    {
        var options = new CommandOptions();
        var id = IdArgument();
        var owner = new Option<string>("--owner") { Description = "Whose it is [its id].", HelpName = "name" };
        var assets = new Option<string>("--assets") { Description = "What it takes, such as EUR,USD [all].", HelpName = "list" };
        var overdraft = new Option<string>("--overdraft")
        {
            Description = "How far below zero it may go, in whole units, or unlimited [0].",
            HelpName = "amount",
        };
        var command = options.AddTo(new Command("open", "Opens an account.") { id, owner, assets, overdraft });
        return cli.Verb(command, session => Execute(
            session, session[id], options.Header(session),
            new OpenAccount(Input.Owner(session[owner]), Assets(session[assets]), Overdraft(session[overdraft]))));
    }

    private static Command MoneyVerb(
        CommandLine cli, string name, string description, Func<Money, string?, AccountCommand> make)
    {
        var options = new CommandOptions();
        var id = IdArgument();
        var amount = new Argument<string>("amount") { Description = "Such as 12.50." };
        var asset = new Argument<string>("asset") { Description = "Such as EUR, or VBMPX/3 with its decimals." };
        var memo = MemoOption();
        var effective = EffectiveOption();
        var command = options.AddTo(new Command(name, description) { id, amount, asset, memo, effective });
        return cli.Verb(command, session => Execute(
            session, session[id], options.Header(session, Input.Date("--effective", session[effective])),
            make(Input.Amount(session[amount], session[asset]), Input.Memo(session[memo]))));
    }

    private static Command StatusVerb(CommandLine cli, string name, string description, AccountCommand change)
    {
        var options = new CommandOptions();
        var id = IdArgument();
        var command = options.AddTo(new Command(name, description) { id });
        return cli.Verb(command, session => Execute(session, session[id], options.Header(session), change));
    }

    private static async Task<int> Execute(Session session, string idText, CommandHeader header, AccountCommand command)
    {
        var id = Input.Id("account", idText);
        var account = (await session.Cluster()).GetGrain<IAccountGrain>(id);
        var result = await session.Send(header, timed => account.Execute(command, timed));
        return CommandOptions.Report(session, id, result);
    }

    private static Asset[] Assets(string? text)
    {
        var assets = text?.Split(',').Select(part => Input.Asset(part.Trim())!.Value).ToArray() ?? [];
        var twice = assets.GroupBy(asset => asset.Code).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? assets
            : throw ClientException.Input($"--assets names {twice.Key} twice", "name each asset once");
    }

    private static decimal? Overdraft(string? text)
    {
        if (text == "unlimited")
            return null;
        var overdraft = Input.Number("--overdraft", text) ?? 0m;
        return overdraft >= 0
            ? overdraft
            : throw ClientException.Input($"--overdraft '{text}' is negative", "give 0 or more, or unlimited");
    }
}
