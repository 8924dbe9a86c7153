using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansEs.Silo;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrleansEs.Client;

/// <summary>
/// What a verb says: JSON for programs, or tables for people. Whatever came from outside is escaped, so that no stored text
/// can command a terminal.
/// </summary>
internal sealed class Output
{
    // A file or pipe has no width; tables must not be broken in it.
    private const int WidthOfNoTerminal = 160;

    private readonly TextWriter _stdout;
    private readonly TextWriter _stderr;

    public Output(TextWriter stdout, TextWriter stderr, bool json)
    {
        _stdout = stdout;
        _stderr = stderr;
        Json = json;
        People = Console(stdout, System.Console.IsOutputRedirected || !ReferenceEquals(stdout, System.Console.Out));
        var watched = !System.Console.IsErrorRedirected && ReferenceEquals(stderr, System.Console.Error);
        Progress = Console(watched ? stderr : TextWriter.Null, redirected: !watched);
    }

    /// <summary>True when only JSON may go to standard output.</summary>
    public bool Json { get; }

    /// <summary>Where people read the answer. Not to be used when <see cref="Json"/>.</summary>
    public IAnsiConsole People { get; }

    /// <summary>
    /// Where people watch progress: standard error, so that answers can be piped. Nowhere when nobody watches, so that
    /// standard error has the error line and nothing else.
    /// </summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Writes one JSON document on a line of its own.</summary>
    public void Document<T>(T value, JsonTypeInfo<T> type)
    {
        _stdout.WriteLine(JsonSerializer.Serialize(value, type));
        _stdout.Flush();
    }

    /// <summary>Writes a line for people.</summary>
    public void Line(string text) => _stdout.WriteLine(Plain(text));

    /// <summary>Writes a remark for people under what they asked for.</summary>
    public void Remark(string text)
    {
        if (!Json)
            People.WriteLine(Plain(text), new Style(decoration: Decoration.Dim));
    }

    /// <summary>Writes text as it is, such as an exported book.</summary>
    public TextWriter Raw => _stdout;

    /// <summary>Writes a table for people; columns whose name ends in <c>#</c> are numbers.</summary>
    public void Table(string? title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        if (title is not null)
            table.Title(Markup.Escape(Plain(title)), new Style(decoration: Decoration.Bold));
        foreach (var name in columns)
        {
            var column = new TableColumn(new Text(name.TrimEnd('#'), new Style(Color.Aqua)));
            table.AddColumn(name.EndsWith('#') ? column.RightAligned().NoWrap() : column);
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => (IRenderable)new Text(Plain(cell ?? ""))));
        People.Write(table);
    }

    /// <summary>Writes a line beside an answer that is no whole one, to standard error, so that answers can be piped.</summary>
    public void Warning(string text)
    {
        _stderr.WriteLine(Plain($"warning: {text}"));
        _stderr.Flush();
    }

    /// <summary>Writes the one line that says why a verb ended without success.</summary>
    public void Error(ClientException error) => WriteError(_stderr, error);

    /// <inheritdoc cref="Error"/>
    public static void WriteError(TextWriter stderr, ClientException error)
    {
        var line = error.Remedy.Length == 0
            ? $"{error.Code}: {error.Message}"
            : $"{error.Code}: {error.Message.TrimEnd('.')}; {StartException.Clause(error.Remedy)}";
        stderr.WriteLine(Plain(line));
        stderr.Flush();
    }

    /// <summary>The text on one line and without anything that a terminal would obey.</summary>
    public static string Plain(string text)
    {
        if (!text.EnumerateRunes().Any(IsCommanding))
            return text;
        var plain = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsCommanding(rune))
                plain.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                plain.Append(rune.ToString());
        }
        return plain.ToString();
    }

    // Control characters, and those that reorder or hide what stands beside them.
    private static bool IsCommanding(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static IAnsiConsole Console(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = WidthOfNoTerminal;
        return console;
    }
}
