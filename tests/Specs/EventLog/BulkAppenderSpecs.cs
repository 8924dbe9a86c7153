using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

/// <summary>The way in for bulks.</summary>
public sealed class BulkAppenderSpecs
{
    private static readonly JournalId s_alice = JournalId.Of("account", "alice");

    private readonly ScriptedStore _store = new();
    private readonly CommitSignal _committed = new(8);
    private readonly BulkAppender _bulks;

    public BulkAppenderSpecs() =>
        _bulks = new BulkAppender(_store, _committed, new AppendLimits(100, 10, 10, PayloadBytesMax: 4, TimeSpan.FromSeconds(1)));

    public static TheoryData<BulkAppendResult, bool> Ends => new()
    {
        { new BulkAppendResult.Appended([]), true },
        { new BulkAppendResult.Unknown("lost"), true },
        { new BulkAppendResult.NotAccepted(NotAcceptedReason.StorageFailed, "full"), false },
        { new BulkAppendResult.Refused(new Dictionary<int, AppendResult>()), false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Those_who_follow_a_partition_are_woken_when_something_may_be_there(BulkAppendResult end, bool isWoken)
    {
        _store.Bulk = end;
        var next = Enumerable.Range(0, 8).Select(_committed.Next).ToArray();

        Assert.Same(end, await _bulks.Append([Request(4)], TestContext.Current.CancellationToken));

        for (var partition = 0; partition < next.Length; partition++)
            Assert.Equal(isWoken && partition == s_alice.PartitionOf(8), next[partition].IsCompleted);
    }

    [Fact]
    public async Task A_payload_beyond_the_limit_is_refused_by_name()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            () => _bulks.Append([Request(4), Request(5)], TestContext.Current.CancellationToken));

        Assert.Contains("at most 4 bytes; a happened for account/alice has 5", refused.Message, StringComparison.Ordinal);
    }

    private static AppendRequest Request(int bytes) => new(
        s_alice, 0, Guid.NewGuid(), [new ProposedEvent("happened", 1, "json", new byte[bytes], EventMetadata.None)]);
}
