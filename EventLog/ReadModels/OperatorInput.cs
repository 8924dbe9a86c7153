namespace OrleansEs.EventLog.ReadModels;

// What operators may say beside the names of things: it is kept for good, and shown to others.
internal static class OperatorInput
{
    // One answer to a list of what is parked.
    public const int ListMax = 1_000;

    private const int ActorLengthMax = 200;
    private const int ReasonLengthMax = 1_000;

    public static void CheckActor(string actor) => Check(actor, "An actor", ActorLengthMax, nameof(actor));

    public static void CheckReason(string reason) => Check(reason, "A reason", ReasonLengthMax, nameof(reason));

    private static void Check(string text, string what, int lengthMax, string parameter)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new ArgumentException($"{what} must be given.", parameter);
        if (text.Length > lengthMax || text.Any(char.IsControl) || !IsWhole(text))
            throw new ArgumentException($"{what} is one line of text of at most {lengthMax} characters.", parameter);
    }

    // Half a surrogate pair has no bytes in UTF-8, so no database keeps it as it is.
    private static bool IsWhole(string text) => !text.EnumerateRunes().Any(rune => rune.Value == 0xFFFD);
}
