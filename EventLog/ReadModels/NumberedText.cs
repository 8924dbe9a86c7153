using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.ReadModels;

// SQL whose parameters are numbered: a text as the databases want it, made once of one that people read.
internal sealed partial record NumberedText(string Text, IReadOnlyList<string> Names)
{
    // Both databases know a parameter by this name; to SQLite it is no more than a name.
    public static string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"${number}");

    public static NumberedText Of(string text)
    {
        var names = new List<string>();
        var numbered = Parameters().Replace(text, match =>
        {
            if (!match.Groups["name"].Success)
                return match.Value;
            if (!names.Contains(match.Value))
                names.Add(match.Value);
            return Parameter(names.IndexOf(match.Value) + 1);
        });
        return new NumberedText(numbered, names);
    }

    // What stands in quotes or in a comment is left as it is.
    [GeneratedRegex("""'[^']*'|"[^"]*"|--[^\n]*|(?<name>@[A-Za-z_][A-Za-z0-9_]*)""", RegexOptions.CultureInvariant)]
    private static partial Regex Parameters();
}
