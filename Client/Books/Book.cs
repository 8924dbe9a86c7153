namespace OrleansEs.Client.Books;

/// <summary>
/// A plain-text accounting journal in hledger's format, as written: nothing inferred yet. We call it a book, for a journal
/// is something else here.
/// </summary>
/// <param name="File">The file, as the caller named it.</param>
/// <param name="Transactions">The transactions in file order.</param>
/// <param name="Commodities">Every commodity's decimals, by symbol.</param>
internal sealed record Book(
    string File,
    IReadOnlyList<BookTransaction> Transactions,
    IReadOnlyDictionary<string, CommodityPlaces> Commodities);

/// <summary>How many decimals a commodity is written with.</summary>
/// <param name="Declared">What its <c>commodity</c> directive says, or null.</param>
/// <param name="Seen">The most decimals seen in postings, prices and the default commodity.</param>
internal readonly record struct CommodityPlaces(int? Declared, int? Seen)
{
    /// <summary>The decimals up to which a transaction must balance; null when nothing was said.</summary>
    public int? Balancing => Declared ?? Seen;
}

/// <summary>One transaction.</summary>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="Date">Its date: the first one where it has two.</param>
/// <param name="Code">The text in parentheses after the date; null for none.</param>
/// <param name="Description">Payee and note; may be empty.</param>
/// <param name="Postings">Its postings in file order.</param>
internal sealed record BookTransaction(
    int Line, DateOnly Date, string? Code, string Description, IReadOnlyList<BookPosting> Postings);

/// <summary>One posting.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Account">The account's name.</param>
/// <param name="Amount">The amount; null where it is left out.</param>
/// <param name="Assertion">What follows the equals sign; an assignment where there is no amount.</param>
internal sealed record BookPosting(int Line, string Account, BookAmount? Amount, BookAssertion? Assertion)
{
    /// <summary>Whether the amount follows from the asserted balance.</summary>
    public bool IsAssignment => Amount is null && Assertion is not null;

    /// <summary>Whether the amount follows from the other postings.</summary>
    public bool IsElided => Amount is null && Assertion is null;
}

/// <summary>A number of something, with its cost if it has one.</summary>
/// <param name="Quantity">How much.</param>
/// <param name="Commodity">Of what: the symbol without quotes; empty for none.</param>
/// <param name="Cost">What it cost; null for none.</param>
internal sealed record BookAmount(Quantity Quantity, string Commodity, BookCost? Cost = null)
{
    /// <summary>What counts when the transaction is balanced: the cost where there is one.</summary>
    public BookAmount AtCost() => Cost switch
    {
        null => this,
        { IsTotal: true } => new(Quantity.Sign < 0 ? -Cost.Price.Quantity : Cost.Price.Quantity, Cost.Price.Commodity),
        _ => new(Quantity * Cost.Price.Quantity, Cost.Price.Commodity),
    };

    /// <inheritdoc/>
    public override string ToString() => Commodity.Length == 0 ? Quantity.ToString() : $"{Quantity} {Commodity}";
}

/// <summary>A cost.</summary>
/// <param name="IsTotal">True for <c>@@</c>, the cost of all; false for <c>@</c>, the cost of one.</param>
/// <param name="Price">How much.</param>
internal sealed record BookCost(bool IsTotal, BookAmount Price);

/// <summary>A balance assertion or assignment.</summary>
/// <param name="Balance">The balance that is expected.</param>
/// <param name="IsTotal">True for <c>==</c>: all other commodities must be zero.</param>
/// <param name="IsInclusive">True for <c>=*</c>: the subaccounts count too.</param>
internal sealed record BookAssertion(BookAmount Balance, bool IsTotal, bool IsInclusive);
