using System.CommandLine;

namespace OrleansEs.Client.Cli;

/// <summary>What the verbs share: the global options, and the one place where errors become a line and an exit code.</summary>
internal sealed class CommandLine(TextWriter stdout, TextWriter stderr, TimeProvider time)
{
    public GlobalOptions Globals { get; } = new();

    /// <summary>Gives a command its verb.</summary>
    public Command Verb(Command command, Func<Session, Task<int>> verb)
    {
        command.SetAction((parse, cancellation) => Run(parse, verb, cancellation));
        return command;
    }

    private async Task<int> Run(ParseResult parse, Func<Session, Task<int>> verb, CancellationToken cancellation)
    {
        try
        {
            var output = new Output(stdout, stderr, parse.GetValue(Globals.Json));
            await using var session = new Session(parse, Globals, output, time, cancellation);
            return await verb(session);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            var stopped = new ClientException(
                ExitCodes.Unknown, "interrupted", "stopped by a signal", "what was sent may be done: see the log, or retry");
            Output.WriteError(stderr, stopped);
            return stopped.ExitCode;
        }
        catch (Exception error)
        {
            var explained = Failures.Explain(error);
            Output.WriteError(stderr, explained);
            if (explained.Code == Failures.Unforeseen)
                await stderr.WriteLineAsync(error.ToString());
            return explained.ExitCode;
        }
    }
}
