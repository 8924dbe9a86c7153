using OrleansEs.EventLog.Postgres;

namespace OrleansEs.Specs.EventLog;

/// <summary>What silos tell each other of their commits.</summary>
public sealed class PostgresNoticeSpecs
{
    [Fact]
    public void A_notice_is_understood_as_it_was_meant()
    {
        var text = new PostgresNotice("a1", [7, 0, 3]).ToString();

        Assert.True(PostgresNotice.TryParse(text, 8, out var notice));
        Assert.Equal("a1", notice.Sender);
        Assert.Equal([7, 0, 3], notice.Partitions);
    }

    [Fact]
    public void A_notice_of_all_partitions_of_the_largest_log_fits_into_what_the_server_takes()
    {
        var text = new PostgresNotice(Guid.NewGuid().ToString("N"), [.. Enumerable.Range(0, 1_024)]).ToString();
        Assert.InRange(text.Length, 1, 7_999);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a1")]
    [InlineData("a1 ")]
    [InlineData("a1 8")]
    [InlineData("a1 -1")]
    [InlineData("a1 1,two")]
    [InlineData("a1 1 2")]
    [InlineData(" 1")]
    public void What_is_no_notice_of_this_log_is_not_taken_for_one(string text) =>
        Assert.False(PostgresNotice.TryParse(text, 8, out _));

    [Fact]
    public async Task However_many_commits_wait_to_be_told_each_partition_is_told_once()
    {
        var commits = new PostgresCommits();
        var early = commits.Take(TestContext.Current.CancellationToken);
        Assert.False(early.IsCompleted);
        commits.Announce([3]);
        Assert.Equal(3, Assert.Single(await early));

        for (var batch = 0; batch < 100; batch++)
            commits.Announce([batch % 4, 1]);

        Assert.Equal([0, 1, 2, 3], (await commits.Take(TestContext.Current.CancellationToken)).Order());
        Assert.False(commits.Take(TestContext.Current.CancellationToken).IsCompleted);
    }
}
