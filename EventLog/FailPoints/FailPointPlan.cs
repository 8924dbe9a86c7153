using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansEs.EventLog.FailPoints;

/// <summary>Where a silo fails on purpose, how, and how often: what crash tests are made of.</summary>
internal sealed partial class FailPointPlan
{
    private readonly Dictionary<string, FailPoint> _points;

    private FailPointPlan(Dictionary<string, FailPoint> points) => _points = points;

    /// <summary>Reads a plan such as <c>append.after-commit=kill@50;checkpoint.before-commit=throw%10</c>.</summary>
    /// <exception cref="FormatException">It is no plan; the message names the part and what there is.</exception>
    public static FailPointPlan Parse(string text)
    {
        var points = new Dictionary<string, FailPoint>(StringComparer.Ordinal);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var match = Part().Match(part);
            if (!match.Success || !FailPointNames.All.Contains(match.Groups["point"].Value))
                throw new FormatException(
                    $"'{part}' is no fail point: write POINT=ACTION, where POINT is {string.Join(", ", FailPointNames.All)} and ACTION "
                    + "is throw or kill, with @N for the N-th pass only or %N for each N-th.");
            var count = match.Groups["count"] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;
            points[match.Groups["point"].Value] = new FailPoint(
                match.Groups["action"].Value == "kill", match.Groups["how"].Value == "@", Math.Max(1, count));
        }
        return new FailPointPlan(points);
    }

    /// <summary>Passes a point: ends the process, or says that the caller has to fail, or does nothing.</summary>
    /// <returns>True when the caller has to fail.</returns>
    public bool Fails(string point) => _points.TryGetValue(point, out var planned) && planned.Pass();

    [GeneratedRegex("^(?<point>[a-z.-]+)=(?<action>throw|kill)((?<how>[@%])(?<count>[1-9][0-9]{0,8}))?$")]
    private static partial Regex Part();
}

/// <summary>The points at which a silo can fail.</summary>
internal static class FailPointNames
{
    /// <summary>A batch of appends was gathered and is not sent.</summary>
    public const string BeforeAppend = "append.before-commit";

    /// <summary>A batch of appends is durable and nobody knows yet.</summary>
    public const string AfterAppend = "append.after-commit";

    /// <summary>The rows of a read model are written in a transaction that does not commit.</summary>
    public const string BeforeCheckpoint = "checkpoint.before-commit";

    /// <summary>Rows and checkpoint of a read model are durable and its grain does not know yet.</summary>
    public const string AfterCheckpoint = "checkpoint.after-commit";

    public static IReadOnlyList<string> All { get; } = [BeforeAppend, AfterAppend, BeforeCheckpoint, AfterCheckpoint];
}
