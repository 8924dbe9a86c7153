using System.Globalization;
using System.Text;

namespace OrleansEs.Specs.Books;

/// <summary>
/// How a random book looks: marks, groups, signs, sides, spaces, comments, directives. Each book has one way to say which
/// mark is the decimal one: a directive for the file, one for each commodity, or nothing but unambiguous numbers.
/// </summary>
internal sealed class BookPen
{
    private readonly Random _random;
    private readonly Commodity[] _commodities;
    private readonly int _declaration;
    private readonly bool _hasDefault;
    private readonly char _fileMark;
    private int? _year;

    public BookPen(Random random)
    {
        _random = random;
        _declaration = random.Next(3);
        _hasDefault = _declaration != 1 && random.Next(3) == 0;
        _fileMark = random.Next(2) == 0 ? '.' : ',';
        _commodities =
        [
            New("$", 2), New("€", 2), New("GBP", 2), New("¥", 0), New("BTC", 8), New("VT", 4), New("green apples", 0),
            New("X2", 3),
            .. _hasDefault ? Array.Empty<Commodity>() : [New("", 2)],
        ];
        Commodity New(string symbol, int places) => new(
            symbol, places, random.Next(2) == 0, _declaration == 0 || _hasDefault ? _fileMark : random.Next(2) == 0 ? '.' : ',');
    }

    /// <summary>Whether each commodity's decimals are declared.</summary>
    public bool Declares => _declaration == 1;

    public Commodity Any() => _commodities[_random.Next(_commodities.Length)];

    public string Top(string[] accounts)
    {
        var top = new StringBuilder(Pick("", "; a random book\n", "# a random book\n\n", "* a random book\n** of a seed\n"));
        if (_declaration == 0)
            top.Append(CultureInfo.InvariantCulture, $"decimal-mark {_fileMark}{Pick("", "  ; for all")}\n");
        if (_declaration == 1)
            foreach (var commodity in _commodities)
                top.Append(Declaration(commodity));
        if (_hasDefault)
            top.Append(CultureInfo.InvariantCulture, $"D {Sample(_commodities[0])}\n");
        foreach (var account in accounts.Where(_ => _random.Next(3) == 0))
            top.Append("account ").Append(account).Append(Pick("", "  ; type: A"))
                .Append(Pick("\n", "\n  note anything\n", "\n  ; more\n"));
        return top.Append(Pick("", "comment\n2019-01-01 not a transaction\nend comment\n", "payee Café\ntag t\n", "\n  \n"))
            .ToString();
    }

    /// <summary>What may stand between two transactions: blank lines, comments, directives, the year of what follows.</summary>
    public string Between(DateOnly next)
    {
        var between = Pick(
            "\n", "\n", "\n; a comment\n", "\n  ; indented\n\n", "\n# c\n* c\n", $"\nP 2019-01-05 € $1{_fileMark}25\n",
            "\ncomment\n ~ daily\n\nend comment\n\n");
        if (_year != next.Year && _random.Next(3) == 0)
        {
            _year = next.Year;
            between += Pick("Y", "Y ") + next.Year + "\n\n";
        }
        return between;
    }

    public string Header(DateOnly date)
    {
        var separator = Pick("-", "/", ".");
        var (month, day) = _random.Next(2) == 0 ? ($"{date.Month:00}", $"{date.Day:00}") : ($"{date.Month}", $"{date.Day}");
        var year = _year == date.Year && _random.Next(2) == 0 ? "" : date.Year + separator;
        return year + month + separator + day + Pick("", "", "", $"=2019{separator}12{separator}31", "=12/31")
            + Pick("", " *", " !", "\t*") + Pick("", "", " (42)", " (a-b c)")
            + Pick("", " Café | cake", " 生活費", " x  y", " rent") + Pick("", "  ; tag:value, more:", " ;c")
            + "\n" + Pick("", "", "", "  ; about it\n");
    }

    public string Posting(string account) => Pick("    ", "  ", "\t", " ") + Pick("", "", "", "* ", "! ", "!") + account;

    public string Line(string posting, DateOnly date) =>
        // hledger takes no assignment with a date of its own, even if it is the transaction's.
        posting + Pick("", "", "  ", "  ; note", "\t\t;tag:x", "  ; date2:2019-02-03, [=12/24]",
            posting.Contains("  = ", StringComparison.Ordinal) ? "" : $"  ; date:{date:yyyy-MM-dd}")
        + "\n" + Pick("", "", "", "", "    ; a line about it\n");

    public string Amount(decimal amount, Commodity commodity)
    {
        var number = Number(Math.Abs(amount), commodity);
        var sign = amount < 0 ? "-" : Pick("", "", "", "", "+");
        if (commodity.Symbol.Length == 0 || (_hasDefault && commodity.Symbol == "$" && _random.Next(2) == 0))
            return sign + number;
        // The space keeps the exponent from the letters behind it.
        var space = Pick("", " ", number.Contains('E', StringComparison.Ordinal) ? " " : "");
        if (!commodity.Left)
            return sign + number + (char.IsLetter(commodity.Symbol[0]) ? " " : space) + commodity.Written;
        return _random.Next(2) == 0
            ? sign + commodity.Written + space + number
            : commodity.Written + space + sign + (sign.Length > 0 ? Pick("", " ") : "") + number;
    }

    public string Finish(string book) =>
        Pick("", "", "\ufeff") + (_random.Next(6) == 0 ? book.Replace("\n", "\r\n", StringComparison.Ordinal) : book);

    private string Number(decimal amount, Commodity commodity)
    {
        var text = amount.ToString("0.#########", CultureInfo.InvariantCulture);
        if (text.Length < 8 && _random.Next(20) == 0)
            return $"{(amount * 1000).ToString("0", CultureInfo.InvariantCulture)}E-3" is var scientific && amount * 1000 % 1 == 0
                ? scientific : text.Replace('.', commodity.Mark);
        if (!text.Contains('.', StringComparison.Ordinal) && commodity.Places > 0 && _random.Next(2) == 0)
            text += "." + new string('0', commodity.Places);
        var (whole, decimals) = text.Split('.') is [var left, var right] ? (left, right) : (text, null);
        var other = commodity.Mark == '.' ? "," : ".";
        var group = Pick("", "", other, " ");
        var grouped = group.Length == 0 || whole.Length < 4 ? whole : Grouped(whole, group);
        // 1,000 and 1.000 mean nothing certain unless the decimal mark is declared.
        if (_declaration == 2 && decimals is null && grouped.Count(c => c is '.' or ',') == 1)
            grouped = whole;
        return decimals is null
            ? grouped + (_random.Next(10) == 0 ? commodity.Mark : "")
            : grouped == "0" && commodity.Mark == '.' && _random.Next(3) == 0
                ? "." + decimals
                : grouped + commodity.Mark + decimals;
    }

    private static string Grouped(string whole, string group)
    {
        var text = new StringBuilder(whole);
        for (var at = whole.Length - 3; at > 0; at -= 3)
            text.Insert(at, group);
        return text.ToString();
    }

    private string Declaration(Commodity commodity) => commodity.Symbol.Length > 0 && _random.Next(3) == 0
        ? $"commodity {commodity.Written}\n  format {Sample(commodity)}\n"
        : $"commodity {Sample(commodity)}{Pick("", "  ; c")}\n";

    private static string Sample(Commodity commodity)
    {
        var number = $"1000{commodity.Mark}{new string('0', commodity.Places)}";
        return commodity.Symbol.Length == 0 ? number
            : commodity.Left ? $"{commodity.Written} {number}"
            : $"{number} {commodity.Written}";
    }

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];
}
