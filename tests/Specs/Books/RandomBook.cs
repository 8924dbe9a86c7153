using System.Globalization;
using OrleansEs.Client.Books;

namespace OrleansEs.Specs.Books;

/// <summary>
/// A random book that hledger accepts, the same for the same seed. It keeps its own running balances, so that it can write
/// assertions that hold and assignments; the pen decides how each thing looks.
/// </summary>
internal sealed class RandomBook
{
    /// <summary>What an import of a random book needs to be told: a quoted symbol is no code.</summary>
    public static AssetOptions Assets { get; } = AssetOptions.Parse(["green apples=APPLE"]);

    private static readonly string[] Names =
    [
        "assets:bank:checking", "assets:bank", "assets:cash in hand", "Aktiva:Girokonto Köln", "Активы:Банк", "資産:現金",
        "expenses:food & drink", "expenses:food", "income:salary", "liabilities:card 1-2.3", "equity:conversion", "संपत्ति:खाता",
        "equity:opening_balances",
    ];

    private readonly Random _random;
    private readonly BookPen _pen;
    private readonly string[] _accounts;
    private readonly Dictionary<(string Account, string Symbol), decimal> _balances = [];
    private readonly List<(DateOnly Date, string Text)> _entries = [];

    private RandomBook(int seed, string prefix)
    {
        _random = new Random(seed);
        _pen = new BookPen(_random);
        _accounts = [.. Names.Select(name => name == BookPlanner.ConversionAccount ? name : prefix + name)];
    }

    /// <summary>Writes the book of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="prefix">What all account names but <c>equity:conversion</c> begin with.</param>
    public static string Write(int seed, string prefix = "") => new RandomBook(seed, prefix).Write();

    private string Write()
    {
        var date = new DateOnly(2019, 1, 1).AddDays(_random.Next(400));
        for (var count = _random.Next(5, 30); count > 0; count--)
        {
            date = date.AddDays(_random.Next(3) * _random.Next(60));
            _entries.Add((date, Transaction(date)));
        }
        // Dates, not places in the file, order the assertions; only those of one day keep their order.
        var places = _entries.Select(entry => entry.Date).Distinct().ToDictionary(day => day, _ => _random.Next());
        var entries = _random.Next(3) == 0 ? _entries.OrderBy(entry => places[entry.Date]) : _entries.AsEnumerable();
        var body = entries.Select(entry => _pen.Between(entry.Date) + _pen.Header(entry.Date) + entry.Text);
        return _pen.Finish(_pen.Top(_accounts) + string.Concat(body));
    }

    private string Transaction(DateOnly date)
    {
        var postings = _random.Next(12) switch
        {
            0 or 1 or 2 or 3 => Plain(),
            4 or 5 => SeveralCommodities(),
            6 or 7 => AtCost(),
            8 => Exchange(),
            9 or 10 => Assignment(),
            _ => Nothing(),
        };
        return string.Concat(postings.Select(posting => _pen.Line(posting, date)));
    }

    private List<string> Plain()
    {
        var commodity = _pen.Any();
        var lines = new List<string>();
        var sum = 0m;
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var amount = Amount(commodity);
            sum += amount;
            lines.Add(Post(Account(), amount, commodity));
        }
        if (_random.Next(2) == 0)
            lines.Add(Post(Account(), Residue(-sum, commodity), commodity));
        else
            Elide(lines, [(commodity, -sum)]);
        return lines;
    }

    private List<string> SeveralCommodities()
    {
        var lines = new List<string>();
        var sums = new Dictionary<Commodity, decimal>();
        for (var count = _random.Next(2, 5); count > 0; count--)
        {
            var commodity = _pen.Any();
            var amount = Amount(commodity);
            sums[commodity] = sums.GetValueOrDefault(commodity) + amount;
            lines.Add(Post(Account(), amount, commodity));
        }
        Elide(lines, sums.Select(sum => (sum.Key, -sum.Value)));
        return lines;
    }

    private List<string> AtCost()
    {
        var (what, price) = (_pen.Any(), _pen.Any());
        if (what == price)
            return Plain();
        var quantity = Amount(what);
        var total = _random.Next(3) == 0;
        var unit = Math.Abs(Amount(price)) + (total ? 0 : _random.Next(100) / 100m);
        var cost = total ? unit * Math.Sign(quantity) : unit * quantity;
        if (Places(cost) > 9)
            return Plain();
        var account = Account();
        var lot = _random.Next(4) == 0 ? $" {{{_pen.Amount(unit, price)}}}{(_random.Next(2) == 0 ? " [2019-03-04]" : "")}" : "";
        var mark = total ? "@@" : "@";
        // Behind a plain number a parenthesis would be taken for its symbol.
        var sign = lot.Length > 0 && _random.Next(3) == 0 ? $"({mark})" : mark;
        var lines = new List<string>
        {
            $"{_pen.Posting(account)}  {_pen.Amount(quantity, what)}{lot} {sign} {_pen.Amount(unit, price)}"
            + Book(account, what, quantity),
        };
        if (_random.Next(2) == 0)
            Elide(lines, [(price, -cost)]);
        else
            lines.Add(Post(Account(), -cost, price));
        return lines;
    }

    private List<string> Exchange()
    {
        var (one, other) = (_pen.Any(), _pen.Any());
        var given = Math.Abs(Amount(one)) + 1;
        return one == other
            ? Plain()
            : [Post(Account(), -given, one), Post(Account(), Math.Abs(Amount(other)) + 1, other)];
    }

    private List<string> Assignment()
    {
        var (account, commodity) = (Account(), _pen.Any());
        var target = Amount(commodity);
        var moved = target - Of(account, commodity.Symbol);
        _balances[(account, commodity.Symbol)] = target;
        var lines = new List<string> { $"{_pen.Posting(account)}  = {_pen.Amount(target, commodity)}" };
        Elide(lines, [(commodity, -moved)], first: false);
        return lines;
    }

    private List<string> Nothing() => _random.Next(3) switch
    {
        0 => [],
        1 => [_pen.Posting(Account())],
        _ => [$"{_pen.Posting(Account())}  0", _pen.Posting(Account())],
    };

    private string Post(string account, decimal amount, Commodity commodity) =>
        $"{_pen.Posting(account)}  {_pen.Amount(amount, commodity)}{Book(account, commodity, amount)}";

    // The amount left out may stand anywhere, unless an assignment has to come before it.
    private void Elide(List<string> lines, IEnumerable<(Commodity Commodity, decimal Amount)> inferred, bool first = true)
    {
        var account = _accounts[_random.Next(_accounts.Length)];
        var anywhere = first && !lines.Any(line => line.Contains('=', StringComparison.Ordinal));
        var place = anywhere ? _random.Next(lines.Count + 1) : lines.Count;
        lines.Insert(place, _pen.Posting(account));
        foreach (var (commodity, amount) in inferred)
            _balances[(account, commodity.Symbol)] = Of(account, commodity.Symbol) + amount;
    }

    // Books an amount; sometimes writes the balance that the account has after it.
    private string Book(string account, Commodity commodity, decimal amount)
    {
        _balances[(account, commodity.Symbol)] = Of(account, commodity.Symbol) + amount;
        if (_random.Next(4) != 0)
            return "";
        var alone = _balances.All(other =>
            other.Key.Account != account || other.Key.Symbol == commodity.Symbol || other.Value == 0);
        var inclusive = _random.Next(3) == 0;
        var balance = inclusive ? WithSubaccounts(account, commodity.Symbol) : Of(account, commodity.Symbol);
        var total = !inclusive && alone && _random.Next(2) == 0;
        return $" ={(total ? "=" : "")}{(inclusive ? "*" : "")} {_pen.Amount(balance, commodity)}";
    }

    // Where the decimals are declared, half a unit of the last one may be missing.
    private decimal Residue(decimal amount, Commodity commodity) =>
        _pen.Declares && commodity.Places < 8 && _random.Next(4) == 0
            ? amount + (0.4m * (decimal)Math.Pow(10, -commodity.Places))
            : amount;

    private decimal Amount(Commodity commodity)
    {
        var digits = _random.Next(1, 8);
        var minorUnits = _random.NextInt64(1, (long)Math.Pow(10, digits));
        return (_random.Next(2) == 0 ? minorUnits : -minorUnits) * (decimal)Math.Pow(10, -commodity.Places);
    }

    private decimal WithSubaccounts(string account, string symbol) =>
        _balances.Where(balance => balance.Key.Symbol == symbol
                && (balance.Key.Account == account || balance.Key.Account.StartsWith(account + ":", StringComparison.Ordinal)))
            .Sum(balance => balance.Value);

    private decimal Of(string account, string symbol) => _balances.GetValueOrDefault((account, symbol));

    private string Account() => _accounts[_random.Next(_accounts.Length)];

    private static int Places(decimal number) =>
        number.ToString("0.############################", CultureInfo.InvariantCulture).Split('.') is [_, var decimals]
            ? decimals.Length
            : 0;
}
