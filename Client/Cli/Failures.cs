using System.Net.Sockets;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Ledger.Queries;
using OrleansEs.Silo;

namespace OrleansEs.Client.Cli;

/// <summary>What the exceptions that a verb can meet mean to the person who typed it.</summary>
internal static class Failures
{
    private const string RetryRemedy = "is the silo up? try again";

    /// <summary>The code of an error that nobody foresaw; it is shown in full.</summary>
    public const string Unforeseen = "internal-error";

    /// <summary>The error in words.</summary>
    public static ClientException Explain(Exception error) => error switch
    {
        ClientException known => known,
        StartException start => new ClientException(start.ExitCode, start.Code, start.Message, start.Remedy),
        EventLogStartException start => new ClientException(ExitCodes.Unavailable, "log-not-opened", start.Problem, start.Remedy),
        InvalidQueryException query => ClientException.Input(query.Message),
        ReadModelBusyException busy => new ClientException(ExitCodes.Refused, "read-model-busy", busy.Message, busy.Remedy),
        EventLogCorruptException corrupt => new ClientException(
            ExitCodes.Unavailable, "log-corrupt", corrupt.Message, "restore the database from a backup, or ask for help"),
        OutcomeUnknownException lost => new ClientException(
            ExitCodes.Unknown, "outcome-unknown", lost.Message, "retry with the same --command-id"),
        EventLogUnavailableException log => ClientException.Unavailable(log.Message, "try again"),
        TimeoutException => ClientException.Unavailable("no answer in time", $"{RetryRemedy}, or give a longer --timeout"),
        GatewayTooBusyException or LimitExceededException => ClientException.Unavailable(
            $"the silo has too much to do ({error.Message})", "try again later"),
        SocketException or OrleansException => ClientException.Unavailable(
            $"the silo cannot be reached ({error.Message})", RetryRemedy),
        UnauthorizedAccessException or IOException => ClientException.Input(error.Message, "check the file and its rights"),
        _ => new ClientException(ExitCodes.Unavailable, Unforeseen, error.Message, "report it with the lines below"),
    };
}
