using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.EventLog.Hosting;
using OrleansEs.Integration.Faults;

namespace OrleansEs.Integration.Consistency;

/// <summary>What a plain journaled grain may rely on: each clause of the promise has its test here.</summary>
public sealed class JournaledGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private JournalDatabase _database = null!;
    private IGrainFactory _grains = null!;

    public async ValueTask InitializeAsync()
    {
        _database = new JournalDatabase();
        _grains = (await _database.StartCluster()).Client;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private INotebookGrain Diary => _grains.GetGrain<INotebookGrain>("diary");

    [Fact]
    public async Task Events_raised_and_not_confirmed_are_sent_in_the_background_at_once()
    {
        var counts = await Diary.WriteLater("one");

        Assert.Equal([0, 1, 1], counts);
        await Eventually.Holds(
            async () => (await _database.Journal("notebook", "diary")).Count == 1, Patience, "the event is in the log");
    }

    [Fact]
    public async Task Events_raised_and_not_confirmed_are_flushed_at_deactivation()
    {
        var gate = new TaskCompletionSource();
        await Diary.Refresh();
        _database.Log.HoldAppends = gate.Task;
        await Diary.WriteLater("one");
        await Diary.Leave();

        // The next activation begins only when this one has flushed: else it would see nothing.
        var next = Diary.Lines();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(
            TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken));
        gate.SetResult();

        Assert.Equal(["one"], await next);
        Assert.Single(await _database.Journal("notebook", "diary"));
    }

    [Fact]
    public async Task Unconditional_events_are_never_refused_because_of_a_conflict()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<INotebookGrain>("diary");
        await Diary.Refresh();
        await other.Write("theirs");
        await Diary.Write("mine");

        Assert.Equal(["theirs", "mine"], await Diary.Lines());
        await other.Refresh();
        Assert.Equal(["theirs", "mine"], await other.Lines());
    }

    [Fact]
    public async Task Conditional_events_are_refused_because_of_a_conflict_and_the_state_is_the_others()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<INotebookGrain>("diary");
        await Diary.Refresh();
        await other.Write("theirs");

        Assert.False(await Diary.WriteManyIf(["mine", "mine too"]));
        Assert.Equal(["theirs"], await Diary.Lines());
        Assert.True(await Diary.WriteIf("mine"));
    }

    [Fact]
    public async Task Two_activations_in_a_race_keep_every_unconditional_event_once()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<INotebookGrain>("diary");
        var expected = Enumerable.Range(0, 100).Select(n => $"line {n}").ToArray();

        await Task.WhenAll(expected.Select((line, n) => (n % 2 == 0 ? other : Diary).Write(line)));

        await Diary.Refresh();
        Assert.Equal(expected.Order(), (await Diary.Lines()).Order());
        Assert.Equal(100, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task A_grain_whose_OnActivateAsync_does_not_call_its_base_loads_by_itself()
    {
        var lazy = _grains.GetGrain<ILazyGrain>("lazy");
        await lazy.Add(4);
        await lazy.Leave();

        await Eventually.Holds(async () => await lazy.Sum() == 4, Patience, "the grain has loaded by itself");
        await lazy.Leave();
        await lazy.Add(1);
        Assert.Equal(5, await lazy.Sum());
    }

    [Fact]
    public async Task A_grain_that_names_its_provider_is_served_by_the_log_under_that_name()
    {
        var named = _grains.GetGrain<INamedGrain>("named");
        await named.Add(3);
        await named.Leave();

        Assert.Equal(3, await named.Sum());
        Assert.Single(await _database.Journal("named", "named"));
    }

    [Fact]
    public async Task Reentrant_grains_batch()
    {
        var busy = _grains.GetGrain<IBusyGrain>("busy");
        await busy.Add(0);
        var before = _database.Log.Appends;
        var gate = new TaskCompletionSource();
        _database.Log.HoldAppends = gate.Task;
        var adding = Enumerable.Range(0, 100).Select(_ => busy.Add(1)).ToList();
        await Eventually.Holds(() => Task.FromResult(_database.Log.Appends > before), Patience, "the first batch is sent");
        gate.SetResult();
        await Task.WhenAll(adding);

        Assert.Equal(100, await busy.Sum());
        Assert.InRange(_database.Log.Appends - before, 1, 20);
    }

    [Fact]
    public async Task The_version_counts_the_events_since_the_last_clear_and_the_journal_grows_on()
    {
        await Diary.WriteMany(["one", "two"]);
        await Diary.Clear();
        Assert.Equal(0, await Diary.Version());
        Assert.Empty(await Diary.Lines());
        Assert.Empty(await Diary.History(0, 0));

        await Diary.WriteMany(["three", "four"]);
        await Diary.Leave();

        Assert.Equal(2, await Diary.Version());
        Assert.Equal(["three", "four"], await Diary.History(0, await Diary.Version()));
        var journal = await _database.Journal("notebook", "diary");
        Assert.Equal([1L, 2, 3, 4, 5], journal.Select(e => e.Version));
        Assert.Equal("$cleared", journal[2].Type);
    }

    [Fact]
    public async Task Clearing_an_empty_journal_writes_nothing()
    {
        await Diary.Clear();
        await Diary.Write("one");
        await Diary.Clear();
        await Diary.Clear();

        Assert.Equal(2, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task A_clear_by_another_activation_is_seen()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<INotebookGrain>("diary");
        await Diary.WriteMany(["one", "two"]);
        await other.Refresh();
        await Diary.Clear();
        await other.Write("anew");

        Assert.Equal(["anew"], await other.Lines());
        Assert.Equal(1, await other.Version());
    }

    [Fact]
    public async Task State_and_events_may_be_abstract_and_polymorphic()
    {
        var zoo = _grains.GetGrain<IZooGrain>("zoo");
        await zoo.Admit(new Cat { Name = "Tom", Lives = 8 });
        await zoo.Admit(new Dog { Name = "Rex" });
        string[] expected = ["cat Tom 8", "dog Rex trick 1"];

        Assert.Equal(expected, await zoo.Animals());
        await zoo.Leave();
        Assert.Equal(expected, await zoo.Animals());
    }

    [Fact]
    public async Task A_state_that_cannot_be_encoded_is_served_whole_and_gets_no_snapshots_which_is_said_once()
    {
        var grains = (await _database.StartCluster(o => o.SnapshotEvery = 2)).Client;
        IOddGrain[] odd =
        [
            grains.GetGrain<IForgetfulGrain>("a"), grains.GetGrain<IForgetfulGrain>("b"), grains.GetGrain<ISecretiveGrain>("a"),
            grains.GetGrain<IHoardingGrain>("a"), grains.GetGrain<IHoardingGrain>("b"),
        ];
        foreach (var grain in odd)
        {
            for (var number = 1; number <= 5; number++)
                await grain.Add(number);
            await grain.Leave();
            Assert.Equal(15, await grain.Sum());
        }

        Assert.Equal(0, _database.Snapshots.Writes);
        var said = _database.Messages.Messages.Where(m => m.Contains("gets no snapshots", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, said.Count);
        Assert.DoesNotContain(_database.Messages.Messages, m => m.Contains("was not written", StringComparison.Ordinal));
        Assert.Contains("ForgetfulState.Sum", said[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_never_enters_the_log_and_its_exception_reaches_the_caller()
    {
        await Diary.Write("one");

        Assert.Contains("Nobody", (await Assert.ThrowsAsync<InvalidOperationException>(
            () => Diary.WriteMany(["two", "unwritable"]))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Diary.WriteIf("unwritable"));
        await Diary.Write("three");

        Assert.Equal(["one", "three"], await Diary.Lines());
        Assert.Equal(2, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task Of_events_that_are_sent_together_only_the_one_that_is_too_large_is_dropped()
    {
        await Diary.Lines();
        var before = _database.Log.Appends;
        var gate = new TaskCompletionSource();
        _database.Log.HoldAppends = gate.Task;
        await Diary.WriteLater("zero");
        await Eventually.Holds(() => Task.FromResult(_database.Log.Appends > before), Patience, "the first is sent");
        await Diary.WriteLater("one");
        await Diary.WriteLater(new string('x', new EventLogOptions().PayloadBytesMax + 1));
        await Diary.WriteLater("three");
        gate.SetResult();

        await Assert.ThrowsAnyAsync<ArgumentException>(() => Diary.Confirm());
        await Diary.Confirm();
        Assert.Equal(["zero", "one", "three"], await Diary.Lines());
        Assert.Equal(3, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task Confirmed_events_are_retrieved_over_several_pages()
    {
        var diary = (await _database.StartCluster(o => o.PageSize = 3)).Client.GetGrain<INotebookGrain>("diary");
        var lines = Enumerable.Range(0, 10).Select(n => $"line {n}").ToArray();
        await diary.WriteMany(lines);

        Assert.Equal(lines, await diary.History(0, 10));
        Assert.Equal(lines[1..8], await diary.History(1, 8));
        await diary.Leave();
        Assert.Equal(lines, await diary.Lines());
    }

    [Fact]
    public async Task The_failure_of_an_event_that_nobody_waited_for_reaches_the_next_who_confirms_once()
    {
        await Diary.WriteLater("unwritable");

        await Assert.ThrowsAsync<InvalidOperationException>(() => Diary.Confirm());
        await Diary.Confirm();
        Assert.Empty(await Diary.Lines());
    }

    [Fact]
    public async Task An_event_of_the_log_that_cannot_be_applied_fails_the_activation_loudly()
    {
        await _database.AppendDirectly(new AppendRequest(
            JournalId.Of("notebook", "diary"), 0, Guid.NewGuid(), [_database.Encoded(new LineWritten { Line = "unwritable" })]));

        var corrupt = await Assert.ThrowsAsync<EventLogCorruptException>(() => Diary.Lines());
        Assert.Contains("notebook/diary version 1", corrupt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_of_the_log_of_an_unknown_type_fails_the_activation_loudly()
    {
        var alien = new ProposedEvent("alien", 1, "json", "{}"u8.ToArray(), EventMetadata.None);
        await _database.AppendDirectly(new AppendRequest(JournalId.Of("notebook", "diary"), 0, Guid.NewGuid(), [alien]));

        var corrupt = await Assert.ThrowsAsync<EventLogCorruptException>(() => Diary.Lines());
        Assert.Contains("alien", corrupt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_comes_from_the_request_context()
    {
        RequestContext.Set(EventLogRequestContext.Actor, "anna");
        RequestContext.Set(EventLogRequestContext.CorrelationId, "story");
        RequestContext.Set(EventLogRequestContext.CausationId, "test");
        await Diary.Write("one");
        RequestContext.Clear();

        var metadata = Assert.Single(await _database.Journal("notebook", "diary")).Metadata;
        Assert.Equal(("anna", "story", "test"), (metadata.Actor, metadata.CorrelationId, metadata.CausationId));
    }

    [Fact]
    public async Task The_grain_is_told_when_its_state_and_its_tentative_state_change()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<INotebookGrain>("diary");
        await Diary.Write("one");
        Assert.Equal("1,1", string.Join(',', await Diary.Changes()));
        await other.Write("two");
        await Diary.Refresh();
        Assert.Equal("2,2", string.Join(',', await Diary.Changes()));
    }

    [Fact]
    public async Task Connection_issues_are_reported_and_said_to_be_resolved()
    {
        var busy = _grains.GetGrain<IBusyGrain>("busy");
        await busy.Add(1);
        var failures = 3;
        _database.Log.OnAppend = _ => failures-- > 0 ? AppendFault.RefusedBefore : AppendFault.None;
        await busy.Add(1);

        Assert.Equal("3,1", string.Join(',', await busy.Issues()));
        Assert.Equal(2, await busy.Sum());
    }
}
