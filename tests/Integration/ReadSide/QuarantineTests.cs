using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>What becomes of a journal of which an event cannot be applied, on a store that the derived class names.</summary>
public abstract partial class QuarantineTests
{
    private const long Poison = 13;

    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    // Who is tried again is tried because somebody said so.
    private static readonly Action<ReadModelOptions> OnlyByHand = options =>
        options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = Never;

    private readonly TallyFault _fault = new() { PoisonAmount = Poison };

    protected abstract ValueTask<TestStore> NewStore();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_the_journal_of_an_event_that_cannot_be_applied_stops_and_answers_say_so()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var (sick, well) = TwoOfOnePartition();
        await host.Append(sick, 1, 2);
        var poison = await host.Append(sick, Poison);
        await host.Append(sick, 4);

        await host.Applied(await host.Append(well, 5, 6));
        await host.Applied(await host.Append(well, 7));

        var rows = await host.Rows();
        Assert.Equal(2, rows[$"test/{sick}"].Count);
        Assert.Equal(TallyProjection.Fold([5, 6, 7]), rows[$"test/{well}"]);
        var part = await host.Part(poison.Partition).Status();
        Assert.Equal(("live", null, part.Head, 1), (part.State, part.Error, part.Position, part.Parked));
        var parked = Assert.Single(await host.Control.Parked(10));
        Assert.Equal(
            (1, JournalId.Of("test", sick), 3L, poison, "test.added", "retrying", 1),
            (parked.Build, parked.Journal, parked.Version, parked.At, parked.Type, parked.State, parked.Attempts));
        Assert.Equal("InvalidOperationException: cannot take 13", parked.Error);
        Assert.Equal(1, await ParkedInAnswers(host));
        Assert.Empty(await Decisions(host));
    }

    [Theory]
    [InlineData(FaultKind.Constraint)]
    [InlineData(FaultKind.Statement)]
    public async Task An_event_that_the_database_refuses_parks_its_journal(FaultKind kind)
    {
        _fault.Kind = kind;
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var (sick, well) = TwoOfOnePartition();
        await host.Append(sick, 1, Poison, 3);

        await host.Applied(await host.Append(well, 5));

        Assert.Equal(2, Assert.Single(await host.Control.Parked(10)).Version);
        Assert.Equal(TallyProjection.Fold([1]), (await host.Rows())[$"test/{sick}"]);
    }

    [Fact]
    public async Task A_database_that_cannot_be_used_parks_nothing_and_the_part_goes_on_when_it_can()
    {
        _fault.Kind = FaultKind.Unavailable;
        await using var store = await NewStore();
        await using var host = await Start(store, options => options.RetryDelayMax = TimeSpan.FromMilliseconds(200));
        var (sick, well) = TwoOfOnePartition();
        var poison = await host.Append(sick, 1, Poison);
        await host.Append(well, 5);

        await Eventually.Holds(
            async () => (await host.Part(poison.Partition).Status()) is { State: "failed", Error: not null },
            ReadSideHost.Long, "failed");
        Assert.Empty(await host.Control.Parked(10));
        Assert.False((await host.Rows()).ContainsKey($"test/{well}"));

        _fault.PoisonAmount = null;
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_parked_journal_heals_by_itself_when_the_code_is_repaired()
    {
        await using var store = await NewStore();
        await using var host = await Start(
            store, options => options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMilliseconds(50));
        var (sick, well) = TwoOfOnePartition();
        await host.Append(sick, 1, Poison, 3, Poison, 5);
        await host.Applied(await host.Append(well, 5));
        await host.Append(sick, 6);
        await Eventually.Holds(async () => (await host.Control.Parked(10)).Any(one => one.Attempts > 2), ReadSideHost.Long, "tried");

        _fault.PoisonAmount = null;

        await NothingParked(host);
        await host.AssertRowsEqualFold();
        Assert.Equal(0, await ParkedInAnswers(host));
        Assert.Empty(await Decisions(host));
    }

    [Fact]
    public async Task A_parked_journal_is_tried_again_after_growing_delays_up_to_a_limit()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        // The grain of the part stands, and another one with a clock of ours follows in its place.
        await host.Control.Pause();
        await host.Append("sick", 1, Poison, 3);
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var options = new ReadModelOptions
        {
            ParkedRetryDelayMin = TimeSpan.FromSeconds(1),
            ParkedRetryDelayMax = TimeSpan.FromSeconds(5),
            ParkedAttemptsMax = 6,
            PollInterval = Never,
        };
        await using var follower = new RivalFollower(
            host, JournalId.Of("test", "sick").PartitionOf(ReadSideHost.Partitions), time, options);
        foreach (var (attempt, seconds) in new[] { 1, 2, 4, 5, 5 }.Index())
        {
            await Eventually.Holds(
                async () => (await host.Control.Parked(10)) is [{ } parked] && parked.Attempts == attempt + 1, ReadSideHost.Long,
                $"attempt {attempt + 1}");
            var nextAt = Assert.Single(await host.Control.Parked(10)).NextAt;
            Assert.Equal(TimeSpan.FromSeconds(seconds), nextAt - time.GetUtcNow());

            time.Advance(TimeSpan.FromSeconds(seconds));
        }
        await Quarantined(host);
        Assert.Equal(6, Assert.Single(await host.Control.Parked(10)).Attempts);
    }

    [Fact]
    public async Task After_the_last_attempt_a_journal_waits_for_a_person_also_over_a_restart()
    {
        await using var store = await NewStore();
        void Twice(ReadModelOptions options)
        {
            options.ParkedAttemptsMax = 2;
            options.ParkedRetryDelayMin = options.ParkedRetryDelayMax = TimeSpan.FromMilliseconds(10);
        }
        await using (var before = await Start(store, Twice))
        {
            await before.Append("sick", 1, Poison, 3);
            await Quarantined(before);
        }
        _fault.PoisonAmount = null;
        await using var host = await Start(store, Twice);
        var token = await host.Append("sick", 4);
        await host.Applied(token);

        var parked = Assert.Single(await host.Control.Parked(10));
        Assert.Equal((2, 2, null), (parked.Version, parked.Attempts, parked.NextAt));
        Assert.Equal(1, (await host.Rows())["test/sick"].Count);

        Assert.Equal(1, await host.Control.Retry(parked.Journal, "ann"));
        await NothingParked(host);
        await host.AssertRowsEqualFold();
        Assert.Equal("retry by ann of test/sick 2 in build 1", Assert.Single(await Decisions(host)));
    }

    [Fact]
    public async Task A_retry_that_fails_again_leaves_the_journal_in_quarantine()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, options => options.ParkedAttemptsMax = 1);
        await host.Append("sick", 1, Poison, 3);
        await Quarantined(host);

        Assert.Equal(1, await host.Control.Retry(null, "ann"));

        await Eventually.Holds(
            async () => Assert.Single(await host.Control.Parked(10)) is { Attempts: 2, State: ParkedEvent.Quarantined },
            ReadSideHost.Long, "tried again");
        Assert.Equal(1, (await host.Rows())["test/sick"].Count);
    }

    [Fact]
    public async Task A_skip_leaves_out_just_the_failing_event_and_is_on_record_with_its_reason()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var journal = JournalId.Of("test", "sick");
        await host.Applied(await host.Append("sick", 1, Poison, 3, Poison, 5));

        await host.Control.Skip(journal, 2, "a test deposit", "ann");

        await Eventually.Holds(
            async () => Assert.Single(await host.Control.Parked(10)) is { Version: 4, Attempts: 1 }, ReadSideHost.Long, "at the next");
        Assert.Equal(TallyProjection.Fold([1, 3]), (await host.Rows())["test/sick"]);
        var again = await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Skip(journal, 2, "a test deposit", "ann"));
        Assert.Contains("parked at version 4", again.Message, StringComparison.Ordinal);

        await host.Control.Skip(journal, 4, "another one", "bob");
        await NothingParked(host);
        await host.Applied(await host.Append("sick", 6));
        Assert.Equal(TallyProjection.Fold([1, 3, 5, 6]), (await host.Rows())["test/sick"]);
        Assert.Equal(
            ["skip by ann of test/sick 2 in build 1: a test deposit", "skip by bob of test/sick 4 in build 1: another one"],
            await Decisions(host));
    }

    [Fact]
    public async Task Nothing_is_skipped_without_a_reason_and_a_journal_that_fails()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var journal = JournalId.Of("test", "sick");
        await host.Applied(await host.Append("sick", 1, Poison, 3));
        await host.Applied(await host.Append("well", 1));

        await Assert.ThrowsAsync<ArgumentException>(() => host.Control.Skip(journal, 2, " ", "ann"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Control.Skip(journal, 2, "a reason", ""));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Control.Skip(journal, 2, "two\nlines", "ann"));
        await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Skip(journal, 1, "a reason", "ann"));
        await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Skip(JournalId.Of("test", "well"), 1, "a reason", "ann"));
        await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Retry(JournalId.Of("test", "well"), "ann"));
        await host.Control.Pause();
        await Assert.ThrowsAsync<ReadModelBusyException>(() => host.Control.Skip(journal, 2, "a reason", "ann"));

        Assert.Equal(2, Assert.Single(await host.Control.Parked(10)).Version);
        Assert.Empty(await Decisions(host));
    }

    [Fact]
    public async Task What_was_decided_cannot_be_changed_or_deleted()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        await host.Applied(await host.Append("sick", Poison));
        await host.Control.Skip(JournalId.Of("test", "sick"), 1, "a test deposit", "ann");

        await Assert.ThrowsAnyAsync<Exception>(() => Execute(host, "update read_model_decision set reason = 'none'"));
        await Assert.ThrowsAnyAsync<Exception>(() => Execute(host, "delete from read_model_decision"));

        Assert.Single(await Decisions(host));
    }

    [Fact]
    public async Task A_new_build_of_the_same_code_leaves_out_what_was_skipped_and_says_so()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        await host.Applied(await host.Append("sick", 1, Poison, 3));
        await host.Control.Skip(JournalId.Of("test", "sick"), 2, "a test deposit", "ann");
        await NothingParked(host);

        await host.Control.Rebuild(null);
        await Eventually.Holds(async () => (await host.Control.Show()).Live.Number == 2, ReadSideHost.Long, "live");
        await host.Reader.WaitFor(ReadSideHost.ReadModel, [await host.Append("sick", 4)], ReadSideHost.Long, Cancellation);

        Assert.Equal(TallyProjection.Fold([1, 3, 4]), (await host.Rows())["test/sick"]);
        Assert.Empty(await host.Control.Parked(10));
        Assert.Equal(
            ["skip by ann of test/sick 2 in build 1: a test deposit", "skip by ann of test/sick 2 in build 2: a test deposit"],
            await Decisions(host));
    }

    [Fact]
    public async Task A_part_parks_no_more_than_it_may_and_goes_on_when_the_code_is_repaired()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, options =>
        {
            OnlyByHand(options);
            options.ParkedMax = 2;
            options.RetryDelayMax = TimeSpan.FromMilliseconds(100);
        });
        var keys = KeysOfPartition(3, 4);
        foreach (var key in keys)
            await host.Append(key, 1, Poison, 3);
        await Eventually.Holds(async () => (await host.Part(3).Status()).State == "failed", ReadSideHost.Long, "failed");

        var part = await host.Part(3).Status();
        Assert.Equal((7, 12, 2), (part.Position, part.Head, part.Parked));
        Assert.Contains("as many as may be (ParkedMax)", part.Error, StringComparison.Ordinal);
        Assert.Contains($"journal test/{keys[2]}", part.Error, StringComparison.Ordinal);

        _fault.PoisonAmount = null;
        Assert.Equal(2, await host.Control.Retry(null, "ann"));
        await NothingParked(host);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Two_owners_of_a_part_park_a_journal_once_and_neither_applies_past_its_failing_event()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        var (sick, well) = TwoOfOnePartition();
        var partition = JournalId.Of("test", sick).PartitionOf(ReadSideHost.Partitions);
        await using var rival = new RivalFollower(host, partition, TimeProvider.System);
        LogPosition last = default;
        for (var round = 0; round < 100; round++)
        {
            await host.Append(sick, round == 20 ? Poison : 100 + round);
            last = await host.Append(well, 1_000 + round);
            await rival.Nudge();
        }
        await host.Applied(last);

        Assert.Equal(20, (await host.Rows())[$"test/{sick}"].Count);
        Assert.Equal(21, Assert.Single(await host.Control.Parked(10)).Version);
        _fault.PoisonAmount = null;
        await host.Control.Retry(null, "ann");
        await NothingParked(host);
        await rival.Nudge();
        await host.Append(sick, 7);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task An_owner_who_does_not_know_that_a_journal_was_taken_back_does_not_leave_out_its_events()
    {
        await using var store = await NewStore();
        await using var host = await Start(store, OnlyByHand);
        await host.Control.Pause();
        var last = await host.Append("sick", 1, Poison, 3);
        var options = new ReadModelOptions { PollInterval = Never };
        OnlyByHand(options);
        await using var one = new RivalFollower(host, last.Partition, TimeProvider.System, options);
        await using var other = new RivalFollower(host, last.Partition, TimeProvider.System, options);
        await Eventually.Holds(
            () => Task.FromResult(one is { Position: 3, Parked: 1 } && other is { Position: 3, Parked: 1 }), ReadSideHost.Long,
            "both know that the journal is parked");
        _fault.PoisonAmount = null;
        await one.Retry();
        await NothingParked(host);
        Assert.Equal(1, other.Parked);

        await host.Append("sick", 4);
        await other.Nudge();

        await Eventually.Holds(() => Task.FromResult(other.Position == 4), ReadSideHost.Long, "moved on by the other");
        Assert.Equal(0, other.Parked);
        Assert.Equal(TallyProjection.Fold([1, Poison, 3, 4]), (await host.Rows())["test/sick"]);
    }
}
