using OrleansEs.EventLog;
using OrleansEs.Integration.Faults;

namespace OrleansEs.Integration.Consistency;

/// <summary>What callers see, and what is in the log, when the log fails before, after, and in the middle.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(600);

    // Beyond a deadline only what it takes to answer on a busy machine.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private JournalDatabase _database = null!;
    private IGrainFactory _grains = null!;

    public async ValueTask InitializeAsync()
    {
        _database = new JournalDatabase();
        _grains = (await _database.StartCluster(options => options.Timeout = Short)).Client;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private ITillGrain Till => _grains.GetGrain<ITillGrain>("front");

    private INotebookGrain Diary => _grains.GetGrain<INotebookGrain>("diary");

    [Theory]
    [InlineData(nameof(AppendFault.LostAfter))]
    [InlineData(nameof(AppendFault.LostBefore))]
    [InlineData(nameof(AppendFault.RefusedBefore))]
    public async Task A_command_whose_append_failed_once_is_applied_once(string fault)
    {
        FailOnce(Enum.Parse<AppendFault>(fault));

        var answer = await Till.Do(new PutIn(5), Guid.NewGuid());

        Assert.Equal(("applied", 1, false), (answer.Kind, answer.Version, answer.Duplicate));
        Assert.Equal(5, await Till.Balance());
        Assert.Single(await _database.Journal("till", "front"));
    }

    [Theory]
    [InlineData(nameof(AppendFault.LostAfter))]
    [InlineData(nameof(AppendFault.LostBefore))]
    [InlineData(nameof(AppendFault.RefusedBefore))]
    public async Task Raised_events_whose_append_failed_once_are_in_the_log_once(string fault)
    {
        FailOnce(Enum.Parse<AppendFault>(fault));
        await Diary.WriteMany(["one", "two"]);
        FailOnce(Enum.Parse<AppendFault>(fault));
        Assert.True(await Diary.WriteIf("three"));
        FailOnce(Enum.Parse<AppendFault>(fault));
        await Diary.Clear();

        Assert.Equal(0, await Diary.Version());
        Assert.Equal(4, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task An_append_that_arrives_late_is_in_the_log_once()
    {
        FailOnce(AppendFault.LostAndLate);
        var answer = await Till.Do(new PutIn(5), Guid.NewGuid());
        await _database.Log.WriteLate();

        Assert.Equal("applied", answer.Kind);
        Assert.Single(await _database.Journal("till", "front"));
    }

    [Fact]
    public async Task Raised_events_that_arrive_just_before_their_second_try_are_in_the_log_once()
    {
        await Diary.Write("zero");
        var appends = 0;
        _database.Log.OnAppend = _ =>
        {
            if (++appends == 1)
                return AppendFault.LostAndLate;
            _database.Log.WriteLate().GetAwaiter().GetResult();
            return AppendFault.None;
        };
        await Diary.WriteMany(["one", "two"]);
        appends = 0;
        var answer = await Till.Do(new PutIn(5), Guid.NewGuid());

        Assert.Equal(["zero", "one", "two"], await Diary.Lines());
        Assert.Equal(3, (await _database.Journal("notebook", "diary")).Count);
        Assert.Equal(("applied", 1), (answer.Kind, answer.Version));
        Assert.Equal(5, await Till.Balance());
        Assert.Single(await _database.Journal("till", "front"));
    }

    [Fact]
    public async Task A_command_that_is_found_in_the_log_is_applied_although_nothing_can_be_read_any_more()
    {
        await Till.Balance();
        var appends = 0;
        _database.Log.OnAppend = _ =>
        {
            if (++appends == 1)
                return AppendFault.LostAndLate;
            // The first try arrives just before the second one, which the store then knows as a duplicate.
            _database.Log.WriteLate().GetAwaiter().GetResult();
            _database.Log.ReadsFail = true;
            return AppendFault.None;
        };

        var answer = await Till.Do(new PutIn(5), Guid.NewGuid(), Short);
        (_database.Log.ReadsFail, _database.Log.OnAppend) = (false, static _ => AppendFault.None);
        var next = await Till.Do(new PutIn(1), Guid.NewGuid());

        Assert.Equal(("applied", 1, false), (answer.Kind, answer.Version, answer.Duplicate));
        Assert.Equal(("applied", 2), (next.Kind, next.Version));
        Assert.Equal(6, await Till.Balance());
    }

    [Fact]
    public async Task A_command_whose_answer_is_lost_again_and_again_is_unknown_within_its_deadline_and_a_retry_tells()
    {
        var id = Guid.NewGuid();
        await Till.Balance();
        _database.Log.OnAppend = _ => AppendFault.LostAndLate;
        await WithinDeadline<OutcomeUnknownException>(() => Till.Do(new PutIn(5), id, Short));
        _database.Log.OnAppend = _ => AppendFault.None;
        await _database.Log.WriteLate();

        var retry = await Till.Do(new PutIn(5), id);

        Assert.Equal(("applied", true, 5), (retry.Kind, retry.Duplicate, retry.Moved));
        Assert.Single(await _database.Journal("till", "front"));
    }

    [Fact]
    public async Task Raised_events_whose_answer_is_lost_again_and_again_are_unknown_and_the_state_is_read_anew()
    {
        await Diary.Lines();
        _database.Log.OnAppend = _ =>
        {
            // Written, and then nothing can be read any more.
            _database.Log.ReadsFail = true;
            return AppendFault.LostAfter;
        };
        await WithinDeadline<OutcomeUnknownException>(() => Diary.Write("one"));
        _database.Log.ReadsFail = false;
        _database.Log.OnAppend = _ => AppendFault.None;

        Assert.Equal(["one"], await Diary.Lines());
        await Diary.Write("two");
        Assert.Equal(2, (await _database.Journal("notebook", "diary")).Count);
    }

    [Fact]
    public async Task While_a_lost_answer_is_cleared_up_no_event_is_confirmed_and_raised_at_once()
    {
        var busy = _grains.GetGrain<IBusyGrain>("busy");
        await busy.Add(0);
        FailOnce(AppendFault.LostAfter);
        var seen = "";
        _database.Log.OnFind = async () => seen = string.Join(',', await busy.Sums());

        await busy.Add(7);

        Assert.Equal("0,7,1", seen);
        Assert.Equal("7,7,0", string.Join(',', await busy.Sums()));
    }

    [Fact]
    public async Task A_log_that_loses_every_append_is_not_asked_in_a_hot_loop_although_it_can_be_read()
    {
        await Diary.Lines();
        _database.Log.OnAppend = _ => AppendFault.LostBefore;
        var before = _database.Log.Appends;

        await WithinDeadline<OutcomeUnknownException>(() => Diary.Write("one"));

        // Waits of 20, 40, 80, 160, 320 ms.
        Assert.InRange(_database.Log.Appends - before, 2, 9);
    }

    [Fact]
    public async Task A_log_that_always_refuses_gives_a_typed_error_within_the_deadline_without_a_hot_loop()
    {
        await Till.Balance();
        await Diary.Lines();
        _database.Log.OnAppend = _ => AppendFault.RefusedBefore;
        var before = _database.Log.Appends;

        await WithinDeadline<EventLogUnavailableException>(() => Till.Do(new PutIn(5), Guid.NewGuid(), Short));
        await WithinDeadline<EventLogUnavailableException>(() => Diary.Write("one"));
        await WithinDeadline<EventLogUnavailableException>(() => Diary.WriteIf("one"));
        await WithinDeadline<EventLogUnavailableException>(() => Diary.Write("one"));

        // Waits of 20, 40, 80, 160, 320 ms: some six tries each.
        Assert.InRange(_database.Log.Appends - before, 4, 40);
        _database.Log.OnAppend = _ => AppendFault.None;
        await Diary.Write("two");
        Assert.Equal(["two"], await Diary.Lines());
        Assert.Equal(0, await Till.Balance());
        Assert.Empty(await _database.Journal("till", "front"));
    }

    [Fact]
    public async Task A_log_that_does_not_answer_gives_a_typed_error_within_the_deadline()
    {
        await Till.Balance();
        await Diary.Lines();
        var gate = new TaskCompletionSource();
        (_database.Log.HoldAppends, _database.Log.HoldReads) = (gate.Task, gate.Task);

        await WithinDeadline<OutcomeUnknownException>(() => Till.Do(new PutIn(5), Guid.NewGuid(), Short));
        // This one waits in the queue behind the first, and was never sent.
        await WithinDeadline<EventLogUnavailableException>(() => Diary.Write("one"));
        await WithinDeadline<EventLogUnavailableException>(() => Diary.Refresh());
        gate.SetResult();

        Assert.Equal(5, (await Till.Do(new PutIn(0), Guid.NewGuid())).Moved + await Till.Balance());
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_fails_the_activation_with_a_typed_error_within_the_deadline()
    {
        _database.Log.ReadsFail = true;
        await WithinDeadline<EventLogUnavailableException>(() => Diary.Lines());
        await WithinDeadline<EventLogUnavailableException>(() => Till.Balance());
        _database.Log.ReadsFail = false;

        Assert.Empty(await Diary.Lines());
        Assert.Equal(0, await Till.Balance());
    }

    [Fact]
    public async Task A_grain_that_loads_by_itself_and_cannot_is_not_left_with_a_wrong_state()
    {
        var lazy = _grains.GetGrain<ILazyGrain>("lazy");
        await lazy.Add(4);
        await lazy.Leave();
        _database.Log.ReadsFail = true;
        await lazy.Sum();
        await WithinDeadline<EventLogUnavailableException>(() => lazy.Add(1));
        _database.Log.ReadsFail = false;

        await Eventually.Holds(HasLoaded, Grace, "the grain was activated again and has loaded");

        async Task<bool> HasLoaded()
        {
            try
            {
                return await lazy.Sum() == 4;
            }
            catch (EventLogUnavailableException)
            {
                // It waited for the activation that is going.
                return false;
            }
        }
    }

    [Fact]
    public async Task Of_a_thousand_commits_whose_answer_was_lost_none_is_doubled_and_none_is_missing()
    {
        var tried = 0;
        // Every first try of a command is written and its answer lost; half of the second tries are lost before.
        _database.Log.OnAppend = _ => Interlocked.Increment(ref tried) % 3 == 0 ? AppendFault.LostBefore : AppendFault.LostAfter;
        var tills = Enumerable.Range(0, 100).Select(n => _grains.GetGrain<ITillGrain>($"till-{n}")).ToList();

        var answers = await Task.WhenAll(tills.SelectMany(till => Enumerable.Range(0, 10)
            .Select(_ => till.Do(new PutIn(1), Guid.NewGuid(), TimeSpan.FromSeconds(25)))));

        Assert.All(answers, answer => Assert.Equal("applied", answer.Kind));
        _database.Log.OnAppend = _ => AppendFault.None;
        foreach (var till in tills)
        {
            var journal = await _database.Journal("till", till.GetPrimaryKeyString());
            Assert.Equal(10, journal.Count);
            Assert.Equal(10, journal.Select(e => e.CommandId).Distinct().Count());
            Assert.Equal(10, await till.Balance());
        }
    }

    private void FailOnce(AppendFault fault)
    {
        var appends = 0;
        _database.Log.OnAppend = _ => Interlocked.Increment(ref appends) == 1 ? fault : AppendFault.None;
    }

    private static async Task WithinDeadline<TException>(Func<Task> call)
        where TException : Exception
    {
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAsync<TException>(call);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, Short + Grace);
    }
}
