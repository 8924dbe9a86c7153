using OrleansEs.Client.Books;
using OrleansEs.Ledger;

namespace OrleansEs.Specs.Books;

/// <summary>What an import makes of answers that do not come.</summary>
public sealed class BookImportSpecs
{
    private static readonly BookImportOptions Options = new() { Pause = TimeSpan.Zero, Attempts = 3, Parallel = 1 };

    private static readonly BookPlan Plan =
        Reading.Plan("2024-01-01\n  a  1 EUR\n  b\n\n2024-01-02\n  a  2 EUR\n  b\n\n2024-01-03\n  a  3 EUR\n  b\n");

    [Fact]
    public async Task An_answer_that_was_lost_is_asked_for_again_and_counts_once()
    {
        var ledger = new ScriptedLedger((_, attempt) => attempt == 1
            ? throw new TimeoutException()
            : ScriptedLedger.Result(CommandStatus.Done, duplicate: true));

        var result = await Run(ledger);

        Assert.Equal((3, 0), (result.Posted, result.AlreadyThere));
        Assert.All(ledger.Attempts.Values, attempts => Assert.Equal(2, attempts));
        Assert.Equal(["1:1"], result.Tokens);
    }

    [Fact]
    public async Task A_duplicate_at_the_first_attempt_had_been_there()
    {
        var result = await Run(new ScriptedLedger((_, _) => ScriptedLedger.Result(CommandStatus.Done, duplicate: true)));
        Assert.Equal((0, 3), (result.Posted, result.AlreadyThere));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_stops_at_the_first_transfer_that_nobody_answers_for(bool silent)
    {
        var second = Plan.Transfers[1].Id;
        var ledger = new ScriptedLedger((id, _) => id != second ? ScriptedLedger.Result(CommandStatus.Done)
            : silent ? throw new TimeoutException()
            : ScriptedLedger.Result(CommandStatus.Unavailable));

        var result = await Run(ledger);

        Assert.Equal(silent ? RefusalCodes.OutcomeUnknown : RefusalCodes.Unavailable, result.Stopped?.Code);
        Assert.Equal(1, result.Posted);
        Assert.Equal(3, ledger.Attempts[second]);
        Assert.False(ledger.Attempts.ContainsKey(Plan.Transfers[2].Id));
    }

    [Fact]
    public async Task Progress_is_told_of_every_answer()
    {
        var reports = new Reports();
        var import = new BookImport(
            new ScriptedLedger((_, _) => ScriptedLedger.Result(CommandStatus.Done)).Grains, TimeProvider.System);
        await import.Run(Plan, Options, reports, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3, 4, 5], reports.Seen.Select(progress => progress.Done));
        Assert.All(reports.Seen, progress => Assert.Equal(5, progress.Total));
    }

    private static Task<BookImportResult> Run(ScriptedLedger ledger) =>
        new BookImport(ledger.Grains, TimeProvider.System).Run(Plan, Options, null, TestContext.Current.CancellationToken);

    private sealed class Reports : IProgress<BookProgress>
    {
        public List<BookProgress> Seen { get; } = [];

        public void Report(BookProgress value) => Seen.Add(value);
    }
}
