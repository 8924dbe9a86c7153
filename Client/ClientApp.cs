using System.CommandLine;
using System.CommandLine.Help;
using OrleansEs.Client.Cli;

namespace OrleansEs.Client;

/// <summary>The command line as a function: arguments in, two texts and an exit code out.</summary>
internal static class ClientApp
{
    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> Run(
        IReadOnlyList<string> args, TextWriter stdout, TextWriter stderr, CancellationToken cancellation = default)
    {
        var cli = new CommandLine(stdout, stderr, TimeProvider.System);
        var root = Root(cli);
        var parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        var invocation = new InvocationConfiguration
        {
            Output = stdout,
            Error = stderr,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        var asksForHelp = parse.Action is HelpAction || parse.Action?.GetType().DeclaringType == typeof(VersionOption);
        if (!asksForHelp && Usage.Problem(parse) is { } problem)
        {
            Output.WriteError(stderr, problem);
            return problem.ExitCode;
        }
        return await parse.InvokeAsync(invocation, cancellation);
    }

    private static RootCommand Root(CommandLine cli)
    {
        var root = new RootCommand("Works with a ledger: accounts, transfers, queries. Start with: demo");
        cli.Globals.AddTo(root);
        root.Subcommands.Add(DemoCommand.Build(cli));
        root.Subcommands.Add(AccountCommands.Build(cli));
        root.Subcommands.Add(TransferCommands.Build(cli));
        root.Subcommands.Add(QueryCommands.Build(cli));
        root.Subcommands.Add(AuditCommand.Build(cli));
        root.Subcommands.Add(ReadModelCommands.Build(cli));
        root.Subcommands.Add(ImportCommand.Build(cli));
        root.Subcommands.Add(ExportCommand.Build(cli));
        root.Subcommands.Add(LoadCommand.Build(cli));
        root.Subcommands.Add(LogCommands.Build(cli));
        return root;
    }
}
