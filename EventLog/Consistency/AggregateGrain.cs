using Orleans.EventSourcing;
using Orleans.Storage;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// An event-sourced aggregate: an immutable state, a pure decision, a pure evolution. It appends conditionally only, and
/// each command at most once, for ever: across retries, crashes, silos and a cluster that fell apart.
/// Its grain type and key name its journal; fix the type with <c>[GrainType]</c>.
/// </summary>
/// <typeparam name="TState">
/// The state: an immutable record. It gets snapshots if Orleans' serializer or a registered JSON shape can carry it.
/// </typeparam>
/// <typeparam name="TCommand">The base type of its commands.</typeparam>
/// <typeparam name="TEvent">The base type of its events.</typeparam>
public abstract class AggregateGrain<TState, TCommand, TEvent>
    : JournaledGrain<StateHolder<TState>, TEvent>, IAggregateHost<TEvent>
    where TState : class
    where TCommand : class
    where TEvent : class
{
    private IAggregateJournal<TEvent>? _journal;
    private CommandExecutor<TCommand, TEvent>? _executor;
    private EventLogConsistencyOptions? _options;
    private TimeProvider? _time;

    /// <summary>The state before the first event.</summary>
    protected abstract TState Initial { get; }

    /// <summary>The state now: it includes confirmed events only.</summary>
    protected new TState State => base.State.Value ?? Initial;

    /// <summary>The version of the journal that <see cref="State"/> includes; it grows over a clear, too.</summary>
    protected long JournalVersion => Journal.JournalVersion;

    /// <summary>The place of the last event that <see cref="State"/> includes; null when there is none.</summary>
    protected LogPosition? LastPosition => Journal.LastPosition;

    private IAggregateJournal<TEvent> Journal => _journal ?? throw NotAttached();

    /// <summary>
    /// Decides a command: pure, so no clock (<see cref="CommandContext.Now"/>), no I/O, no randomness. It may run several
    /// times for one command.
    /// </summary>
    protected abstract Decision<TEvent> Decide(TState state, TCommand command, CommandContext context);

    /// <summary>The state after an event: pure, and it never refuses. An exception keeps the event out of the log.</summary>
    protected abstract TState Evolve(TState state, TEvent @event);

    /// <summary>
    /// Decides a command and appends what it decided. Calls that interleave are run one after the other.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">
    /// This call wrote nothing, and a retry may work. If an earlier call with this command id ended unknown, only a retry with
    /// the same id tells whether that one is done.
    /// </exception>
    /// <exception cref="EventLogOverloadedException">
    /// Too many commands are under way, or wait for this aggregate; it is told at once.
    /// </exception>
    /// <exception cref="OutcomeUnknownException">
    /// It may or may not be done; a retry with the same command id tells the truth.
    /// </exception>
    protected Task<CommandOutcome<TEvent>> Execute(TCommand command, CommandContext context)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(context);
        var executor = _executor ?? throw NotAttached();
        return executor.Execute(command, RequestHashOf(command), context);
    }

    /// <summary>
    /// The event that records a refusal of a retry (<see cref="CommandContext.IsRetry"/>) and changes nothing. It takes the
    /// command's id, so an earlier try that is still on its way is told this refusal instead of being done. Null, the default,
    /// records nothing: then such a try may still be done after its caller was told "refused". Override
    /// <see cref="RecordedRefusal"/> with it.
    /// </summary>
    protected virtual TEvent? RecordRefusal(Decision<TEvent>.Refused refused) => null;

    /// <summary>The refusal that an event of <see cref="RecordRefusal"/> records; null for every other event.</summary>
    protected virtual Decision<TEvent>.Refused? RecordedRefusal(TEvent @event) => null;

    /// <summary>
    /// Tells two commands with the same id apart; equal for equal commands, on every silo and after every restart. By
    /// default a SHA-256 over the command as JSON; override it for a command that JSON cannot tell from another.
    /// </summary>
    protected virtual string RequestHashOf(TCommand command) => RequestHash.Of(command);

    /// <summary>The state as of a version: a fold of the journal.</summary>
    /// <param name="version">The version of the journal; one beyond its end means its end.</param>
    /// <exception cref="EventLogUnavailableException">The journal cannot be read now.</exception>
    protected Task<StateAsOf<TState>> StateAt(long version) => FoldUpTo(version, static _ => true);

    /// <summary>
    /// The fold of those events that a predicate lets in: all up to a time, all up to an effective date. A clear starts the
    /// fold anew where the predicate lets it in.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The journal cannot be read now.</exception>
    protected Task<StateAsOf<TState>> Fold(Func<RecordedEvent<TEvent>, bool> includes) =>
        FoldUpTo(long.MaxValue, includes);

    /// <summary>Reads events of the journal in version order, from the log.</summary>
    /// <param name="afterVersion">The version after which to begin; 0 for the beginning.</param>
    /// <param name="countMax">At most so many; at least 1.</param>
    /// <param name="timeout">How long it may take; the provider's setting when absent.</param>
    /// <exception cref="EventLogUnavailableException">The journal cannot be read now.</exception>
    protected Task<IReadOnlyList<RecordedEvent<TEvent>>> ReadHistory(
        long afterVersion, int countMax, TimeSpan? timeout = null) =>
        Journal.ReadHistory(
            afterVersion, countMax, timeout is { } limit && _time is { } time ? Deadline.After(limit, time) : NewDeadline());

    /// <summary>Not for aggregates: <see cref="Execute"/> is the only way to an event.</summary>
    protected sealed override void RaiseEvent<TRaised>(TRaised @event) => throw UseExecute();

    /// <summary>Not for aggregates: <see cref="Execute"/> is the only way to an event.</summary>
    protected sealed override void RaiseEvents<TRaised>(IEnumerable<TRaised> events) => throw UseExecute();

    /// <summary>Not for aggregates: <see cref="Execute"/> is the only way to an event.</summary>
    protected sealed override Task<bool> RaiseConditionalEvent<TRaised>(TRaised @event) => throw UseExecute();

    /// <summary>Not for aggregates: <see cref="Execute"/> is the only way to an event.</summary>
    protected sealed override Task<bool> RaiseConditionalEvents<TRaised>(IEnumerable<TRaised> events) => throw UseExecute();

    /// <summary>Evolves the state in its holder.</summary>
    protected sealed override void TransitionState(StateHolder<TState> state, TEvent @event) =>
        state.Value = Evolve(state.Value ?? Initial, @event);

    /// <inheritdoc/>
    protected override void InstallAdaptor(
        ILogViewAdaptorFactory factory, object initialState, string graintypename, IGrainStorage? grainStorage,
        ILogConsistencyProtocolServices services)
    {
        base.InstallAdaptor(factory, initialState, graintypename, grainStorage, services);
        if (_journal is null)
            throw NotAttached();
    }

    void IAggregateHost<TEvent>.Attach(IAggregateJournal<TEvent> journal, JournalContext context)
    {
        (_journal, _options, _time) = (journal, context.Options, context.Time);
        _executor = new CommandExecutor<TCommand, TEvent>(
            journal,
            DecideOrRecord,
            RecordedRefusal,
            context.Options,
            context.Stores.Admission,
            context.Time);
    }

    private Decision<TEvent> DecideOrRecord(TCommand command, CommandContext context)
    {
        var decision = Decide(State, command, context);
        return context.IsRetry && decision is Decision<TEvent>.Refused refused && RecordRefusal(refused) is { } record
            ? Decision.Accept(record)
            : decision;
    }

    private async Task<StateAsOf<TState>> FoldUpTo(long version, Func<RecordedEvent<TEvent>, bool> includes)
    {
        var (state, deadline) = (new StateAsOf<TState>(Initial, 0, null), NewDeadline());
        for (var read = 0L; read < version;)
        {
            var countMax = (int)Math.Min(_options!.PageSize, version - read);
            var page = await Journal.ReadHistory(read, countMax, deadline);
            foreach (var recorded in page.Where(includes))
            {
                var after = recorded.Event is null ? Initial : Evolve(state.State, recorded.Event);
                state = new StateAsOf<TState>(after, recorded.Record.Version, recorded.Record.At);
            }
            if (page.Count < countMax)
                break;
            read += page.Count;
        }
        return state;
    }

    private Deadline NewDeadline() => Deadline.After((_options ?? throw NotAttached()).Timeout, _time!);

    private static NotSupportedException UseExecute() =>
        new("An aggregate raises no events by itself: Execute decides a command and appends its events.");

    private InvalidOperationException NotAttached() => new(
        $"{GetType().Name} is an AggregateGrain and needs the event log's log-consistency provider: " +
        "register it with AddEventLogConsistencyProviderAsDefault, or by the name in its [LogConsistencyProvider].");
}
