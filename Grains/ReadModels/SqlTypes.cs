using System.Globalization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

// The few places where the two dialects, or .NET and the tables, differ.
internal static class SqlTypes
{
    // Text compares by bytes on both databases, so that pages cut at the same places.
    public static string Text(SqlDialect dialect) => dialect == SqlDialect.Postgres ? "text collate \"C\"" : "text";

    // A table of SQLite that is its primary key, and has no second one beside it.
    public static string WithoutRowId(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? " without rowid" : "";

    // Whole microseconds since 1970: exact, sortable, and the same on both databases.
    public static long Micros(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static string Day(DateOnly date) => date.ToString("O", CultureInfo.InvariantCulture);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture);

    // A day as a number that reads like it and sorts like it: 20260131.
    public static int DayNumber(DateOnly date) => (((date.Year * 100) + date.Month) * 100) + date.Day;

    public static DateOnly DayOf(int number) => new(number / 10_000, number / 100 % 100, number % 100);

    // What the log need not say of every event: the command's id, unless somebody gave another.
    public static string CorrelationId(CommittedEvent committed) =>
        committed.Metadata.CorrelationId ?? committed.CommandId.ToString();

    public static DateOnly EffectiveDate(CommittedEvent committed) =>
        committed.Metadata.EffectiveDate ?? DateOnly.FromDateTime(committed.RecordedAt.UtcDateTime);
}
