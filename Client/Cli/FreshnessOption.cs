using System.CommandLine;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Cli;

/// <summary>The option of every query that says how fresh its answer must be.</summary>
internal sealed class FreshnessOption
{
    private readonly Option<string[]> _afterToken = new("--after-token")
    {
        Description = "Answer with at least this: a token that a command printed. May be given several times.",
        HelpName = "token",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Gives a command the option.</summary>
    public Command AddTo(Command command)
    {
        command.Options.Add(_afterToken);
        return command;
    }

    /// <summary>The tokens; they are checked here.</summary>
    public IReadOnlyList<string> Tokens(Session session) =>
        Input.Tokens("--after-token", session.Parse.GetValue(_afterToken));

    /// <summary>How fresh the answer must be, with what is left of the timeout less the way back.</summary>
    public static Freshness Freshness(Session session, IReadOnlyList<string> tokens) =>
        tokens.Count == 0 ? Ledger.Queries.Freshness.Any : new Freshness(tokens, session.Left * 0.8);

    /// <summary>Says under a table which places of the log it reflects and what these do not hold for, and how the query ended.</summary>
    /// <param name="session">The verb.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="tokens">The tokens that were asked for.</param>
    /// <param name="readModel">The read model that gave the answer.</param>
    public static int EndTable<T>(Session session, Answer<T> answer, IReadOnlyList<string> tokens, string readModel)
    {
        var positions = answer.Positions;
        session.Output.Remark(positions.Count == 0 ? "reflects an empty log" : $"reflects {string.Join(' ', positions)}");
        WarnOfParked(session.Output, answer.Parked, readModel);
        return End(session, answer.Stale, tokens, positions);
    }

    /// <summary>Says to people that some of what was asked for has stood still; JSON has it in the document.</summary>
    public static void WarnOfParked(Output output, int parked, string readModel)
    {
        if (parked > 0 && !output.Json)
            output.Warning(
                $"{parked} {(parked == 1 ? "journal is" : "journals are")} parked, and shown as before the event that could not "
                + $"be applied: readmodel quarantine list {readModel}");
    }

    /// <summary>How a query ended: a stale answer is shown, and labelled, but it is no success.</summary>
    public static int End(Session session, bool stale, IReadOnlyList<string> tokens, IReadOnlyList<string> positions)
    {
        if (!stale)
            return ExitCodes.Done;
        session.Output.Error(new ClientException(
            ExitCodes.Unavailable, "stale",
            $"the answer reflects {string.Join(' ', positions)}, not all of {string.Join(' ', tokens)}",
            "ask again, give a longer --timeout, or see: readmodel list"));
        return ExitCodes.Unavailable;
    }
}
