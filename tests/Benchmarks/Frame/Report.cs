using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansEs.Benchmarks.Frame;

/// <summary>One number of one measurement.</summary>
internal readonly record struct Figure(string Name, double Value);

/// <summary>
/// The figures of a run: for each setting and contender the medians of the rounds, the spread of the first figure, and its
/// ratio to the floor's in the same round.
/// </summary>
internal sealed class Report(string workload)
{
    private readonly List<Row> _rows = [];
    private readonly SortedDictionary<string, string> _failures = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Value)> _machine = [];

    /// <summary>True when a contender has no figures because of an error.</summary>
    public bool HasFailures => _failures.Count > 0;

    /// <summary>The contender whose first figure is 1; null when ratios say nothing.</summary>
    public string? Floor { get; set; }

    /// <summary>True when this contender failed.</summary>
    public bool HasFailed(string contender) => _failures.ContainsKey(contender);

    /// <summary>Says on what it was measured.</summary>
    public void Describe(IEnumerable<(string Name, string Value)> machine) => _machine.AddRange(machine);

    /// <summary>Adds what one measurement yielded. The first figure is the one that contenders are compared by.</summary>
    public void Add(int round, string setting, string contender, IReadOnlyList<Figure> figures) =>
        _rows.Add(new Row(round, setting, contender, figures));

    /// <summary>Takes a contender out: a run with errors has no result.</summary>
    public void Fail(string contender, Exception error)
    {
        _failures[contender] = error.Message.ReplaceLineEndings(" ");
        _rows.RemoveAll(row => row.Contender == contender);
    }

    /// <summary>The median of a contender's ratios to the floor; no number where there is none.</summary>
    public double Ratio(string setting, string contender) =>
        Median(Ratios(_rows.Where(row => row.Setting == setting && row.Contender == contender)));

    /// <summary>The tables, one for each setting.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _machine)
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {value}");
        foreach (var setting in _rows.GroupBy(row => row.Setting))
        {
            var figures = setting.SelectMany(row => row.Figures).Select(figure => figure.Name).Distinct().ToArray();
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {workload}: {setting.Key}").AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"| | {figures[0]} | min..max | ratio | {string.Join(" | ", figures[1..])} |")
                .AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(Enumerable.Repeat("---|", figures.Length + 2))}");
            foreach (var contender in setting.GroupBy(row => row.Contender))
            {
                var first = contender.Select(row => row[figures[0]]).ToArray();
                var cells = figures[1..].Select(name => Text(Median(contender.Select(row => row[name]))));
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"| {contender.Key} | {Text(Median(first))} | {Text(first.Min())}..{Text(first.Max())} "
                    + $"| {Text(Median(Ratios(contender)))} | {string.Join(" | ", cells)} |");
            }
        }
        foreach (var (contender, error) in _failures)
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"No result of {contender}: {error}");
        return text.ToString();
    }

    /// <summary>The same with every round's figures.</summary>
    public string ToJson()
    {
        var document = new JsonObject
        {
            ["workload"] = workload,
            ["machine"] = new JsonObject(_machine.Select(entry => KeyValuePair.Create(entry.Name, (JsonNode?)entry.Value))),
            ["floor"] = Floor,
            ["results"] = new JsonArray([.. _rows.GroupBy(row => (row.Setting, row.Contender)).Select(Json)]),
            ["failures"] = new JsonObject(_failures.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        };
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    /// <summary>A number with three digits that count, or a dash.</summary>
    public static string Text(double number) => number switch
    {
        double.NaN => "–",
        0 => "0",
        _ when Math.Abs(number) >= 100 => number.ToString("#,##0", CultureInfo.InvariantCulture),
        _ => number.ToString($"0.{new string('#', Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, 5))}",
            CultureInfo.InvariantCulture),
    };

    private JsonNode Json(IGrouping<(string Setting, string Contender), Row> rows) => new JsonObject
    {
        ["setting"] = rows.Key.Setting,
        ["contender"] = rows.Key.Contender,
        ["ratio"] = Number(Median(Ratios(rows))),
        ["median"] = new JsonObject(rows.First().Figures.Select(figure =>
            KeyValuePair.Create(figure.Name, (JsonNode?)Number(Median(rows.Select(row => row[figure.Name])))))),
        ["rounds"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject(row.Figures.Select(figure =>
            KeyValuePair.Create(figure.Name, (JsonNode?)Number(figure.Value)))))]),
    };

    // JSON has no way to write what is no number.
    private static JsonValue? Number(double number) => double.IsFinite(number) ? JsonValue.Create(Math.Round(number, 6)) : null;

    private IEnumerable<double> Ratios(IEnumerable<Row> rows) =>
        from row in rows
        let floor = _rows.Find(other => other.Contender == Floor && other.Setting == row.Setting && other.Round == row.Round)
        where floor is not null && floor.Figures[0].Name == row.Figures[0].Name
        select row.Figures[0].Value / floor.Figures[0].Value;

    private static double Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Where(double.IsFinite).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Row(int Round, string Setting, string Contender, IReadOnlyList<Figure> Figures)
    {
        public double this[string name] =>
            Figures.Where(figure => figure.Name == name).Select(figure => figure.Value).FirstOrDefault(double.NaN);
    }
}
