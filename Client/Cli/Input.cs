using System.Globalization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Cli;

/// <summary>Text from the command line to values; what is not of its form is refused here, before anything is sent.</summary>
internal static class Input
{
    private static readonly string[] s_timeFormats =
    [
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd",
    ];

    /// <summary>An account or transfer id.</summary>
    public static string Id(string what, string text) =>
        LedgerId.TryParse(text, out var reason) ? text : throw ClientException.Input($"{what}: {reason}");

    /// <summary>An asset, or null.</summary>
    public static Asset? Asset(string? text) =>
        text is null ? null
        : Ledger.Asset.TryParse(text, out var asset, out var reason) ? asset
        : throw ClientException.Input(reason);

    /// <summary>A positive amount of an asset.</summary>
    public static Money Amount(string amount, string asset)
    {
        var money = SignedAmount(amount, asset);
        return money.MinorUnits > 0
            ? money
            : throw ClientException.Input($"'{LedgerText.Shown(amount)}' is not positive", "give an amount above zero");
    }

    /// <summary>An amount of an asset, in either direction.</summary>
    public static Money SignedAmount(string amount, string asset) =>
        Money.TryParse(amount, Asset(asset)!.Value, out var money, out var reason)
            ? money
            : throw ClientException.Input(reason);

    /// <summary>A plain decimal number, or null.</summary>
    public static decimal? Number(string option, string? text) =>
        text is null ? null
        : decimal.TryParse(
            text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(option, text, "number", "give one like 100 or -0.50");

    /// <summary>A whole number within bounds, or null.</summary>
    public static long? Count(string option, string? text, long countMin, long countMax) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count >= countMin && count <= countMax ? count
        : throw Wrong(
            option, text, "whole number in range",
            countMax == long.MaxValue ? $"give one from {countMin}" : $"give one from {countMin} to {countMax}");

    /// <summary>A day, or null.</summary>
    public static DateOnly? Date(string option, string? text) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
        : throw Wrong(option, text, "date", "give one like 2026-03-31");

    /// <summary>A moment, UTC unless it says otherwise, or null.</summary>
    public static DateTimeOffset? Time(string option, string? text) =>
        text is null ? null
        : DateTimeOffset.TryParseExact(
            text, s_timeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var moment) ? moment
        : throw Wrong(option, text, "time", "give one like 2026-03-31 or 2026-03-31T14:30:00Z");

    /// <summary>A GUID that is not all zeros, or null.</summary>
    public static Guid? Guid(string option, string? text) =>
        text is null ? null
        : System.Guid.TryParseExact(text, "D", out var guid) && guid != System.Guid.Empty ? guid
        : throw Wrong(option, text, "GUID", "give one like 0f8fad5b-d9cb-469f-a165-70867728950e, or leave it out");

    /// <summary>Read tokens.</summary>
    public static IReadOnlyList<string> Tokens(string option, IReadOnlyList<string>? texts)
    {
        foreach (var text in texts ?? [])
        {
            if (!LogPosition.TryParse(text, out _))
                throw Wrong(option, text, "read token", "give one that a command printed, such as 3:1204");
        }
        return texts ?? [];
    }

    /// <summary>A span of time above zero, at most an hour, or null.</summary>
    public static TimeSpan? Duration(string option, string? text)
    {
        if (text is null)
            return null;
        return Span(text) is { } duration && duration >= TimeSpan.FromMilliseconds(1) && duration <= TimeSpan.FromHours(1)
            ? duration
            : throw Wrong(option, text, "span of time", "give one from 1ms to 1h, such as 500ms, 10s or 2m");
    }

    /// <summary>For how long something has been as it is, above zero and at most ten years, or null.</summary>
    public static TimeSpan? Age(string option, string? text)
    {
        if (text is null)
            return null;
        return Span(text) is { } age && age >= TimeSpan.FromMilliseconds(1) && age <= TimeSpan.FromDays(3_650)
            ? age
            : throw Wrong(option, text, "age", "give one from 1ms to 3650d, such as 30s, 10m, 12h or 2d");
    }

    private static TimeSpan? Span(string text)
    {
        var digits = text.TrimEnd('m', 's', 'h', 'd');
        var unit = text[digits.Length..] switch
        {
            "" or "s" => TimeSpan.FromSeconds(1),
            "ms" => TimeSpan.FromMilliseconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= 3_600_000 && unit > TimeSpan.Zero
            ? unit * (double)number
            : null;
    }

    /// <summary>One of some words, or null.</summary>
    public static T? Word<T>(string option, string? text) where T : struct, Enum
    {
        if (text is null)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return value;
        }
        var words = string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));
        throw Wrong(option, text, "value of it", $"give one of {words}");
    }

    /// <summary>A memo, or null.</summary>
    public static string? Memo(string? text) =>
        LedgerText.MemoRefusal(text) is { } reason ? throw ClientException.Input(reason) : text;

    /// <summary>Who owns an account, or null.</summary>
    public static string? Owner(string? text) =>
        text is not null && LedgerText.OwnerRefusal(text) is { } reason ? throw ClientException.Input(reason) : text;

    /// <summary>A short text without control characters, or null.</summary>
    public static string? NotEmpty(string option, string? text) =>
        text is null || (text.Trim().Length > 0 && text.Length <= 200 && !text.Any(char.IsControl))
            ? text
            : throw ClientException.Input(
                $"{option} '{LedgerText.Shown(text)}' is empty, too long or holds control characters",
                "give 1 to 200 plain characters, or leave it out");

    /// <summary>An address of a gateway.</summary>
    public static (string Host, int Port) Gateway(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is 0 or > 65535)
            throw Wrong("--gateway", text, "gateway", "give an address and a port, such as 127.0.0.1:30000");
        return (host == "localhost" ? "127.0.0.1" : host.Trim('[', ']'), port);
    }

    /// <summary>A connection string of PostgreSQL, or null. What is wrong is named without any value: one may be a password.</summary>
    public static string? ConnectionString(string? text, string option = "--connection")
    {
        try
        {
            if (text is not null)
                PostgresConnection.NameOf(text);
            return text;
        }
        catch (EventLogStartException error)
        {
            throw ClientException.Input($"{option}: {error.Problem}", error.Remedy);
        }
    }

    private static ClientException Wrong(string option, string text, string what, string remedy) =>
        ClientException.Input($"{option} '{LedgerText.Shown(text)}' is not a {what}", remedy);
}
