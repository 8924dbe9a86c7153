using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>How far an import is.</summary>
/// <param name="Done">Accounts and transfers that have been answered for.</param>
/// <param name="Total">All of them.</param>
internal readonly record struct BookProgress(int Done, int Total);

/// <summary>What an import did.</summary>
/// <param name="Opened">Accounts that it opened.</param>
/// <param name="Posted">Transfers that it posted.</param>
/// <param name="AlreadyThere">Transfers that had been posted before.</param>
/// <param name="Skipped">Transactions that move nothing.</param>
/// <param name="Failures">What the ledger refused, by line.</param>
/// <param name="Stopped">Why it stopped before the end; null when it did not. Run it again: it goes on where it stopped.</param>
/// <param name="Tokens">The read tokens of all it did: give them to a query that must see it.</param>
internal sealed record BookImportResult(
    int Opened, int Posted, int AlreadyThere, int Skipped,
    IReadOnlyList<BookError> Failures, Refusal? Stopped, IReadOnlyList<string> Tokens);
