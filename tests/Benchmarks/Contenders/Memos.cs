namespace OrleansEs.Benchmarks.Contenders;

/// <summary>
/// The notes that make a deposit's payload about 200 bytes. They are many and differ, as people's do: else a history that is
/// stored as one record would be compressed to nothing.
/// </summary>
internal static class Memos
{
    private const int Count = 1_024;
    private const int Length = 160;
    private const string Letters = "etaoin shrdlu cmfwyp vbgkjq xz ";

    private static readonly string[] s_all = Make(new Random(1));

    /// <summary>The note of a deposit.</summary>
    public static string Of(long cents) => s_all[cents % Count];

    private static string[] Make(Random random) =>
        [.. Enumerable.Range(0, Count).Select(_ => new string(random.GetItems<char>(Letters, Length)).Trim())];
}
