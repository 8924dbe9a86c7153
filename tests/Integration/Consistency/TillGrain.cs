using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Integration.Consistency;

/// <summary>An aggregate with one rule: a till never goes below zero.</summary>
public interface ITillGrain : IGrainWithStringKey
{
    Task<TillAnswer> Do(TillCommand command, Guid commandId, TimeSpan? timeout = null);

    Task<long> Balance();

    Task<string> LastToken();

    Task<TillAnswer> BalanceAt(long version);

    Task<long> BalanceOf(DateOnly upTo);

    Task<string[]> History();

    Task Refresh();

    Task Clear();

    Task Leave();

    Task RaiseByHand();
}

/// <summary>A till that lets calls interleave.</summary>
public interface IBusyTillGrain : ITillGrain
{
}

[GenerateSerializer, Immutable]
public abstract record TillCommand;

[GenerateSerializer, Immutable]
public sealed record PutIn([property: Id(0)] long Amount, [property: Id(1)] DateOnly? On = null) : TillCommand;

[GenerateSerializer, Immutable]
public sealed record TakeOut([property: Id(0)] long Amount) : TillCommand;

[GenerateSerializer, Immutable]
public sealed record LookInto : TillCommand;

[GenerateSerializer, Immutable]
public sealed record Break : TillCommand;

[GenerateSerializer, Immutable]
public abstract record TillEvent;

[GenerateSerializer, Immutable, Alias("test.till.moved")]
public sealed record Moved([property: Id(0)] long Amount) : TillEvent;

[GenerateSerializer, Immutable, Alias("test.till.broken")]
public sealed record Broken : TillEvent;

[GenerateSerializer, Immutable]
public sealed record TillState([property: Id(0)] long Balance, [property: Id(1)] int Moves);

[GenerateSerializer, Immutable]
public sealed record TillAnswer(
    [property: Id(0)] string Kind,
    [property: Id(1)] long Version,
    [property: Id(2)] string Token,
    [property: Id(3)] bool Duplicate,
    [property: Id(4)] long Moved);

[GrainType("till")]
public sealed class TillGrain : AggregateGrain<TillState, TillCommand, TillEvent>, ITillGrain
{
    protected override TillState Initial { get; } = new(0, 0);

    public Task<TillAnswer> Do(TillCommand command, Guid commandId, TimeSpan? timeout) =>
        TillRules.Answer(Execute(command, TillRules.Context(command, commandId, timeout)));

    public Task<long> Balance() => Task.FromResult(State.Balance);

    public Task<string> LastToken() => Task.FromResult(LastPosition?.ToString() ?? "");

    public async Task<TillAnswer> BalanceAt(long version)
    {
        var past = await StateAt(version);
        return new TillAnswer("past", past.Version, past.Position?.ToString() ?? "", false, past.State.Balance);
    }

    public async Task<long> BalanceOf(DateOnly upTo) =>
        (await Fold(e => e.Record.Metadata.EffectiveDate is { } date && date <= upTo)).State.Balance;

    public async Task<string[]> History() =>
        [.. (await ReadHistory(0, 1_000)).Select(e => $"{e.Record.Version}:{e.Record.Metadata.Actor}:{e.Event}")];

    public Task Refresh() => RefreshNow();

    public Task Clear() => ClearLogAsync();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task RaiseByHand()
    {
        RaiseEvent(new Moved(1));
        return Task.CompletedTask;
    }

    protected override Decision<TillEvent> Decide(TillState state, TillCommand command, CommandContext context) =>
        TillRules.Decide(state, command);

    protected override TillState Evolve(TillState state, TillEvent @event) => TillRules.Evolve(state, @event);
}

[GrainType("busy-till"), Orleans.Concurrency.Reentrant]
public sealed class BusyTillGrain : AggregateGrain<TillState, TillCommand, TillEvent>, IBusyTillGrain
{
    protected override TillState Initial { get; } = new(0, 0);

    public Task<TillAnswer> Do(TillCommand command, Guid commandId, TimeSpan? timeout) =>
        TillRules.Answer(Execute(command, TillRules.Context(command, commandId, timeout)));

    public Task<long> Balance() => Task.FromResult(State.Balance);

    public Task<string> LastToken() => Task.FromResult(LastPosition?.ToString() ?? "");

    public Task<TillAnswer> BalanceAt(long version) => throw new NotSupportedException();

    public Task<long> BalanceOf(DateOnly upTo) => throw new NotSupportedException();

    public Task<string[]> History() => throw new NotSupportedException();

    public Task Refresh() => RefreshNow();

    public Task Clear() => ClearLogAsync();

    public Task Leave() => throw new NotSupportedException();

    public Task RaiseByHand() => throw new NotSupportedException();

    protected override Decision<TillEvent> Decide(TillState state, TillCommand command, CommandContext context) =>
        TillRules.Decide(state, command);

    protected override TillState Evolve(TillState state, TillEvent @event) => TillRules.Evolve(state, @event);
}

internal static class TillRules
{
    public static CommandContext Context(TillCommand command, Guid commandId, TimeSpan? timeout) => new()
    {
        CommandId = commandId,
        Actor = "anna",
        CorrelationId = "story",
        CausationId = "test",
        EffectiveDate = (command as PutIn)?.On,
        Timeout = timeout ?? TimeSpan.FromSeconds(10),
    };

    public static Decision<TillEvent> Decide(TillState state, TillCommand command) => command switch
    {
        PutIn put => Decision.Accept<TillEvent>(new Moved(put.Amount)),
        TakeOut take when take.Amount > state.Balance => Decision.Refuse<TillEvent>("too-little", "Not enough.", "Put in."),
        TakeOut take => Decision.Accept<TillEvent>(new Moved(-take.Amount)),
        Break => Decision.Accept<TillEvent>(new Broken()),
        _ => Decision.Nothing<TillEvent>(),
    };

    public static TillState Evolve(TillState state, TillEvent @event) => @event switch
    {
        Moved moved => new TillState(checked(state.Balance + moved.Amount), state.Moves + 1),
        _ => throw new InvalidOperationException("A till cannot break."),
    };

    public static async Task<TillAnswer> Answer(Task<CommandOutcome<TillEvent>> execution) => await execution switch
    {
        CommandOutcome<TillEvent>.Applied applied => new TillAnswer(
            "applied", applied.Version, applied.Position.ToString(), applied.Duplicate,
            applied.Events.OfType<Moved>().Sum(moved => moved.Amount)),
        CommandOutcome<TillEvent>.Refused refused => new TillAnswer(refused.Code, 0, "", false, 0),
        CommandOutcome<TillEvent>.NoChange same => new TillAnswer("no-change", same.Version, "", false, 0),
        _ => throw new InvalidOperationException("There is no other outcome."),
    };
}
