using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// What becomes of the journals of one part of which an event cannot be applied. It runs inside the part's loop, a page at a
// time, so that nobody else waits.
// Invariants: a journal is parked at the first event that is not applied, and goes on just there; it is not parked any more when
//   all of its events up to the checkpoint are applied or skipped by decision; a bounded number is parked.
internal sealed partial class ReadModelQuarantine(ReadModelPartState state, ReadModelServices services, ILogger logger)
{
    // Whoever loses the fence so often has a rival that is busier than him.
    private const int TriesMax = 3;

    private const string NotTriedYet = "not tried yet";

    // Of the journals that are being caught up: events are tried one at a time until one succeeds.
    private readonly Dictionary<JournalId, int> _pageSizes = [];

    private ReadModelOptions Options => services.Options;

    private DateTimeOffset Now => services.Time.GetUtcNow();

    // How long until a journal is tried again; null when none is waiting.
    public TimeSpan? UntilDue => state.Parked.Min(parked => parked.NextAt) - Now;

    // Parks the journal of an event that cannot be applied.
    // When as many are parked as may be, it throws instead: a bug that hits everything must not park everything.
    public async Task Park(CommittedEvent failed, EventNotAppliedException failure, CancellationToken cancellation)
    {
        // By a decision that was made for another build of the same code.
        if (await state.IsSkipped(failed, cancellation))
            return;
        if (state.Parked.Count >= Options.ParkedMax)
            throw new InvalidOperationException(
                $"Event {failed.Version} of journal {failed.Journal} cannot be applied ({failure.Message}), and {state.Parked.Count} "
                + $"journals are parked, as many as may be ({nameof(ReadModelOptions.ParkedMax)}). Repair the projection and let it "
                + "retry them, or skip events of parked journals.", failure);
        var parked = new ParkedEvent(
            state.Part.Name, state.Part.Build, failed.Journal, failed.Version, failed.At, failed.Type, ParkedEvent.Retrying, 0, "", Now,
            null);
        if (await state.Park(failed, AfterFailure(parked, failure), cancellation))
            LogParked(state.Part.Key, failed.Journal, failed.Version, failed.Type, failure.Cause);
    }

    // Tries a page of one journal whose time has come; false when there is none.
    public async Task<bool> RetryOne(CancellationToken cancellation)
    {
        var now = Now;
        if (state.Parked.Where(one => one.IsDue(now)).MinBy(one => one.NextAt) is not { } parked)
            return false;
        var pageSize = _pageSizes.GetValueOrDefault(parked.Journal, 1);
        var (events, next) = await ReadPage(parked.Journal, parked.Version - 1, pageSize, cancellation);
        try
        {
            var after = next is null ? null : AtNext(parked, next);
            if (!await state.Change(new JournalChange(parked.Journal, after), events, cancellation))
                return true;
            _pageSizes[parked.Journal] = Math.Min(pageSize * 2, Options.PageSizeMax);
            if (after is null)
                Forget(parked);
        }
        catch (EventNotAppliedException failure)
        {
            _pageSizes.Remove(parked.Journal);
            if (events.Count == 1)
                await Record(parked, events[0], failure, cancellation);
        }
        return true;
    }

    // Makes journals be tried at once, also those that wait for a person; null for all. Says how many there are.
    public async Task<int> Retry(JournalId? journal, string actor, CancellationToken cancellation)
    {
        await state.Load(cancellation);
        var wanted = state.Parked.Select(parked => parked.Journal).Where(one => journal is null || one == journal).ToArray();
        foreach (var one in wanted)
            await Decide(
                () => state.Find(one) is not { } parked
                    ? Task.FromResult(true)
                    : state.Change(
                        new JournalChange(
                            one, parked with { State = ParkedEvent.Retrying, NextAt = Now },
                            new ReadModelDecision(ReadModelDecision.Retry, actor, null, one, parked)),
                        [], cancellation),
                cancellation);
        return wanted.Length;
    }

    // Leaves out the one event that a journal is parked for, and goes on with the next.
    public Task Skip(JournalId journal, long version, string reason, string actor, CancellationToken cancellation) => Decide(
        async () =>
        {
            var parked = state.Find(journal) ?? throw new ReadModelBusyException(
                $"Journal {journal} is not parked in build {state.Part.Build} of read model '{state.Part.Name}'.",
                "There is nothing to skip.");
            if (parked.Version != version || parked.Attempts == 0)
                throw new ReadModelBusyException(
                    $"Journal {journal} is parked at version {parked.Version} ({parked.Error}), and version {version} was to be skipped.",
                    "List the quarantine again, and name the version that fails now.");
            var (_, next) = await ReadPage(journal, version, 0, cancellation);
            var after = next is null ? null : AtNext(parked, next);
            var decision = new ReadModelDecision(ReadModelDecision.Skip, actor, reason, journal, parked);
            if (!await state.Change(new JournalChange(journal, after, decision), [], cancellation))
                return false;
            LogSkipped(state.Part.Key, journal, version, actor, reason);
            if (after is null)
                Forget(parked);
            return true;
        },
        cancellation);

    // Makes the rows of one journal anew, in one transaction. Of a journal that is longer than that, the rest follows page by
    // page, and it is parked meanwhile.
    public Task RebuildKey(JournalId journal, string actor, CancellationToken cancellation) => Decide(
        async () =>
        {
            var (events, next) = await ReadPage(journal, 0, Options.CatchUpPageSizeMax, cancellation);
            if (events.Count == 0)
                throw new ReadModelBusyException(
                    $"Journal {journal} has no event up to where the read model is ({state.Checkpoint.Position}).",
                    "Name a journal that has, such as account/alice.");
            var known = state.Find(journal);
            if (next is not null && known is null && state.Parked.Count >= Options.ParkedMax)
                throw new ReadModelBusyException(
                    $"{state.Part.Key} has {state.Parked.Count} journals parked, as many as may be.",
                    "Have them retried or skipped first.");
            var after = next is null ? null : AtNext(
                known ?? new ParkedEvent(
                    state.Part.Name, state.Part.Build, journal, 1, default, "", ParkedEvent.Retrying, 0, "", Now, Now), next);
            var decision = new ReadModelDecision(ReadModelDecision.RebuildKey, actor, null, journal, known);
            return await Rebuild(new JournalChange(journal, after, decision, RemovesRows: true), events, cancellation);
        },
        cancellation);

    private async Task<bool> Rebuild(JournalChange change, IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        try
        {
            return await state.Change(change, events, cancellation);
        }
        catch (EventNotAppliedException failure)
        {
            throw new ReadModelBusyException(
                $"Journal {change.Journal} cannot be rebuilt: {failure.Message}",
                "Its rows are as before. Repair the projection first.");
        }
        catch (NotSupportedException failure)
        {
            throw new ReadModelBusyException(failure.Message, $"Rebuild it as a whole: readmodel rebuild {state.Part.Name}.");
        }
    }

    private async Task Record(
        ParkedEvent parked, CommittedEvent failed, EventNotAppliedException failure, CancellationToken cancellation)
    {
        var after = AfterFailure(parked with { Version = failed.Version, At = failed.At, Type = failed.Type }, failure);
        if (await state.Change(new JournalChange(parked.Journal, after), [], cancellation)
            && after.State == ParkedEvent.Quarantined)
            LogQuarantined(state.Part.Key, parked.Journal, failed.Version, after.Attempts, failure.Cause);
    }

    private ParkedEvent AfterFailure(ParkedEvent parked, EventNotAppliedException failure)
    {
        var attempts = parked.Attempts + 1;
        var delay = Options.ParkedRetryDelayMin * Math.Pow(2, Math.Min(parked.Attempts, 20));
        var isLast = attempts >= Options.ParkedAttemptsMax;
        return parked with
        {
            Attempts = attempts,
            Error = failure.Message,
            State = isLast ? ParkedEvent.Quarantined : ParkedEvent.Retrying,
            NextAt = isLast ? null : Now + (delay < Options.ParkedRetryDelayMax ? delay : Options.ParkedRetryDelayMax),
        };
    }

    // What was not tried yet is tried at once, by itself.
    private ParkedEvent AtNext(ParkedEvent parked, CommittedEvent next) => parked with
    {
        Version = next.Version,
        At = next.At,
        Type = next.Type,
        State = ParkedEvent.Retrying,
        Attempts = 0,
        Error = NotTriedYet,
        NextAt = Now,
    };

    // Events of a journal that the checkpoint has passed, and the one after them if it has passed that, too.
    private async Task<(IReadOnlyList<CommittedEvent> Events, CommittedEvent? Next)> ReadPage(
        JournalId journal, long afterVersion, int count, CancellationToken cancellation)
    {
        var read = await services.Log.ReadJournal(journal, afterVersion, count + 1, cancellation);
        var passed = read.TakeWhile(committed => committed.At.Position <= state.Checkpoint.Position).ToArray();
        return (passed[..Math.Min(count, passed.Length)], passed.ElementAtOrDefault(count));
    }

    // What an operator decided is about what there is, and not about what was last known here: another owner of the part may have
    // parked it, and may be faster once more.
    private async Task Decide(Func<Task<bool>> change, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            await state.Load(cancellation);
            if (await change())
                return;
        }
        throw new EventLogUnavailableException($"{state.Part.Key} is being moved on by somebody else. Try again.");
    }

    private void Forget(ParkedEvent parked)
    {
        _pageSizes.Remove(parked.Journal);
        LogReleased(state.Part.Key, parked.Journal, parked.Since);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Read model {ReadModel} cannot apply event {Version} of journal {Journal} ({Type}): it parks this journal and goes on.")]
    private partial void LogParked(string readModel, JournalId journal, long version, string type, Exception exception);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Event {Version} of journal {Journal} failed {Attempts} times in read model {ReadModel}: it waits for a person.")]
    private partial void LogQuarantined(string readModel, JournalId journal, long version, int attempts, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Event {Version} of journal {Journal} is skipped in read model {ReadModel}, as {Actor} decided: {Reason}.")]
    private partial void LogSkipped(string readModel, JournalId journal, long version, string actor, string reason);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Journal {Journal} of read model {ReadModel}, parked since {Since}, has caught up.")]
    private partial void LogReleased(string readModel, JournalId journal, DateTimeOffset since);
}
