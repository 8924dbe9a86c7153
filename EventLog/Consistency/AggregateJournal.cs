namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The journal of an aggregate: the same hold on it that the adaptor has, with the command's own id and metadata.
/// </summary>
internal sealed class AggregateJournal<TView, TEvent>(
    JournalContext context, JournalCore<TView, TEvent> core, Evolver<TView, TEvent> evolver, ConnectionWatch watch,
    IAdaptorEvents adaptor)
    : IAggregateJournal<TEvent>
    where TView : class, new()
    where TEvent : class
{
    public JournalId Journal => context.Journal;

    public long JournalVersion => core.Confirmed.Version;

    public LogPosition? LastPosition => core.Confirmed.LastPosition;

    public async Task EnsureLoaded(Deadline deadline)
    {
        if (core.IsLoaded)
            return;
        using var turn = await core.Gate.Enter(deadline, Journal);
        await core.EnsureLoaded(deadline);
    }

    public async Task<bool> CatchUp(Deadline deadline)
    {
        using var turn = await core.Gate.Enter(deadline, Journal);
        return await core.CatchUp(deadline);
    }

    public async ValueTask<ISentAppend> Send(CommandAppend<TEvent> append, Deadline deadline)
    {
        var turn = await core.Gate.Enter(deadline, Journal);
        try
        {
            if (core.Confirmed.Version != append.ExpectedVersion)
                return new Sent(this, turn, null, Task.FromResult<AppendResult>(new AppendResult.Conflict(core.Confirmed.Version)));
            var write = Write(append);
            return new Sent(this, turn, write, core.Send(write, deadline));
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public async Task<IReadOnlyList<RecordedEvent<TEvent>>> FindCommand(Guid commandId, Deadline deadline) =>
        Decode(await core.Reads.FindCommand(commandId, deadline));

    public async Task<IReadOnlyList<RecordedEvent<TEvent>>> ReadHistory(
        long afterVersion, int countMax, Deadline deadline) =>
        Decode(await core.Reads.Page(afterVersion, countMax, deadline));

    public void Distrust(Exception reason) => adaptor.CannotBeTrusted(reason);

    public TEvent? Decode(CommittedEvent committed) => evolver.DecodeOrCleared(committed);

    private List<RecordedEvent<TEvent>> Decode(IReadOnlyList<CommittedEvent> committed) =>
        [.. committed.Select(e => new RecordedEvent<TEvent>(e, Decode(e)))];

    private JournalWrite<TView> Write(CommandAppend<TEvent> append)
    {
        var evolved = evolver.Fork(core.Confirmed.View);
        var proposed = new ProposedEvent[append.Events.Count];
        for (var index = 0; index < proposed.Length; index++)
        {
            evolver.Apply(evolved, append.Events[index]);
            proposed[index] = context.Stores.Events.Encode(append.Events[index], append.Metadata);
        }
        return new JournalWrite<TView>(append.CommandId, proposed, evolved);
    }

    private void End(JournalWrite<TView> write, AppendResult answer)
    {
        if (core.Take(write, answer) is AppendResult.Appended)
            adaptor.StateChanged(tentative: true);
        Watch(answer);
    }

    private void Watch(AppendResult result)
    {
        switch (result)
        {
            case AppendResult.NotAccepted refused:
                watch.Failed(new EventLogUnavailableException(refused.Detail));
                break;
            case AppendResult.Unknown unknown:
                watch.Failed(new OutcomeUnknownException(unknown.Detail));
                break;
            default:
                watch.Succeeded();
                break;
        }
    }

    /// <param name="journal">Whose it is.</param>
    /// <param name="turn">Ends with it.</param>
    /// <param name="write">What was sent; null when nothing was, since others have been first.</param>
    /// <param name="answer">The answer.</param>
    private sealed class Sent(
        AggregateJournal<TView, TEvent> journal, ExclusiveGate.Turn turn, JournalWrite<TView>? write, Task<AppendResult> answer)
        : ISentAppend
    {
        public Task<AppendResult> Answer => answer;

        public void End(AppendResult answer)
        {
            if (write is not null)
                journal.End(write, answer);
        }

        public void Dispose() => turn.Dispose();
    }
}
