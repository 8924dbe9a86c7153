using OrleansEs.Client.Books;
using OrleansEs.Specs.Repository;

namespace OrleansEs.Specs.Books;

/// <summary>hledger is the oracle: what we plan from a book leaves every account with what hledger says.</summary>
public sealed class BookOracleSpecs
{
    public static TheoryData<string> Samples =>
        [.. Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "samples"), "*.journal")
            .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_book_gives_the_balances_that_hledger_gives(string sample)
    {
        Hledger.Require();
        var text = await File.ReadAllTextAsync(
            Path.Combine(RepositoryFiles.Root, "samples", sample), TestContext.Current.CancellationToken);
        Assert.Null(await Hledger.Check(text));
        await Compare(text, AssetOptions.None);
    }

    [Fact]
    public void The_sample_books_are_real_work()
    {
        var transactions = Samples.Sum(sample => BookParser.Parse(
            File.ReadAllText(Path.Combine(RepositoryFiles.Root, "samples", sample.Data)), sample.Data).Book!.Transactions.Count);
        Assert.InRange(transactions, 200, int.MaxValue);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7)]
    public async Task Random_books_give_the_balances_that_hledger_gives(int batch)
    {
        Hledger.Require();
        for (var seed = batch * 25; seed < (batch + 1) * 25; seed++)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
            await Compare(RandomBook.Write(seed), RandomBook.Assets);
        }
    }

    private static async Task Compare(string text, AssetOptions options)
    {
        var (plan, errors) = BookPlanner.Plan(text, "book", options);
        Assert.True(plan is not null, $"{string.Join('\n', errors)}\n{text}");
        Assert.All(plan.Transfers, transfer => Assert.All(
            transfer.Command.Postings.GroupBy(posting => posting.Amount.Asset),
            asset => Assert.Equal(0, asset.Sum(posting => (decimal)posting.Amount.MinorUnits))));
        PlanFold.AssertAgrees(plan, await Hledger.Balances(text), text);
    }
}
