using System.CommandLine;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Cli;

/// <summary>The options of every verb that changes something, and how it ends.</summary>
internal sealed class CommandOptions
{
    private readonly Option<string> _commandId = new("--command-id")
    {
        Description = "The same id is never applied twice; give it again to retry. Made when absent.",
        HelpName = "guid",
    };
    private readonly Option<string> _actor = new("--actor") { Description = "Who asks [anonymous].", HelpName = "name" };
    private readonly Option<string> _correlation = new("--correlation")
    {
        Description = "Ties commands together for the audit [the command id].",
        HelpName = "text",
    };

    /// <summary>Gives a command these options.</summary>
    public Command AddTo(Command command)
    {
        command.Options.Add(_commandId);
        command.Options.Add(_actor);
        command.Options.Add(_correlation);
        return command;
    }

    /// <summary>The header that these options make.</summary>
    public CommandHeader Header(Session session, DateOnly? effectiveDate = null) => new()
    {
        CommandId = Input.Guid("--command-id", session[_commandId]) ?? Guid.CreateVersion7(),
        // Whoever names an id may have sent it before.
        IsRetry = session[_commandId] is not null,
        Actor = Input.NotEmpty("--actor", session[_actor]) ?? "anonymous",
        CorrelationId = Input.NotEmpty("--correlation", session[_correlation]),
        EffectiveDate = effectiveDate,
    };

    /// <summary>Says how a command ended.</summary>
    public static int Report(Session session, string id, CommandResult result)
    {
        if (session.Output.Json)
            session.Output.Document(Mapping.Of(id, result), ClientJson.Plain.CommandJson);
        else if (result.Status == CommandStatus.Done)
            session.Output.Line(DoneLine(id, result));
        return End(session, result);
    }

    /// <summary>The line that says that a command is done.</summary>
    public static string DoneLine(string id, CommandResult result) =>
        $"done: {id} version {result.Version} token {result.Token} command {result.CommandId}"
        + (result.Duplicate ? " (had been applied before: nothing changed now)" : "");

    /// <summary>The exit code of a result; what went wrong goes to standard error.</summary>
    public static int End(Session session, CommandResult result)
    {
        var code = ExitCode(result);
        if (code == ExitCodes.Done)
            return code;
        var refusal = result.Refusal
            ?? new Refusal(Mapping.Word(result.Status), $"the command ended as {Mapping.Word(result.Status)}", "");
        var remedy = code is ExitCodes.Unavailable or ExitCodes.Unknown
            ? $"{refusal.Remedy.TrimEnd('.')} (--command-id {result.CommandId})".TrimStart()
            : refusal.Remedy;
        session.Output.Error(new ClientException(code, refusal.Code, refusal.Message, remedy));
        return code;
    }

    private static int ExitCode(CommandResult result) => result.Status switch
    {
        CommandStatus.Done => ExitCodes.Done,
        CommandStatus.Refused when result.Refusal?.Code == RefusalCodes.InvalidInput => ExitCodes.BadInput,
        CommandStatus.Refused => ExitCodes.Refused,
        CommandStatus.Unavailable => ExitCodes.Unavailable,
        _ => ExitCodes.Unknown,
    };
}
