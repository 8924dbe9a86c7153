using Orleans.EventSourcing;
using Orleans.Serialization;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Applies events to states through the grain's own transition function.
/// Invariant: two states never share a part of an event, since a mutable state may keep and change it.
/// </summary>
internal sealed class Evolver<TView, TEvent>(
    ILogViewAdaptorHost<TView, TEvent> host, ILogConsistencyProtocolServices services, JournalContext context)
    where TView : class, new()
    where TEvent : class
{
    private bool _eventsCopy = host is not IAggregateHost<TEvent>;
    private string? _whyNotForked = host is not IAggregateHost<TEvent> && StateShape<TView>.LostMembers.Count > 0
        ? StateShape<TView>.LostMembersMessage
        : null;

    /// <summary>
    /// A copy of a state; null where Orleans' serializer cannot copy it whole: then it must be read from the log.
    /// </summary>
    public TView? TryFork(TView view)
    {
        if (_whyNotForked is not null)
            return null;
        try
        {
            return services.DeepCopy(view);
        }
        catch (CodecNotFoundException unknown)
        {
            _whyNotForked = unknown.Message;
            return null;
        }
    }

    /// <exception cref="NotSupportedException">Orleans' serializer cannot copy the state whole.</exception>
    public TView Fork(TView view) => TryFork(view) ?? throw new NotSupportedException(_whyNotForked);

    /// <summary>Applies an event; the exception is the grain's own.</summary>
    public void Apply(TView view, TEvent @event) => host.UpdateView(view, CopyOf(@event));

    /// <summary>Applies an event of the log to a state of the version before it.</summary>
    /// <exception cref="EventLogCorruptException">
    /// It cannot be decoded or applied, or its version is not the next one.
    /// </exception>
    public JournalState<TView> Apply(JournalState<TView> state, CommittedEvent committed)
    {
        if (committed.Version != state.Version + 1)
        {
            throw new EventLogCorruptException(
                $"{context.Journal} must go on with version {state.Version + 1}; found {committed.Version}.");
        }
        var after = state with { Version = committed.Version, LastPosition = committed.At };
        if (committed.Type == JournalCleared.StoredName)
            return after with { View = new TView(), ClearedAt = committed.Version };
        var @event = Decode(committed);
        try
        {
            host.UpdateView(state.View, @event);
        }
        catch (Exception exception)
        {
            throw new EventLogCorruptException(
                $"{context.Journal} version {committed.Version} ({committed.Type}) cannot be applied to " +
                $"{typeof(TView).Name}: {exception.Message}", exception);
        }
        return after;
    }

    /// <exception cref="EventLogCorruptException">
    /// It is of an unknown type, does not decode, or is no event of this grain.
    /// </exception>
    public TEvent Decode(CommittedEvent committed) => context.Stores.Events.Decode(committed) as TEvent
        ?? throw new EventLogCorruptException(
            $"{context.Journal} version {committed.Version} ({committed.Type}) is no {typeof(TEvent).Name}.");

    /// <summary>Null for the mark that the journal was cleared.</summary>
    public TEvent? DecodeOrCleared(CommittedEvent committed) =>
        committed.Type == JournalCleared.StoredName ? null : Decode(committed);

    private TEvent CopyOf(TEvent @event)
    {
        if (!_eventsCopy)
            return @event;
        try
        {
            return services.DeepCopy(@event);
        }
        catch (CodecNotFoundException)
        {
            // A registered event that only JSON knows. It is applied as it is.
            _eventsCopy = false;
            return @event;
        }
    }
}
