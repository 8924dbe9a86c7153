using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// The tables of one build of a read model. SQL names a table in braces, <c>{account}</c>, and here that becomes the name
/// which the table has in the database, <c>accounts_b2_account</c>: so a rebuild fills tables of its own beside those that
/// queries read. Indexes are named in braces as well.
/// </summary>
/// <remarks>
/// <c>{$log}</c> is no table of the build but the log itself, to be read and never written: what stands there need not be copied. Both
/// databases have in it <c>partition</c>, <c>position</c>, <c>journal</c>, <c>version</c>, <c>type</c> and <c>recorded_at</c> (in
/// microseconds since 1970), and find an event by (partition, position) and by (journal, version). It is ahead of the read model, so
/// a query joins it to rows. Whole events are read by <see cref="ReadModelRows"/>; or, in the same round trip as rows, by a statement of a
/// <see cref="ReadModelQuery{T}"/> whose first columns are <c>{$event}</c>, those of an event of the log under the name <c>e</c>: see
/// <see cref="ReadModelResults.Event"/>.
/// </remarks>
public sealed partial class ReadModelTables
{
    private const string Log = "{$log}";
    private const string Event = "{$event}";

    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string, SqlDialect), NumberedText> _numbered = new();

    internal ReadModelTables(string name, int build) =>
        Prefix = string.Create(CultureInfo.InvariantCulture, $"{name.Replace('-', '_')}_b{build}_");

    /// <summary>What the names of all tables of this build begin with.</summary>
    public string Prefix { get; }

    /// <summary>A text with the names of this build's tables in place of the braces.</summary>
    /// <param name="text">SQL, a constant of the program: each text is kept.</param>
    public string Sql(string text) => _texts.GetOrAdd(
        text,
        static (text, prefix) => Name().Replace(text, $"{prefix}$1").Replace(Log, LoggedEvents.Table, StringComparison.Ordinal),
        Prefix);

    // The same, with numbers in place of the names of its parameters.
    internal NumberedText Numbered(string text, SqlDialect dialect) => _numbered.TryGetValue((text, dialect), out var numbered)
        ? numbered
        : _numbered.GetOrAdd(
            (text, dialect),
            NumberedText.Of(Sql(text).Replace(Event, LoggedEvents.ColumnsOf(dialect), StringComparison.Ordinal)));

    [GeneratedRegex(@"\{([a-z][a-z0-9_]*)\}")]
    private static partial Regex Name();
}
