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
        if (!core.MustLoad && !core.IsInDoubt)
            return;
        using var turn = await core.Gate.Enter(deadline, Journal);
        await core.EnsureLoaded(deadline);
    }

    public async Task<bool> CatchUp(Deadline deadline)
    {
        using var turn = await core.Gate.Enter(deadline, Journal);
        return await core.CatchUp(deadline);
    }

    public async Task<AppendResult> AppendCommand(CommandAppend<TEvent> append, Deadline deadline)
    {
        using var turn = await core.Gate.Enter(deadline, Journal);
        if (core.Confirmed.Version != append.ExpectedVersion)
            return new AppendResult.Conflict(core.Confirmed.Version);
        var evolved = evolver.Fork(core.Confirmed.View);
        foreach (var @event in append.Events)
            evolver.Apply(evolved, @event);
        var proposed = new ProposedEvent[append.Events.Count];
        for (var index = 0; index < proposed.Length; index++)
            proposed[index] = context.Stores.Events.Encode(append.Events[index], append.Metadata);
        var write = new JournalWrite<TView>(append.CommandId, proposed, evolved);
        var result = core.Take(write, await core.Send(write, deadline));
        if (result is AppendResult.Appended)
            adaptor.StateChanged(tentative: true);
        Watch(result);
        return result;
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
}
