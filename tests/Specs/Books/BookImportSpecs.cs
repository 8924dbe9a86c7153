using OrleansEs.Client.Books;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

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

    [Fact]
    public async Task Decimals_that_the_book_names_or_does_not_post_to_an_account_are_no_conflict()
    {
        var plan = Reading.Plan(
            "2024-01-01\n  a  1.00 USD\n  b\n\n2024-01-02\n  w  1.000 \"USD/3\"\n  v\n\n2024-01-03\n  b  2 USD\n  w\n");
        var ledger = new ScriptedLedger((_, _) => ScriptedLedger.Result(CommandStatus.Done))
        {
            Held = { ["a"] = [new("USD", 2)], ["w"] = [new("USD", 3)], ["v"] = [new("USD", 3), new("USD", 7)] },
        };

        var result = await Run(ledger, plan);

        Assert.Null(result.Stopped);
        Assert.Equal(3, result.Posted);
    }

    [Theory]
    [InlineData(4, "$1", "--asset '$=USD/4'")]
    [InlineData(2, "$1.459", "Write no more than 2 decimals")]
    public async Task An_account_that_counts_with_other_decimals_stops_it_before_anything_is_opened(
        int held, string amount, string remedy)
    {
        var ledger = new ScriptedLedger((_, _) => ScriptedLedger.Result(CommandStatus.Done))
        {
            Held = { ["b"] = [new("USD", held)] },
        };

        var result = await Run(ledger, Reading.Plan($"2024-01-01\n  a  {amount}\n  b\n"));

        Assert.Equal(RefusalCodes.AssetNotAllowed, result.Stopped?.Code);
        Assert.Contains("my.journal:2: ", result.Stopped?.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, result.Stopped?.Remedy, StringComparison.Ordinal);
        Assert.Equal((0, 0), (ledger.Opened, result.Posted));
    }

    [Theory]
    [InlineData("-1", TransferStatus.Completed, true)]
    [InlineData("-1", TransferStatus.Failed, false)]
    [InlineData("-2", TransferStatus.Completed, false)]
    public async Task A_code_that_is_the_id_of_the_same_transfer_means_that_it_is_there(
        string paid, TransferStatus status, bool isThere)
    {
        var plan = Reading.Plan("2024-01-01 (t 1) rent\n  a  -1 EUR\n  b\n");
        var there = Reading.Plan($"2024-01-01\n  a  {paid} EUR\n  b\n").Transfers[0].Command.Postings;
        var ledger = new ScriptedLedger((_, _) => ScriptedLedger.Result(CommandStatus.Done))
        {
            Transfers =
            {
                ["t 1"] = new TransferView(
                    "t 1", status, there, null, null, 1, default, new DateOnly(2024, 1, 1), null, "2:7"),
            },
        };

        var result = await Run(ledger, plan);

        Assert.Equal(isThere ? (0, 1) : (1, 0), (result.Posted, result.AlreadyThere));
    }

    private static Task<BookImportResult> Run(ScriptedLedger ledger, BookPlan? plan = null) =>
        new BookImport(ledger.Grains, TimeProvider.System)
            .Run(plan ?? Plan, Options, null, TestContext.Current.CancellationToken);

    private sealed class Reports : IProgress<BookProgress>
    {
        public List<BookProgress> Seen { get; } = [];

        public void Report(BookProgress value) => Seen.Add(value);
    }
}
