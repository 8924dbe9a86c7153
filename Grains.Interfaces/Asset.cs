using System.Collections.Frozen;
using System.Globalization;

namespace OrleansEs.Ledger;

/// <summary>
/// A currency or commodity: its code and how many decimals it has. Its text is <c>EUR</c> for an ISO 4217 currency with
/// the decimals that ISO gives it, else <c>VBMPX/3</c>.
/// </summary>
/// <param name="Code">1 to 32 characters: letters, digits, dots, dashes and underscores, beginning with a letter.</param>
/// <param name="Scale">Decimals: 0 to 9.</param>
[GenerateSerializer, Immutable, Alias("ledger.asset")]
public readonly record struct Asset([property: Id(0)] string Code, [property: Id(1)] int Scale)
{
    /// <summary>The most decimals an asset may have.</summary>
    public const int ScaleMax = 9;

    // ISO 4217:2015 and its amendments up to 2026, active codes; two decimals but for those that name another number.
    private static readonly FrozenDictionary<string, int> IsoScales = (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD:3 BIF:0 BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF:4 " +
        "CLP:0 CNY COP CRC CUP CVE CZK DJF:0 DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF:0 GTQ GYD HKD HNL " +
        "HTG HUF IDR ILS INR IQD:3 IRR ISK:0 JMD JOD:3 JPY:0 KES KGS KHR KMF:0 KPW KRW:0 KWD:3 KYD KZT LAK LBP LKR LRD LSL " +
        "LYD:3 MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR:3 PAB PEN PGK PHP PKR " +
        "PLN PYG:0 QAR RON RSD RUB RWF:0 SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND:3 TOP " +
        "TRY TTD TWD TZS UAH UGX:0 USD UYU UYW:4 UZS VED VES VND:0 VUV:0 WST XAF:0 XCD XOF:0 XPF:0 YER ZAR ZMW ZWG")
        .Split(' ')
        .Select(entry => entry.Split(':'))
        .ToFrozenDictionary(
            parts => parts[0],
            parts => parts.Length == 1 ? 2 : int.Parse(parts[1], CultureInfo.InvariantCulture),
            StringComparer.Ordinal);

    /// <summary>How many minor units make a whole one: 100 for a scale of 2.</summary>
    /// <param name="scale">The scale, 0 to 9.</param>
    public static decimal MinorUnitsPerWhole(int scale)
    {
        var minorUnits = 1m;
        for (var place = 0; place < scale; place++)
            minorUnits *= 10;
        return minorUnits;
    }

    /// <summary>The decimals that ISO 4217 gives a currency code; null for any other code.</summary>
    public static int? IsoScale(string code) => IsoScales.TryGetValue(code, out var scale) ? scale : null;

    /// <summary>Reads an asset's text.</summary>
    /// <exception cref="FormatException">The text is no asset; the message says why.</exception>
    public static Asset Parse(string text) =>
        TryParse(text, out var asset, out var reason) ? asset : throw new FormatException(reason);

    /// <summary>Reads an asset's text, or says why not.</summary>
    public static bool TryParse(string? text, out Asset asset, out string reason)
    {
        asset = default;
        text ??= "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var code = slash < 0 ? text : text[..slash];
        var scale = slash < 0 ? IsoScale(code) : text.AsSpan(slash + 1) is [>= '0' and <= '9' and var digit] ? digit - '0' : null;
        if (IsCode(code) && scale is { } known)
        {
            (asset, reason) = (new Asset(code, known), "");
            return true;
        }
        reason = slash < 0 && IsCode(code)
            ? $"'{code}' is no ISO 4217 currency; write it with its number of decimals, such as {code}/2."
            : $"'{LedgerText.Shown(text)}' is no asset; one looks like EUR, or VBMPX/3 with its number of decimals.";
        return false;
    }

    /// <summary>True when code and scale are of their form: what came over the wire need not have been parsed.</summary>
    public bool IsValid => IsCode(Code) && Scale is >= 0 and <= ScaleMax;

    /// <inheritdoc/>
    public override string ToString() =>
        Code is null ? "" : IsoScale(Code) == Scale ? Code : string.Create(CultureInfo.InvariantCulture, $"{Code}/{Scale}");

    private static bool IsCode(string? code)
    {
        if (code is not { Length: >= 1 and <= 32 } || !char.IsLetter(code[0]))
            return false;
        foreach (var character in code)
        {
            if (!char.IsLetterOrDigit(character) && character is not ('.' or '-' or '_'))
                return false;
        }
        return true;
    }
}
