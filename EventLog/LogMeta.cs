using System.Globalization;

namespace OrleansEs.EventLog;

/// <summary>What a log says of itself in its table <c>log_meta</c>, and whether this program may use it.</summary>
internal static class LogMeta
{
    /// <summary>The name of the setting of the partition count.</summary>
    public const string PartitionsSetting = "Partitions";

    // Enough for read models to work in parallel on the cores of a few silos, few enough that each one's events still share
    // their transactions.
    private const int PartitionsDefault = 8;

    /// <summary>How many partitions a new log gets: what was asked for, else 8.</summary>
    public static int PartitionsOfNew(int? asked) => asked ?? PartitionsDefault;

    /// <summary>The rows of a new log.</summary>
    public static IEnumerable<(string Key, string Value)> OfNew(int schema, int partitions) =>
    [
        ("schema", schema.ToString(CultureInfo.InvariantCulture)),
        ("partitions", partitions.ToString(CultureInfo.InvariantCulture)),
        ("log_id", Guid.NewGuid().ToString()),
    ];

    /// <summary>True of a log of schema 1, which can be brought to schema 2.</summary>
    public static bool IsFirst(Func<string, string?> valueOf) => valueOf("schema") == "1";

    /// <summary>What was fixed when the log was created.</summary>
    /// <param name="log">The log's name, for people.</param>
    /// <param name="valueOf">The value of a row, or null.</param>
    /// <param name="schema">The version of the tables that this program reads and writes.</param>
    /// <param name="partitions">The partition count that is asked for; null takes whatever the log has.</param>
    /// <exception cref="EventLogStartException">It is of another schema or partition count, or damaged.</exception>
    public static LogIdentity Identify(string log, Func<string, string?> valueOf, int schema, int? partitions)
    {
        var found = Number(log, valueOf, "schema");
        if (found > schema)
            throw new EventLogStartException(
                $"The log '{log}' has schema {found}; this program knows {schema} and none after it.",
                "Use the newer program that wrote it, or name another database.");
        if (found < schema)
            throw new EventLogStartException(
                $"The log '{log}' has schema {found}, from which there is no way to schema {schema}.",
                "Use the program that wrote it, or name another database.");
        var stored = Number(log, valueOf, "partitions");
        if (partitions is { } asked && asked != stored)
            throw new EventLogStartException(
                $"The log '{log}' was created with {stored} partitions; {asked} were asked for.",
                $"Set {PartitionsSetting} to {stored} or leave it out: the number is fixed when a log is created.")
            {
                Setting = PartitionsSetting,
            };
        return Guid.TryParse(valueOf("log_id"), out var logId)
            ? new LogIdentity(logId, stored, found)
            : throw Damaged(log, "log_id");
    }

    private static int Number(string log, Func<string, string?> valueOf, string key) =>
        int.TryParse(valueOf(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Damaged(log, key);

    private static EventLogStartException Damaged(string log, string key) => new(
        $"The log '{log}' does not say its {key}.", "Restore it from a backup, or name another database.");
}
