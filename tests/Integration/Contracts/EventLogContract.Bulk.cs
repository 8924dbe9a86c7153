using System.Text;
using OrleansEs.EventLog;

namespace OrleansEs.Integration.Contracts;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task A_bulk_is_written_whole_and_comes_back_as_it_was()
    {
        var metadata = new EventMetadata { CorrelationId = "c ✓", Actor = "ann", EffectiveDate = new DateOnly(2025, 3, 1) };
        var alice = Request(Journal("alice"), 0) with { Events = [Proposed("first ✓", metadata), .. OddEvents()] };
        var bob = Request(Journal("bob"), 0, events: 2);

        var appended = await MustAppendBulk(alice, bob, Request(alice.Journal, alice.Events.Count));

        Assert.Equal([alice.Events.Count, 2, alice.Events.Count + 1], appended.Results.Select(result => (int)result.LastVersion));
        var events = await WholeJournal(alice.Journal);
        for (var index = 0; index < alice.Events.Count; index++)
        {
            var (proposed, committed) = (alice.Events[index], events[index]);
            Assert.Equal((proposed.Type, proposed.TypeVersion, proposed.Format, proposed.Metadata),
                (committed.Type, committed.TypeVersion, committed.Format, committed.Metadata));
            Assert.Equal(Convert.ToHexString(proposed.Payload.Span), Convert.ToHexString(committed.Payload.Span));
            Assert.Equal((index, index + 1L, alice.CommandId, appended.Results[0].RecordedAt),
                (committed.CommandIndex, committed.Version, committed.CommandId, committed.RecordedAt));
        }
        Assert.Equal(appended.Results[2].Last, events[^1].At);
        Assert.Equal([1L, 2L], (await Log.FindCommand(bob.Journal, bob.CommandId, Cancellation)).Select(e => e.Version));
        await AssertDense();
    }

    [Fact]
    public async Task A_bulk_with_one_refused_request_writes_nothing_and_names_all_that_are_refused()
    {
        var journal = Journal("alice");
        var known = Request(journal, 0, events: 2);
        await MustAppend(known);
        var twice = Request(Journal("twice"), 0);

        var refused = Assert.IsType<BulkAppendResult.Refused>(await Log.AppendBulk(
            [
                Request(journal, 2),
                known with { ExpectedVersion = 3 },
                Request(journal, 2),
                Request(Journal("bob"), 0),
                twice,
                twice with { ExpectedVersion = 1 },
                Request(Journal("nobody"), 7),
            ],
            Cancellation));

        Assert.Equal([1, 2, 5, 6], refused.Reasons.Keys.Order());
        Assert.IsType<AppendResult.Duplicate>(refused.Reasons[1]);
        Assert.Equal(new AppendResult.Conflict(3), refused.Reasons[2]);
        Assert.IsType<AppendResult.Duplicate>(refused.Reasons[5]);
        Assert.Equal(new AppendResult.Conflict(0), refused.Reasons[6]);
        Assert.Equal(2, (await Log.ReadHeads(Cancellation)).Sum());
        Assert.Equal(2, (await WholeJournal(journal)).Count);
    }

    [Fact]
    public async Task A_command_in_a_bulk_is_a_duplicate_also_where_its_version_would_fit()
    {
        var known = Request(Journal("alice"), 0);
        await MustAppend(known);

        var refused = Assert.IsType<BulkAppendResult.Refused>(
            await Log.AppendBulk([known with { ExpectedVersion = 1 }, Request(Journal("bob"), 0)], Cancellation));

        Assert.IsType<AppendResult.Duplicate>(Assert.Single(refused.Reasons, reason => reason.Key == 0).Value);
        var twice = Request(Journal("twice"), 0);
        var twin = Assert.IsType<BulkAppendResult.Refused>(
            await Log.AppendBulk([twice, twice with { ExpectedVersion = 1 }], Cancellation));
        Assert.IsType<AppendResult.Duplicate>(Assert.Single(twin.Reasons, reason => reason.Key == 1).Value);
        Assert.Equal(1, (await Log.ReadHeads(Cancellation)).Sum());
    }

    [Fact]
    public async Task A_bulk_that_is_sent_again_is_all_duplicates()
    {
        AppendRequest[] requests = [Request(Journal("alice"), 0), Request(Journal("alice"), 1), Request(Journal("bob"), 0)];
        await MustAppendBulk(requests);

        var refused = Assert.IsType<BulkAppendResult.Refused>(await Log.AppendBulk(requests, Cancellation));

        Assert.Equal(3, refused.Reasons.Count);
        Assert.All(refused.Reasons.Values, reason => Assert.IsType<AppendResult.Duplicate>(reason));
    }

    [Fact]
    public async Task Positions_versions_and_times_stay_in_order_over_bulks_and_batches_from_many_writers()
    {
        var seed = Environment.TickCount;
        Seeded(seed);
        var written = await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            var random = new Random(seed + writer);
            var events = 0;
            for (var round = 0; round < 20; round++)
            {
                var journal = Journal($"j{random.Next(10)}");
                var version = (await WholeJournal(journal)).Count;
                AppendRequest[] requests =
                [
                    Request(journal, version, random.Next(1, 4)), Request(Journal($"w{writer}-{round}"), 0, random.Next(1, 40)),
                ];
                if (writer % 2 == 0)
                    events += (await Log.AppendBatch(requests, Cancellation))
                        .Select((result, index) => result is AppendResult.Appended ? requests[index].Events.Count : 0).Sum();
                else if (await Log.AppendBulk(requests, Cancellation) is BulkAppendResult.Appended)
                    events += requests.Sum(request => request.Events.Count);
            }
            return events;
        }));

        Assert.Equal(written.Sum(), (await Log.ReadHeads(Cancellation)).Sum());
        await AssertDense();
        for (var partition = 0; partition < Log.Identity.Partitions; partition++)
        {
            var events = await WholePartition(partition);
            Assert.Equal(events.Select(e => e.RecordedAt).Order(), events.Select(e => e.RecordedAt));
            foreach (var journal in events.GroupBy(e => e.Journal))
                Assert.Equal(Enumerable.Range(1, journal.Count()).Select(version => (long)version), journal.Select(e => e.Version));
        }
    }

    [Fact]
    public async Task A_large_bulk_is_written_and_a_larger_one_is_refused()
    {
        var requests = Enumerable.Range(0, 10_000).Select(number => Request(Journal($"j{number % 100}"), number / 100)).ToArray();

        var appended = await MustAppendBulk(requests);

        Assert.Equal(10_000, (await Log.ReadHeads(Cancellation)).Sum());
        Assert.All(appended.Results.Skip(9_900), result => Assert.Equal(100, result.LastVersion));
        await AssertDense();
        var many = await Assert.ThrowsAsync<ArgumentException>(() => Log.AppendBulk([Request(Journal("many"), 0, 50_001)], Cancellation));
        Assert.Contains("at most 50000 events; this one has 50001", many.Message, StringComparison.Ordinal);
        var big = new ProposedEvent("t", 1, "orleans", new byte[(32 << 20) + 1], EventMetadata.None);
        await Assert.ThrowsAsync<ArgumentException>(
            () => Log.AppendBulk([Request(Journal("big"), 0) with { Events = [big] }], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Log.AppendBulk([], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Log.AppendBulk([Request(Journal("none"), 0, events: 0)], Cancellation));
    }

    [Fact]
    public async Task Events_of_another_log_are_restored_as_they_are_and_the_log_goes_on_after_them()
    {
        await MustAppend(Request(Journal("alice"), 0) with { Events = OddEvents() });
        for (var number = 0; number < 20; number++)
            await MustAppend(Request(Journal($"j{number}"), 0, events: 3));
        await using var other = await MakeFixture();

        var events = await WholeLog(Log);
        await other.Log.Restore([.. events.Take(30)], Cancellation);
        await other.Log.Restore([.. events.Skip(30)], Cancellation);

        Assert.Equal(events.Select(Shown), (await WholeLog(other.Log)).Select(Shown));
        Assert.Equal(await Log.ReadHeads(Cancellation), await other.Log.ReadHeads(Cancellation));
        var next = (await other.Log.AppendBatch([Request(Journal("j3"), 3)], Cancellation))[0];
        Assert.Equal(4, Assert.IsType<AppendResult.Appended>(next).LastVersion);
        Assert.True(((AppendResult.Appended)next).RecordedAt >= events.Max(e => e.RecordedAt));
    }

    [Fact]
    public async Task Events_that_do_not_follow_are_refused_by_name_and_nothing_is_restored()
    {
        var journal = Journal("alice");
        await MustAppend(Request(journal, 0, events: 4));
        var events = await WholeLog(Log);
        await using var other = await MakeFixture();
        await other.Log.Restore([events[0]], Cancellation);
        var partition = events[0].At.Partition;
        var wrong = new LogPosition((partition + 1) % 8, 1);

        (CommittedEvent[] Events, string Expected)[] refusals =
        [
            ([events[0]], "position 2 of the partition is next"),
            ([events[1], events[3]], $"The event at {events[3].At}"),
            ([events[1], events[2] with { Version = 9 }], "version 3 of the journal is next"),
            ([events[1] with { At = wrong }], "keeps that journal in partition"),
            ([events[1] with { RecordedAt = DateTimeOffset.UnixEpoch }], "it is older"),
        ];
        foreach (var (restored, expected) in refusals)
        {
            var refused = await Assert.ThrowsAsync<RestoreRefusedException>(() => other.Log.Restore(restored, Cancellation));
            Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal([Shown(events[0])], (await WholeLog(other.Log)).Select(Shown));
        await other.Log.Restore([.. events.Skip(1)], Cancellation);
    }

    private static ProposedEvent[] OddEvents() =>
    [
        new("test.binary", 7, "orleans", new byte[] { 0, 255, 1, 128 }, EventMetadata.None),
        new("test.empty", 1, "orleans", ReadOnlyMemory<byte>.Empty, EventMetadata.None),
        new("test.empty-json", 1, "json", ReadOnlyMemory<byte>.Empty, new EventMetadata { RequestHash = "h" }),
        new("test.no-text", 1, "json", new byte[] { (byte)'"', 0xC3, (byte)'"' }, EventMetadata.None),
        new("test.with-nul", 1, "json", new byte[] { (byte)'"', 0, (byte)'"' }, EventMetadata.None),
        new("test.part", 1, "json", Encoding.UTF8.GetBytes("xx{}xx").AsMemory(2, 2), EventMetadata.None),
        new("test.größer ✓", 3, "json", Encoding.UTF8.GetBytes($"\"{new string('é', 100_000)}\""), EventMetadata.None),
    ];

    // Records compare payloads by where they lie.
    private static (CommittedEvent, string) Shown(CommittedEvent committed) =>
        (committed with { Payload = default }, Convert.ToHexString(committed.Payload.Span));

    private static async Task<IReadOnlyList<CommittedEvent>> WholeLog(IEventLogStore log)
    {
        var events = new List<CommittedEvent>();
        for (var partition = 0; partition < log.Identity.Partitions; partition++)
            events.AddRange(await log.ReadPartition(new LogPosition(partition, 0), 100_000, Cancellation));
        return events;
    }

    private async Task<BulkAppendResult.Appended> MustAppendBulk(params AppendRequest[] requests) =>
        Assert.IsType<BulkAppendResult.Appended>(await Log.AppendBulk(requests, Cancellation));
}
