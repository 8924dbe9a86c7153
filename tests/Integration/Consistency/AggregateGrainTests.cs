using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Integration.Faults;

namespace OrleansEs.Integration.Consistency;

/// <summary>What an aggregate promises about its commands.</summary>
public sealed class AggregateGrainTests : IAsyncLifetime
{
    private JournalDatabase _database = null!;
    private ITillGrain _till = null!;

    public async ValueTask InitializeAsync()
    {
        _database = new JournalDatabase();
        _till = (await _database.StartCluster()).Client.GetGrain<ITillGrain>("front");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_accepted_command_is_applied_and_returns_version_and_token()
    {
        var answer = await _till.Do(new PutIn(5), Guid.NewGuid());

        Assert.Equal(("applied", 1, false, 5), (answer.Kind, answer.Version, answer.Duplicate, answer.Moved));
        Assert.Equal(5, await _till.Balance());
        Assert.Equal(answer.Token, await _till.LastToken());
        var committed = Assert.Single(await _database.Journal("till", "front"));
        Assert.Equal(answer.Token, committed.At.ToString());
        Assert.Equal("test.till.moved", committed.Type);
        Assert.Equal(("anna", "story", "test"),
            (committed.Metadata.Actor, committed.Metadata.CorrelationId, committed.Metadata.CausationId));
    }

    [Fact]
    public async Task A_refused_command_and_one_without_effect_write_nothing()
    {
        Assert.Equal("too-little", (await _till.Do(new TakeOut(1), Guid.NewGuid())).Kind);
        Assert.Equal("no-change", (await _till.Do(new LookInto(), Guid.NewGuid())).Kind);
        Assert.Empty(await _database.Journal("till", "front"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_retry_gets_the_first_outcome_although_the_rules_would_refuse_it_now(bool afterAnotherActivation)
    {
        var id = Guid.NewGuid();
        await _till.Do(new PutIn(5), Guid.NewGuid());
        var first = await _till.Do(new TakeOut(5), id);
        if (afterAnotherActivation)
            await _till.Leave();

        var retry = await _till.Do(new TakeOut(5), id);

        Assert.Equal(first with { Duplicate = true }, retry);
        Assert.Equal(2, (await _database.Journal("till", "front")).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_id_with_another_body_is_refused(bool afterAnotherActivation)
    {
        var id = Guid.NewGuid();
        await _till.Do(new PutIn(5), id);
        if (afterAnotherActivation)
            await _till.Leave();

        Assert.Equal(OutcomeCodes.CommandIdReused, (await _till.Do(new PutIn(6), id)).Kind);
        Assert.Equal(5, await _till.Balance());
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_never_enters_the_log()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _till.Do(new Break(), Guid.NewGuid()));
        await _till.Do(new PutIn(1), Guid.NewGuid());

        Assert.Equal("test.till.moved", Assert.Single(await _database.Journal("till", "front")).Type);
    }

    [Fact]
    public async Task Two_activations_cost_a_conflict_and_never_a_wrong_event()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<ITillGrain>("front");
        await _till.Do(new PutIn(5), Guid.NewGuid());
        await other.Do(new TakeOut(5), Guid.NewGuid());

        // The first activation believes in a balance of 5.
        Assert.Equal("too-little", (await _till.Do(new TakeOut(5), Guid.NewGuid())).Kind);
        Assert.Equal(0, await _till.Balance());
    }

    [Fact]
    public async Task A_refusal_is_decided_on_the_latest_state()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<ITillGrain>("front");
        Assert.Equal("too-little", (await _till.Do(new TakeOut(5), Guid.NewGuid())).Kind);
        await other.Do(new PutIn(5), Guid.NewGuid());

        Assert.Equal("applied", (await _till.Do(new TakeOut(5), Guid.NewGuid())).Kind);
    }

    [Fact]
    public async Task A_retry_on_another_activation_gets_the_first_outcome()
    {
        var other = (await _database.StartCluster()).Client.GetGrain<ITillGrain>("front");
        var id = Guid.NewGuid();
        await _till.Do(new PutIn(5), Guid.NewGuid());
        await other.Refresh();
        var first = await _till.Do(new TakeOut(5), id);

        Assert.Equal(first with { Duplicate = true }, await other.Do(new TakeOut(5), id));
    }

    [Fact]
    public async Task Two_activations_in_a_race_lose_nothing_and_write_nothing_twice()
    {
        var other = (await _database.StartCluster(o => o.ContentionRetriesMax = 1_000)).Client.GetGrain<ITillGrain>("race");
        var mine = (await _database.StartCluster(o => o.ContentionRetriesMax = 1_000)).Client.GetGrain<ITillGrain>("race");
        var ids = Enumerable.Range(0, 200).Select(_ => Guid.NewGuid()).ToList();

        var answers = await Task.WhenAll(ids.Select((id, n) => (n % 2 == 0 ? mine : other).Do(new PutIn(1), id)));

        Assert.All(answers, answer => Assert.Equal("applied", answer.Kind));
        var journal = await _database.Journal("till", "race");
        Assert.Equal(ids.Order(), journal.Select(e => e.CommandId).Order());
    }

    [Fact]
    public async Task Endless_contention_is_refused_with_its_own_code()
    {
        var other = (await _database.StartCluster(o => o.ContentionRetriesMax = 3)).Client.GetGrain<ITillGrain>("front");
        await other.Refresh();
        var disturbed = 0;
        _database.Log.OnAppend = batch =>
        {
            // Before each try of the command somebody else appends.
            Disturb(disturbed++).GetAwaiter().GetResult();
            return AppendFault.None;
        };

        var answer = await other.Do(new PutIn(1), Guid.NewGuid());

        Assert.Equal(OutcomeCodes.TooMuchContention, answer.Kind);
        Assert.Equal(4, disturbed);
    }

    // Straight into the store, as another silo would.
    private Task Disturb(long version) => _database.AppendDirectly(
        new AppendRequest(JournalId.Of("till", "front"), version, Guid.NewGuid(), [_database.Encoded(new Moved(1))]));

    [Fact]
    public async Task Calls_that_interleave_are_run_one_after_the_other()
    {
        var busy = (await _database.StartCluster()).Client.GetGrain<IBusyTillGrain>("busy");
        await busy.Do(new PutIn(10), Guid.NewGuid());

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => busy.Do(new TakeOut(1), Guid.NewGuid())));

        Assert.Equal(10, answers.Count(answer => answer.Kind == "applied"));
        Assert.Equal(40, answers.Count(answer => answer.Kind == "too-little"));
        Assert.Equal(0, await busy.Balance());
    }

    [Fact]
    public async Task Whoever_would_wait_behind_too_many_for_one_aggregate_is_told_at_once_and_others_are_served()
    {
        var client = (await _database.StartCluster(o => o.CommandsWaitingMax = 5)).Client;
        var (busy, other) = (client.GetGrain<IBusyTillGrain>("busy"), client.GetGrain<IBusyTillGrain>("other"));
        await busy.Do(new PutIn(1), Guid.NewGuid());
        var held = new TaskCompletionSource();
        _database.Log.HoldAppends = held.Task;
        var asked = Enumerable.Range(0, 10).Select(_ => busy.Do(new PutIn(1), Guid.NewGuid())).ToArray();

        // One is being appended, five wait, and the rest have their answers although nothing moves.
        await Eventually.Holds(
            () => Task.FromResult(asked.Count(one => one.IsFaulted) == 4), TimeSpan.FromSeconds(10), "four have their answers");
        Assert.All(asked.Where(one => one.IsFaulted), one => Assert.IsType<EventLogOverloadedException>(one.Exception!.InnerException));
        var elsewhere = other.Do(new PutIn(1), Guid.NewGuid());
        held.SetResult();

        Assert.All(
            await Task.WhenAll(asked.Where(one => !one.IsFaulted)), answer => Assert.Equal("applied", answer.Kind));
        Assert.Equal("applied", (await elsewhere).Kind);
        Assert.Equal(7, await busy.Balance());
    }

    [Fact]
    public async Task The_state_can_be_seen_as_of_a_version_and_as_of_a_date()
    {
        var token = (await _till.Do(new PutIn(1, new DateOnly(2026, 1, 1)), Guid.NewGuid())).Token;
        await _till.Do(new PutIn(2, new DateOnly(2026, 3, 1)), Guid.NewGuid());
        await _till.Do(new PutIn(4, new DateOnly(2026, 2, 1)), Guid.NewGuid());

        Assert.Equal(new TillAnswer("past", 1, token, false, 1), await _till.BalanceAt(1));
        Assert.Equal(3, (await _till.BalanceAt(2)).Moved);
        Assert.Equal(7, (await _till.BalanceAt(99)).Moved);
        Assert.Equal(0, (await _till.BalanceAt(0)).Moved);
        Assert.Equal(5, await _till.BalanceOf(new DateOnly(2026, 2, 28)));
        Assert.Equal("1:anna:Moved { Amount = 1 }", (await _till.History())[0]);
    }

    [Fact]
    public async Task A_cleared_aggregate_begins_anew_and_its_command_ids_stay_used()
    {
        var id = Guid.NewGuid();
        await _till.Do(new PutIn(5), id);
        await _till.Clear();

        Assert.Equal(0, await _till.Balance());
        Assert.True((await _till.Do(new PutIn(5), id)).Duplicate);
        Assert.Equal(3, (await _till.Do(new PutIn(1), Guid.NewGuid())).Version);
        await _till.Leave();
        Assert.Equal(1, await _till.Balance());
        Assert.Equal(5, (await _till.BalanceAt(1)).Moved);
    }

    [Fact]
    public async Task An_aggregate_raises_no_event_past_its_decision() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => _till.RaiseByHand());
}
