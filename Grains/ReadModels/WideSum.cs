namespace OrleansEs.Grains.ReadModels;

// Sums of 64-bit amounts do not fit into 64 bits, and SQLite's sum() fails (or goes floating) when they do not. A sum is
// kept and added up as two columns: the multiples of 2^32, and the rest, which is never negative.
internal static class WideSum
{
    public static Int128 Of(long high, long low) => ((Int128)high << 32) + low;

    public static (long High, long Low) Split(Int128 sum) => ((long)(sum >> 32), (long)(sum & uint.MaxValue));

    // The two columns of a sum over a 64-bit column; both databases shift arithmetically.
    public static string Columns(string column) => ColumnsOf(column, "");

    // The same, of the rows that meet a condition.
    public static string Columns(string column, string condition) => ColumnsOf(column, $" filter (where {condition})");

    private static string ColumnsOf(string column, string filter) =>
        $"coalesce(sum({column} >> 32){filter}, 0), coalesce(sum({column} & 4294967295){filter}, 0)";
}
