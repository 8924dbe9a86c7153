using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>
/// The tables of one build of a read model. SQL names a table in braces, <c>{account}</c>, and here that becomes the name
/// which the table has in the database, <c>accounts_b2_account</c>: so a rebuild fills tables of its own beside those that
/// queries read. Indexes are named in braces as well.
/// </summary>
public sealed partial class ReadModelTables
{
    private readonly ConcurrentDictionary<string, string> _texts = new(StringComparer.Ordinal);

    internal ReadModelTables(string name, int build) =>
        Prefix = string.Create(CultureInfo.InvariantCulture, $"{name.Replace('-', '_')}_b{build}_");

    /// <summary>What the names of all tables of this build begin with.</summary>
    public string Prefix { get; }

    /// <summary>A text with the names of this build's tables in place of the braces.</summary>
    /// <param name="text">SQL, a constant of the program: each text is kept.</param>
    public string Sql(string text) => _texts.GetOrAdd(text, static (text, prefix) => Name().Replace(text, $"{prefix}$1"), Prefix);

    [GeneratedRegex(@"\{([a-z][a-z0-9_]*)\}")]
    private static partial Regex Name();
}
