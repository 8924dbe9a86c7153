using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

public sealed class CoordinateSpecs
{
    [Fact]
    public void A_journal_id_splits_at_its_first_slash()
    {
        var journal = JournalId.Parse("account/assets/bank");
        Assert.Equal("account", journal.Type);
        Assert.Equal("assets/bank", journal.Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("account")]
    [InlineData("/alice")]
    [InlineData("account/")]
    [InlineData("account/a\nb")]
    public void A_text_that_is_no_journal_id_is_refused(string text)
    {
        Assert.False(JournalId.TryParse(text, out _));
        Assert.Throws<ArgumentException>(() => JournalId.Parse(text));
    }

    [Fact]
    public void A_journal_id_that_is_too_long_is_refused() =>
        Assert.False(JournalId.TryParse("account/" + new string('a', JournalId.LengthMax), out _));

    [Theory]
    // Frozen: a journal that changed its partition would be lost to its readers.
    [InlineData("account/alice", 2)]
    [InlineData("account/Zürich:Käse", 1)]
    [InlineData("transfer/t-1", 5)]
    public void A_journal_stays_in_its_partition_for_ever(string text, int partition) =>
        Assert.Equal(partition, JournalId.Parse(text).PartitionOf(8));

    [Fact]
    public void Journals_spread_evenly_over_the_partitions()
    {
        var counts = Enumerable.Range(0, 8_000)
            .CountBy(number => JournalId.Of("account", $"a-{number}").PartitionOf(8))
            .Select(entry => entry.Value);
        Assert.All(counts, count => Assert.InRange(count, 850, 1_150));
    }

    [Fact]
    public void A_read_token_survives_its_text() =>
        Assert.Equal(new LogPosition(3, 1204), LogPosition.Parse(new LogPosition(3, 1204).ToString()));

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("3:")]
    [InlineData("-1:5")]
    [InlineData("3:5:7")]
    [InlineData("a:b")]
    [InlineData("3:99999999999999999999")]
    public void A_text_that_is_no_read_token_is_refused(string text) =>
        Assert.Throws<FormatException>(() => LogPosition.Parse(text));

    [Fact]
    public void Who_takes_the_signal_before_a_commit_is_woken_by_it()
    {
        var signal = new CommitSignal(2);
        var (first, other) = (signal.Next(0), signal.Next(1));
        signal.Committed(0);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(other.IsCompleted);
        Assert.False(signal.Next(0).IsCompleted);
    }
}
