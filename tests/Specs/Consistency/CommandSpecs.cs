using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Specs.Consistency;

/// <summary>Decisions, and how two commands are told apart.</summary>
public sealed class CommandSpecs
{
    [Fact]
    public void A_decision_accepts_events_nothing_or_refuses()
    {
        Assert.Equal(["a", "b"], Assert.IsType<Decision<string>.Accepted>(Decision.Accept("a", "b")).Events);
        Assert.Empty(Assert.IsType<Decision<string>.Accepted>(Decision.Nothing<string>()).Events);
        Assert.Equal(
            new Decision<string>.Refused("code", "message", "remedy"), Decision.Refuse<string>("code", "message", "remedy"));
    }

    [Fact]
    public void Equal_commands_have_equal_hashes_whichever_parts_are_the_same_instance()
    {
        var shared = new string('x', 3);
        var one = new Order(shared, [new Line(shared, 1), new Line(shared, 2)], new Paid(3));
        var other = new Order(
            new string('x', 3), [new Line(new string('x', 3), 1), new Line(new string('x', 3), 2)], new Paid(3));

        Assert.Equal(RequestHash.Of(one), RequestHash.Of(other));
    }

    [Fact]
    public void The_hash_of_a_command_is_the_same_after_every_restart() =>
        // Written down once: if this fails, an upgrade refuses the retries of commands that were sent before it.
        Assert.Equal("nJhL9y649BTMT7kaYDvYUA", RequestHash.Of(new Order("x", [new Line("y", 1)], new Paid(3))));

    [Fact]
    public void Commands_that_differ_anywhere_have_different_hashes()
    {
        object[] commands =
        [
            new Order("x", [new Line("y", 1)], new Paid(3)),
            new Order("z", [new Line("y", 1)], new Paid(3)),
            new Order("x", [new Line("y", 2)], new Paid(3)),
            new Order("x", [new Line("y", 1), new Line("y", 1)], new Paid(3)),
            // These differ in a member that is declared as an abstract type.
            new Order("x", [new Line("y", 1)], new Paid(4)),
            new Order("x", [new Line("y", 1)], new Free()),
            // These are of another type.
            new Line("y", 1),
            new SameAsLine("y", 1),
        ];

        Assert.Equal(commands.Length, commands.Select(RequestHash.Of).Distinct().Count());
    }

    [Fact]
    public void A_command_with_parts_that_its_declared_types_do_not_tell_is_refused()
    {
        Assert.NotEqual(
            RequestHash.Of(new Parcel(new Wrapping("red"), [])), RequestHash.Of(new Parcel(new Wrapping("blue"), [])));
        Assert.Throws<NotSupportedException>(() => RequestHash.Of(new Parcel(new Box("red", 1), [])));
        Assert.Throws<NotSupportedException>(() => RequestHash.Of(new Parcel(new Wrapping("red"), [new Box("red", 1)])));
    }

    [Fact]
    public void The_last_few_commands_are_remembered()
    {
        var recent = new RecentCommands<string>(2);
        var ids = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToArray();
        var outcome = new CommandOutcome<string>.Applied(["a"], 1, new LogPosition(0, 1), false);
        foreach (var id in ids)
            recent.Add(id, new RecentCommands<string>.Entry("hash", outcome));

        Assert.Null(recent.Find(ids[0]));
        Assert.Same(outcome, recent.Find(ids[1])?.Outcome);
        Assert.Same(outcome, recent.Find(ids[2])?.Outcome);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(1, 40)]
    [InlineData(5, 640)]
    [InlineData(6, 1000)]
    [InlineData(1_000_000, 1000)]
    public void The_wait_between_tries_doubles_up_to_a_bound(int failures, int milliseconds) => Assert.Equal(
        TimeSpan.FromMilliseconds(milliseconds), Backoff.Delay(failures, new EventLogConsistencyOptions()));

    [Fact]
    public void Wrong_settings_are_refused_by_name()
    {
        Assert.Null(new EventLogConsistencyOptions().Refusal());
        AssertRefused("Timeout", new EventLogConsistencyOptions { Timeout = TimeSpan.Zero });
        AssertRefused("SnapshotEvery", new EventLogConsistencyOptions { SnapshotEvery = -1 });
        AssertRefused("PageSize", new EventLogConsistencyOptions { PageSize = 0 });
        AssertRefused("ContentionRetriesMax", new EventLogConsistencyOptions { ContentionRetriesMax = -1 });
        AssertRefused("RetryDelayMin", new EventLogConsistencyOptions { RetryDelayMin = TimeSpan.Zero });
        AssertRefused("RetryDelayMax", new EventLogConsistencyOptions { RetryDelayMax = TimeSpan.Zero });
    }

    private static void AssertRefused(string setting, EventLogConsistencyOptions options) =>
        Assert.StartsWith(setting + " is ", options.Refusal(), StringComparison.Ordinal);

    private abstract record Payment;

    private sealed record Paid(int Amount) : Payment;

    private sealed record Free : Payment;

    private record Wrapping(string Colour);

    private sealed record Box(string Colour, int Height) : Wrapping(Colour);

    private sealed record Parcel(Wrapping Wrapping, IReadOnlyList<Wrapping> Inside);

    private sealed record Line(string Article, int Count);

    private sealed record SameAsLine(string Article, int Count);

    private sealed record Order(string Customer, IReadOnlyList<Line> Lines, Payment Payment);
}
