using OrleansEs.EventLog;

namespace OrleansEs.Integration.Contracts;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task The_events_of_one_append_get_contiguous_versions_and_positions_and_come_back_as_they_were()
    {
        var journal = Journal("alice");
        var metadata = new EventMetadata
        {
            CorrelationId = "c-1",
            CausationId = "cause",
            Actor = "ann",
            EffectiveDate = new DateOnly(2025, 3, 1),
            RequestHash = "h",
        };
        var request = Request(journal, 0) with
        {
            Events =
            [
                Proposed("first ✓", metadata),
                new ProposedEvent("test.binary", 7, "orleans", new byte[] { 0, 255, 1, 128 }, EventMetadata.None),
            ],
        };

        var appended = await MustAppend(request);

        Assert.Equal(2, appended.LastVersion);
        Assert.Equal(new LogPosition(journal.PartitionOf(Log.Identity.Partitions), 2), appended.Last);
        var events = await WholeJournal(journal);
        Assert.Equal([1L, 2L], events.Select(e => e.Version));
        Assert.Equal([1L, 2L], events.Select(e => e.At.Position));
        Assert.Equal([0, 1], events.Select(e => e.CommandIndex));
        Assert.All(events, e => Assert.Equal(
            (journal, request.CommandId, appended.RecordedAt), (e.Journal, e.CommandId, e.RecordedAt)));
        Assert.Equal(request.Events.Select(e => (e.Type, e.TypeVersion, e.Format, e.Metadata)),
            events.Select(e => (e.Type, e.TypeVersion, e.Format, e.Metadata)));
        Assert.Equal(request.Events.Select(e => Convert.ToHexString(e.Payload.Span)),
            events.Select(e => Convert.ToHexString(e.Payload.Span)));
    }

    [Fact]
    public async Task An_append_with_another_version_than_the_journals_is_a_conflict_that_writes_nothing()
    {
        var journal = Journal("alice");
        await MustAppend(Request(journal, 0, events: 3));

        Assert.Equal(new AppendResult.Conflict(3), await Append(Request(journal, 2)));
        Assert.Equal(new AppendResult.Conflict(3), await Append(Request(journal, 4)));
        Assert.Equal(new AppendResult.Conflict(0), await Append(Request(Journal("nobody"), 1)));

        Assert.Equal(3, (await WholeJournal(journal)).Count);
        Assert.Equal(3, (await Log.ReadHeads(Cancellation)).Sum());
    }

    [Fact]
    public async Task A_command_that_is_in_the_journal_is_a_duplicate_before_it_is_a_conflict()
    {
        var journal = Journal("alice");
        var request = Request(journal, 0, events: 2);
        await MustAppend(request);
        await MustAppend(Request(journal, 2));

        var duplicate = Assert.IsType<AppendResult.Duplicate>(await Append(request with { ExpectedVersion = 3 }));
        Assert.IsType<AppendResult.Duplicate>(await Append(request));

        Assert.Equal([1L, 2L], duplicate.Events.Select(e => e.Version));
        Assert.Equal([0, 1], duplicate.Events.Select(e => e.CommandIndex));
        Assert.Equal(3, (await WholeJournal(journal)).Count);
    }

    [Fact]
    public async Task One_command_id_may_write_to_two_journals()
    {
        var command = Guid.NewGuid();

        await MustAppend(Request(Journal("alice"), 0, command: command));
        await MustAppend(Request(Journal("bob"), 0, command: command));
    }

    [Fact]
    public async Task A_request_sees_what_the_requests_before_it_in_the_batch_did()
    {
        var journal = Journal("alice");
        var first = Request(journal, 0);

        var results = await Log.AppendBatch(
            [first, Request(journal, 1, events: 2), Request(journal, 1), first with { ExpectedVersion = 3 }, Request(journal, 3)],
            Cancellation);

        Assert.Equal(1, Assert.IsType<AppendResult.Appended>(results[0]).LastVersion);
        Assert.Equal(3, Assert.IsType<AppendResult.Appended>(results[1]).LastVersion);
        Assert.Equal(new AppendResult.Conflict(3), results[2]);
        Assert.Single(Assert.IsType<AppendResult.Duplicate>(results[3]).Events);
        Assert.Equal(4, Assert.IsType<AppendResult.Appended>(results[4]).LastVersion);
    }

    [Fact]
    public async Task A_conflict_never_fails_its_neighbours_and_leaves_no_hole()
    {
        var results = await Log.AppendBatch(
            [.. Enumerable.Range(0, 40).Select(number => Request(Journal($"j{number}"), number % 3 == 0 ? 5 : 0, events: 2))],
            Cancellation);

        for (var number = 0; number < 40; number++)
        {
            Assert.Equal(number % 3 != 0, results[number] is AppendResult.Appended);
            Assert.Equal(number % 3 == 0 ? 0 : 2, (await WholeJournal(Journal($"j{number}"))).Count);
        }
        await AssertDense();
    }

    [Fact]
    public async Task Positions_and_versions_stay_dense_over_random_batches_from_many_writers()
    {
        var seed = Environment.TickCount;
        Seeded(seed);
        var writers = Enumerable.Range(0, 6).Select(async writer =>
        {
            var random = new Random(seed + writer);
            for (var round = 0; round < 15; round++)
                await Log.AppendBatch(
                    [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => Request(
                        Journal($"j{random.Next(10)}"), random.Next(0, 6), random.Next(1, 4)))],
                    Cancellation);
        });

        await Task.WhenAll(writers);

        await AssertDense();
        for (var number = 0; number < 10; number++)
        {
            var events = await WholeJournal(Journal($"j{number}"));
            Assert.Equal(Enumerable.Range(1, events.Count).Select(version => (long)version), events.Select(e => e.Version));
        }
    }

    [Fact]
    public async Task Of_many_racers_who_create_one_journal_exactly_one_wins()
    {
        var journal = Journal("contended");

        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Append(Request(journal, 0))));

        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Equal(31, results.Count(result => result is AppendResult.Conflict(1)));
        Assert.Single(await WholeJournal(journal));
    }

    [Fact]
    public async Task Journal_names_differ_by_case_and_may_hold_any_letters()
    {
        foreach (var key in (string[])["alice", "Alice", "ÄLICE", "名前/with/slashes", "'; drop table log_event; --"])
            Assert.Equal(1, (await MustAppend(Request(Journal(key), 0))).LastVersion);
    }

    [Fact]
    public async Task Recorded_times_never_run_backwards_along_a_partition()
    {
        for (var number = 0; number < 50; number++)
            await MustAppend(Request(Journal($"j{number}"), 0));

        for (var partition = 0; partition < Log.Identity.Partitions; partition++)
        {
            var times = (await WholePartition(partition)).Select(e => e.RecordedAt).ToArray();
            Assert.Equal(times.Order(), times);
        }
    }

    // Every partition holds the positions 1 to its head, without a hole, and nothing after it.
    private async Task AssertDense()
    {
        var heads = await Log.ReadHeads(Cancellation);
        for (var partition = 0; partition < heads.Count; partition++)
        {
            var positions = (await WholePartition(partition)).Select(e => e.At.Position).ToArray();
            Assert.Equal(Enumerable.Range(1, (int)heads[partition]).Select(position => (long)position), positions);
        }
    }
}
