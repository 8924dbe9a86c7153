using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

public sealed class ReadModelSpecs
{
    [Fact]
    public void Two_read_models_of_one_name_and_version_are_refused_by_name()
    {
        var refusal = Assert.Throws<ArgumentException>(() =>
            new ReadModelRegistry([new Named("accounts", 1), new Named("accounts", 2), new Named("accounts", 1)]));

        Assert.Contains("'accounts' version 1 is registered twice", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Accounts")]
    [InlineData("a/b")]
    [InlineData("1st")]
    [InlineData("a b")]
    [InlineData("accounts\n")]
    [InlineData("accounts-b1")]
    [InlineData("accounts-b1-lines")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123456789")]
    public void A_name_that_is_no_key_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new ReadModelRegistry([new Named(name, 1)]));

    [Fact]
    public void A_version_below_one_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ReadModelRegistry([new Named("accounts", 0)]));

    [Fact]
    public void The_registry_lists_names_sorted_and_knows_the_highest_version()
    {
        var registry = new ReadModelRegistry([new Named("totals", 3), new Named("accounts", 2), new Named("accounts", 10)]);

        Assert.Equal(["accounts", "totals"], registry.Names);
        Assert.Equal(10, registry.HighestVersion("accounts"));
        Assert.True(registry.Has("totals", 3));
        Assert.Throws<ArgumentException>(() => registry.Find("totals", 1));
        Assert.Throws<ArgumentException>(() => registry.HighestVersion("transfers"));
    }

    [Fact]
    public void A_projection_gets_what_it_handles_decoded_and_nothing_else()
    {
        var serializer = new TextSerializer();
        var feed = new ProjectionFeed(new Named("texts", 1, typeof(string)), serializer);

        var projected = feed.Project(
            [.. Committed.Run(1, 2, "text"), .. Committed.Run(3, 2, "number"), .. Committed.Run(5, 1, "$cleared")]);

        Assert.Equal([1, 2], Committed.Positions(projected.Select(item => item.Committed)));
        Assert.All(projected, item => Assert.Equal("text", item.Content));
        Assert.Equal(2, serializer.Decoded);
    }

    [Fact]
    public void A_projection_that_handles_all_gets_the_logs_own_events_without_content()
    {
        var feed = new ProjectionFeed(new Named("everything", 1), new TextSerializer());

        var projected = feed.Project([.. Committed.Run(1, 1, "text"), .. Committed.Run(2, 1, "$cleared")]);

        Assert.Equal(["text", null], projected.Select(item => item.Content));
    }

    [Fact]
    public void For_a_projection_that_reads_no_content_nothing_is_decoded()
    {
        var serializer = new TextSerializer();
        var feed = new ProjectionFeed(new Named("index", 1) { ReadsContent = false }, serializer);

        var projected = feed.Project([.. Committed.Run(1, 2, "text"), .. Committed.Run(3, 1, "$cleared")]);

        Assert.Equal([1, 2, 3], Committed.Positions(projected.Select(item => item.Committed)));
        Assert.All(projected, item => Assert.Null(item.Content));
        Assert.Equal(0, serializer.Decoded);
    }

    [Fact]
    public void In_the_SQL_of_a_read_model_the_log_is_named_by_a_mark_and_no_table_can_be_called_so() => Assert.Equal(
        "select 1 from tickets_b3_log t join log_event l", new ReadModelTables("tickets", 3).Sql("select 1 from {log} t join {$log} l"));

    [Fact]
    public async Task Those_who_wait_leave_when_their_position_is_applied_or_their_time_is_up()
    {
        var time = new FakeTimeProvider();
        var waiters = new PositionWaiters(time);
        var soon = waiters.Wait(5, TimeSpan.FromSeconds(1));
        var late = waiters.Wait(9, TimeSpan.FromSeconds(1));
        Assert.True(waiters.Wait(9, TimeSpan.Zero).IsCompleted);

        waiters.Release(7);
        await soon;
        Assert.False(late.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        await late;
    }

    [Fact]
    public void Settings_that_cannot_work_are_refused_by_name()
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new ReadModelOptions { PageSizeMax = 0 }.Validate());
        Assert.Equal(nameof(ReadModelOptions.PageSizeMax), refusal.ParamName);
        new ReadModelOptions().Validate();
    }

    private sealed class Named(string name, int version, params Type[] handles) : IProjection
    {
        public string Name => name;

        public int Version => version;

        public IReadOnlyCollection<Type> Handles => handles;

        public bool ReadsContent { get; init; } = true;

        public string Schema(SqlDialect dialect) => "";

        public ValueTask Apply(
            IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation) => default;
    }

    private sealed class TextSerializer : IEventSerializer
    {
        public int Decoded { get; private set; }

        public ProposedEvent Encode(object @event, EventMetadata metadata) => throw new InvalidOperationException();

        public object Decode(CommittedEvent committed)
        {
            Decoded++;
            return committed.Type;
        }

        public Type Resolve(CommittedEvent committed) => committed.Type == "text" ? typeof(string) : typeof(int);
    }
}
