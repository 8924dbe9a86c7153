using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>What an import does: nothing of it is done yet.</summary>
/// <param name="File">The file, as the caller named it.</param>
/// <param name="Assets">Which asset each commodity symbol is.</param>
/// <param name="Inferred">Those of the assets whose decimals nobody named, and where in the file they come from.</param>
/// <param name="Notes">What the person may want to know before: nothing is wrong with it.</param>
/// <param name="Accounts">The accounts to open, sorted by id.</param>
/// <param name="Transfers">The transfers to create, by date and then by their place in the file.</param>
/// <param name="Skipped">How many transactions move nothing, so that they become no transfer.</param>
internal sealed record BookPlan(
    string File,
    IReadOnlyDictionary<string, Asset> Assets,
    IReadOnlyDictionary<Asset, InferredScale> Inferred,
    IReadOnlyList<BookError> Notes,
    IReadOnlyList<PlannedAccount> Accounts,
    IReadOnlyList<PlannedTransfer> Transfers,
    int Skipped);

/// <summary>Where an asset's decimals come from that nobody named.</summary>
/// <param name="Symbol">The symbol in the book.</param>
/// <param name="Line">The first line that has the most decimals, or that names the symbol.</param>
/// <param name="Written">The most decimals that an amount as written needs.</param>
internal sealed record InferredScale(string Symbol, int Line, int Written);

/// <summary>An account to open.</summary>
/// <param name="Id">Its id: the name in the book.</param>
/// <param name="CommandId">The command's id, which follows from it.</param>
/// <param name="Line">The first line of the file that names it.</param>
internal sealed record PlannedAccount(string Id, Guid CommandId, int Line);

/// <summary>A transfer to create.</summary>
/// <param name="Id">Its id, which follows from the transaction's content: see <see cref="BookIdentity"/>.</param>
/// <param name="CommandId">The command's id, which follows from it.</param>
/// <param name="Line">The transaction's line in the file.</param>
/// <param name="EffectiveDate">The transaction's date.</param>
/// <param name="Command">The transfer.</param>
/// <param name="Code">The transaction's code where it can be a transfer's id, as in our exports; else null.</param>
internal sealed record PlannedTransfer(
    string Id, Guid CommandId, int Line, DateOnly EffectiveDate, CreateTransfer Command, string? Code)
{
    /// <summary>Whether a transfer of the ledger is this one: it says the same, and has not failed.</summary>
    public bool Is(TransferView other) =>
        other.Status is not (TransferStatus.Failed or TransferStatus.Compensating)
        && other.EffectiveDate == EffectiveDate
        && other.Postings.SequenceEqual(Command.Postings);
}
