using OrleansEs.Client.Books;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Books;

/// <summary>What an import makes of the answers to its chunks.</summary>
public sealed class TransferPostingSpecs
{
    private static readonly BookImportOptions Options = new() { Pause = TimeSpan.Zero, Attempts = 3, Parallel = 1 };

    private static readonly BookPlan Plan =
        Reading.Plan("2024-01-01\n  a  1 EUR\n  b\n\n2024-01-02\n  a  2 EUR\n  b\n\n2024-01-03\n  a  3 EUR\n  b\n");

    [Fact]
    public async Task What_a_chunk_has_done_is_counted_and_what_it_leaves_out_is_sent_one_by_one()
    {
        var ledger = Ledger((chunk, _) => Answer(
            ScriptedLedger.Result(CommandStatus.Done), ScriptedLedger.Result(CommandStatus.Done, duplicate: true), null));
        var result = await Run(ledger);
        Assert.Equal((2, 1), (result.Posted, result.AlreadyThere));
        Assert.Equal([Plan.Transfers[2].Id], ledger.Attempts.Keys);
        Assert.Equal(["1:1", "2:5"], result.Tokens);
    }

    [Fact]
    public async Task A_chunk_whose_answer_was_lost_is_sent_again_and_what_it_finds_then_may_be_its_own()
    {
        var ledger = Ledger((_, attempt) => attempt == 1
            ? throw new TimeoutException()
            : Answer(
                ScriptedLedger.Result(CommandStatus.Done, duplicate: true),
                ScriptedLedger.Result(CommandStatus.Done, duplicate: true), null));
        var result = await Run(ledger);
        Assert.Equal((3, 0), (result.Posted, result.AlreadyThere));
    }

    [Theory]
    [InlineData(CommandStatus.Unavailable)]
    [InlineData(CommandStatus.Unknown)]
    public async Task A_chunk_that_fails_twice_is_sent_one_by_one(CommandStatus status)
    {
        var chunks = 0;
        var failed = ScriptedLedger.Result(status);
        var ledger = Ledger((_, attempt) =>
        {
            chunks = attempt;
            return Answer(failed, failed, failed);
        });
        var result = await Run(ledger);
        Assert.Equal((3, 2), (result.Posted, chunks));
        Assert.Null(result.Stopped);
        Assert.Equal(3, ledger.Attempts.Count);
    }

    [Fact]
    public async Task Each_transfer_goes_under_the_ids_and_the_date_of_the_plan()
    {
        IReadOnlyList<ImportedTransfer> sent = [];
        await Run(Ledger((chunk, _) =>
        {
            sent = chunk;
            return Answer(null, null, null);
        }));
        Assert.Equal(
            Plan.Transfers.Select(planned => (planned.Id, planned.CommandId, (DateOnly?)planned.EffectiveDate)),
            sent.Select(one => (one.Id, one.Header.CommandId, one.Header.EffectiveDate)));
    }

    private static ScriptedLedger Ledger(Func<IReadOnlyList<ImportedTransfer>, int, ImportAnswer> chunks) =>
        new((_, _) => ScriptedLedger.Result(CommandStatus.Done)) { Chunks = chunks };

    private static ImportAnswer Answer(params CommandResult?[] results) => new(results, ["2:5"]);

    private static Task<BookImportResult> Run(ScriptedLedger ledger) =>
        new BookImport(ledger.Grains, TimeProvider.System).Run(Plan, Options, null, TestContext.Current.CancellationToken);
}
