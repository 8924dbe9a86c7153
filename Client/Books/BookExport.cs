using System.Globalization;
using System.Text.Json;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Client.Books;

/// <summary>What an export wrote.</summary>
/// <param name="Entries">Transactions or events.</param>
/// <param name="Cut">The read tokens up to which it goes.</param>
/// <param name="IsStale">True when the ledger could not show all that was asked for in time; then nothing was written.</param>
internal sealed record BookExportResult(long Entries, IReadOnlyList<string> Cut, bool IsStale);

/// <summary>
/// Writes all of the ledger into a file: events in the order of the log's times, a book's transactions by effective date and
/// on one day in that order. So the same ledger gives the same file. Memory is bounded by a page of events, the transfers
/// under way and a few bytes for each transaction: see <see cref="BookSpool"/>.
/// </summary>
internal sealed class BookExport(ILedgerQueries queries)
{
    private const int PageSize = 1_000;

    // Read models follow the log within milliseconds; one that has not by then is paused or broken.
    private static readonly TimeSpan ReadModelPatience = TimeSpan.FromSeconds(10);

    /// <summary>Writes it.</summary>
    /// <param name="format">A book, or all events.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="freshness">What it must include, and how long to wait for that.</param>
    /// <param name="cancellation">Stops it; what is written is then a part.</param>
    public async Task<BookExportResult> Run(
        BookFormat format, TextWriter writer, Freshness freshness, CancellationToken cancellation)
    {
        var events = await LedgerEvents.Open(queries, freshness);
        // The other read models have to be as far as the audit, or a book would use what it does not declare.
        var asFarAsTheEvents = new Freshness(
            events.Cut, freshness.Timeout > ReadModelPatience ? freshness.Timeout : ReadModelPatience);
        var totals = await queries.Totals(new TotalsQuery(TotalsBy.Asset), asFarAsTheEvents);
        if (events.IsStale || totals.Stale)
            return new BookExportResult(0, events.Cut, IsStale: true);
        var entries = format == BookFormat.Journal
            ? await WriteBook(events, totals.Value, writer, asFarAsTheEvents, cancellation)
            : await WriteLines(events, writer, cancellation);
        await writer.FlushAsync(cancellation);
        return new BookExportResult(entries, events.Cut, IsStale: false);
    }

    private async Task<long> WriteBook(
        LedgerEvents events, TotalsView totals, TextWriter writer, Freshness freshness, CancellationToken cancellation)
    {
        Asset[] assets = [.. totals.Sums.Select(sum => sum.Asset)];
        var book = new BookWriter(writer, assets);
        await book.Head(events.Cut);
        await WriteAccounts(book, freshness, cancellation);

        await using var spool = new BookSpool();
        await SpoolTransactions(events, assets, spool, writer.NewLine, cancellation);
        await spool.CopyTo(writer, cancellation);
        return spool.Count;
    }

    private static async Task SpoolTransactions(
        LedgerEvents events, IReadOnlyCollection<Asset> assets, BookSpool spool, string newLine, CancellationToken cancellation)
    {
        await using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = newLine };
        var book = new BookWriter(text, assets);
        var transfers = new TransfersInOrder();
        await foreach (var entry in events.Read(cancellation))
        {
            var isMove = entry.Type is "account.deposited" or "account.withdrawn";
            if ((isMove ? entry : transfers.Take(entry)) is not { } first)
                continue;
            await (isMove ? book.AcrossTheBorder(first) : book.Transfer(first));
            await spool.Add(first.EffectiveDate, text.ToString(), cancellation);
            text.GetStringBuilder().Clear();
        }
    }

    private async Task WriteAccounts(BookWriter book, Freshness freshness, CancellationToken cancellation)
    {
        string? cursor = null;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            var page = (await queries.Accounts(new AccountsQuery { Take = PageSize, After = cursor }, freshness)).Value;
            foreach (var account in page.Items.Where(account => account.Id != BookWriter.WorldAccount))
                await book.Account(account.Id);
            cursor = page.Cursor;
        }
        while (cursor is not null);
    }

    private static async Task<long> WriteLines(LedgerEvents events, TextWriter writer, CancellationToken cancellation)
    {
        var written = 0L;
        await foreach (var entry in events.Read(cancellation))
        {
            await writer.WriteLineAsync(JsonSerializer.Serialize(Mapping.Of(entry), ClientJson.Plain.EntryJson));
            written++;
        }
        return written;
    }
}
