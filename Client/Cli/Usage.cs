using System.CommandLine;
using System.CommandLine.Parsing;

namespace OrleansEs.Client.Cli;

/// <summary>Finds what is wrong with the form of a command line.</summary>
internal static class Usage
{
    /// <summary>The first thing that is wrong; null when the form is right.</summary>
    public static ClientException? Problem(ParseResult parse)
    {
        // An unknown option is first taken for an argument, and then complained about as something else.
        if (UnknownOption(parse) is { } unknown)
            return Bad($"there is no option '{unknown}' here", parse);
        if (parse.CommandResult.Command.Subcommands is { Count: > 0 } verbs && parse.UnmatchedTokens is [var verb, ..])
        {
            return Bad(
                $"there is no verb '{Ledger.LedgerText.Shown(verb)}' here, only "
                + string.Join(", ", verbs.Select(known => known.Name)), parse);
        }
        return parse.Errors.Count > 0 ? Bad(parse.Errors[0].Message, parse) : null;
    }

    private static string? UnknownOption(ParseResult parse)
    {
        var escaped = parse.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet();
        return parse.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Where(token => !escaped.Contains(token))
            .Select(token => token.Value)
            .Concat(parse.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? [] : parse.UnmatchedTokens)
            .FirstOrDefault(text => text is ['-', '-', ..] or ['-', >= 'a' and <= 'z', ..] or ['-', >= 'A' and <= 'Z', ..]);
    }

    private static ClientException Bad(string message, ParseResult parse)
    {
        var verb = string.Join(' ', [.. Path(parse.CommandResult), "--help"]);
        return new ClientException(ExitCodes.BadInput, "bad-usage", message, $"see: {verb}");
    }

    private static Stack<string> Path(CommandResult command)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = command; at is CommandResult { Command: not RootCommand } here; at = here.Parent)
            names.Push(here.Command.Name);
        return names;
    }
}
