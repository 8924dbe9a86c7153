namespace OrleansEs.Specs.Books;

/// <summary>A commodity of random books.</summary>
/// <param name="Symbol">Its symbol, without quotes.</param>
/// <param name="Places">How many decimals its amounts have.</param>
/// <param name="Left">Whether the symbol stands on the left.</param>
/// <param name="Mark">Its decimal mark, where it has one of its own.</param>
internal sealed record Commodity(string Symbol, int Places, bool Left, char Mark)
{
    /// <summary>The symbol as it is written.</summary>
    public string Written => Symbol.All(char.IsLetter) || Symbol is "$" or "€" or "¥" ? Symbol : $"\"{Symbol}\"";
}
