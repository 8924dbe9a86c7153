namespace OrleansEs.Client.Books;

/// <summary>How the numbers of a commodity, or of the whole file, are written.</summary>
/// <param name="DecimalMark">A point or a comma.</param>
/// <param name="Places">How many decimals it was declared with.</param>
internal sealed record NumberStyle(char DecimalMark, int Places);
