using Orleans.EventSourcing;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Stands where an aggregate's grain would, for a state that is loaded without it. It is told nothing of connections: whoever
/// loads gets the exception.
/// </summary>
internal sealed class DetachedHost<TState, TEvent>(TState initial, Func<TState, TEvent, TState> evolve)
    : ILogViewAdaptorHost<StateHolder<TState>, TEvent>, IAggregateHost<TEvent>
    where TState : class
    where TEvent : class
{
    public void UpdateView(StateHolder<TState> view, TEvent entry) => view.Value = evolve(view.Value ?? initial, entry);

    public void OnViewChanged(bool tentative, bool confirmed)
    {
        // Nobody looks at the state but who loads it.
    }

    public void OnConnectionIssue(ConnectionIssue issue)
    {
        // The load goes on to its deadline and throws then.
    }

    public void OnConnectionIssueResolved(ConnectionIssue issue)
    {
        // The load goes on.
    }

    public void Attach(IAggregateJournal<TEvent> journal, JournalContext context) =>
        throw new NotSupportedException("Nothing is appended through a detached state.");
}
