using System.Globalization;
using OrleansEs.Client.Books;
using OrleansEs.Integration.Faults;
using OrleansEs.Integration.Ledger;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.Books;

/// <summary>Books whose chunks meet trouble at the log.</summary>
public sealed class BookFaultJourneys
{
    [Theory]
    [InlineData(nameof(AppendFault.RefusedBefore), 1)]
    [InlineData(nameof(AppendFault.LostBefore), 1)]
    [InlineData(nameof(AppendFault.LostBefore), 3)]
    [InlineData(nameof(AppendFault.LostAfter), 1)]
    [InlineData(nameof(AppendFault.LostAfter), 3)]
    [InlineData(nameof(AppendFault.LostAndLate), 3)]
    public async Task Whatever_befalls_a_chunk_every_transfer_is_posted_once(string fault, int times)
    {
        FaultyEventLog? log = null;
        await using var store = TestStore.OnSqlite();
        await using var host = await LedgerHost.Start(store, wrap: inner => log = new FaultyEventLog(inner));
        var (plan, _) = BookPlanner.Plan(
            string.Concat(Enumerable.Range(1, 60).Select(number => string.Create(
                CultureInfo.InvariantCulture, $"2024-01-01 no {number}\n    food  {number} EUR\n    bank\n\n"))),
            "book", AssetOptions.None);
        var left = times;
        // A chunk holds so many appends. Whatever else does is hit as well, which must do no harm either.
        log!.OnAppend = requests =>
            requests.Count >= 25 && Interlocked.Decrement(ref left) >= 0 ? Enum.Parse<AppendFault>(fault) : AppendFault.None;

        var options = new BookImportOptions { Timeout = TimeSpan.FromSeconds(20), Pause = TimeSpan.FromMilliseconds(1) };
        var result = await new BookImport(host.Client, TimeProvider.System)
            .Run(plan!, options, null, TestContext.Current.CancellationToken);
        await log.WriteLate();

        Assert.Null(result.Stopped);
        Assert.Equal((60, 0, 0), (result.Posted, result.AlreadyThere, result.Failures.Count));
        Assert.True(left <= 0);
        Assert.Equal(-1_830_00, await host.Balance("bank"));
        foreach (var token in result.Tokens)
            host.Remember(token);
        await host.AssertZeroSum();
    }
}
