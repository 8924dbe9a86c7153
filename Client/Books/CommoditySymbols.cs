using System.Collections.Frozen;

namespace OrleansEs.Client.Books;

/// <summary>Signs that stand for one currency nearly everywhere; whoever means another one says so by an option.</summary>
internal static class CommoditySymbols
{
    /// <summary>The code of amounts without a symbol: ISO 4217's own for "no currency".</summary>
    public const string NoCurrency = "XXX";

    private static readonly FrozenDictionary<string, string> Codes = new Dictionary<string, string>
    {
        ["$"] = "USD", ["US$"] = "USD", ["€"] = "EUR", ["£"] = "GBP", ["¥"] = "JPY", ["₹"] = "INR", ["₽"] = "RUB", ["₩"] = "KRW",
        ["₪"] = "ILS", ["฿"] = "THB", ["₫"] = "VND", ["₦"] = "NGN", ["₱"] = "PHP", ["₴"] = "UAH", ["₺"] = "TRY", ["₸"] = "KZT",
        ["₡"] = "CRC", ["₲"] = "PYG", ["₵"] = "GHS", ["₼"] = "AZN", ["₾"] = "GEL", ["₭"] = "LAK", ["₮"] = "MNT", ["₿"] = "BTC",
        ["៛"] = "KHR", ["৳"] = "BDT", ["A$"] = "AUD", ["AU$"] = "AUD", ["C$"] = "CAD", ["CA$"] = "CAD", ["HK$"] = "HKD",
        ["NZ$"] = "NZD", ["S$"] = "SGD", ["R$"] = "BRL", ["NT$"] = "TWD", ["CN¥"] = "CNY", ["Kč"] = "CZK", ["zł"] = "PLN",
        [""] = NoCurrency,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The code that a sign stands for; null when it stands for none.</summary>
    public static string? CodeOf(string symbol) => Codes.GetValueOrDefault(symbol);
}
