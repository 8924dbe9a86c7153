using System.CommandLine;
using System.CommandLine.Help;

namespace OrleansEs.Silo;

/// <summary>
/// Hosts the ledger until it is told to stop. Exit codes: 0 stopped when asked, 2 a wrong setting, 3 a port or the
/// database is not available.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var commandLine = new SiloCommandLine();
        var parse = commandLine.Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parse.Action is HelpAction || parse.Action?.GetType().DeclaringType == typeof(VersionOption))
            return await parse.InvokeAsync();
        try
        {
            return await SiloProcess.Run(commandLine.Read(parse, SiloCommandLine.Configuration()), Console.Out);
        }
        catch (StartException error)
        {
            await Console.Error.WriteLineAsync(error.Line);
            return error.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop before it was ready.
            return 0;
        }
    }
}
