namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Runs the commands of one aggregate, one after the other: decide, append, and make sure how it ended.
/// Invariants: a command id is applied at most once and a retry gets its first outcome, also when the rules would refuse it
/// now; a refusal is decided on the journal's latest state; nobody is told "not done" of something that may be in the log.
/// </summary>
internal sealed class CommandExecutor<TCommand, TEvent>(
    IAggregateJournal<TEvent> journal,
    Func<TCommand, CommandContext, Decision<TEvent>> decide,
    Func<TEvent, Decision<TEvent>.Refused?> recordedRefusal,
    EventLogConsistencyOptions options,
    CommandAdmission admission,
    TimeProvider time)
    where TCommand : class
    where TEvent : class
{
    // A retry comes soon or costs one read; and an aggregate should be small.
    private const int RecentMax = 4;

    private readonly RecentCommands<TEvent> _recent = new(RecentMax);
    private readonly ExclusiveGate _gate = new();

    public async Task<CommandOutcome<TEvent>> Execute(TCommand command, string requestHash, CommandContext context)
    {
        var deadline = Deadline.After(context.Timeout, time);
        using var admitted = context.FinishesWork ? null : Admit();
        using var turn = await _gate.Enter(deadline, journal.Journal);
        if (_recent.Find(context.CommandId) is { } first)
            return Answer(FirstOutcome(context.CommandId, first, requestHash));
        var run = new Run(command, context, requestHash, deadline);
        try
        {
            while (true)
            {
                await journal.EnsureLoaded(run.Deadline);
                var version = journal.JournalVersion;
                var decision = decide(run.Command, run.Context with { Now = time.GetUtcNow() });
                CommandOutcome<TEvent>? outcome;
                if (decision is Decision<TEvent>.Accepted { Events.Count: > 0 } accepted)
                {
                    AppendResult result;
                    using (var sent = await journal.Send(run.Append(version, accepted.Events), run.Deadline))
                        sent.End(result = await sent.Answer);
                    outcome = result is AppendResult.Appended appended
                        ? Remember(run, new CommandOutcome<TEvent>.Applied(
                            accepted.Events, appended.LastVersion, appended.Last, Duplicate: false))
                        : await AnswerNotAppended(run, version, result);
                }
                else
                {
                    outcome = await AnswerWithoutEvents(run, decision);
                }
                if (outcome is not null)
                    return Answer(outcome);
            }
        }
        catch (EventLogUnavailableException unavailable) when (run.InDoubtAt is not null)
        {
            throw OutcomeUnknown(context.CommandId, unavailable);
        }
        catch (EventLogCorruptException corrupt)
        {
            journal.Distrust(corrupt);
            throw;
        }
    }

    // What was recorded as refused is answered as refused.
    private CommandOutcome<TEvent> Answer(CommandOutcome<TEvent> outcome) =>
        outcome is CommandOutcome<TEvent>.Applied { Events: [var single] } && recordedRefusal(single) is { } refusal
            ? new CommandOutcome<TEvent>.Refused(refusal.Code, refusal.Message, refusal.Remedy)
            : outcome;

    private IDisposable Admit() => _gate.Waiting < options.CommandsWaitingMax
        ? admission.Enter()
        : throw new EventLogOverloadedException($"{options.CommandsWaitingMax} commands wait for {journal.Journal} already.");

    // Null when it is to be decided again.
    private async Task<CommandOutcome<TEvent>?> AnswerNotAppended(Run run, long version, AppendResult result)
    {
        switch (result)
        {
            case AppendResult.Duplicate duplicate:
                var recorded = duplicate.Events.Select(e => new RecordedEvent<TEvent>(e, journal.Decode(e))).ToList();
                return await AnswerFirst(run, recorded, duplicate: run.InDoubtAt is null);
            case AppendResult.Conflict:
                return await DecideAgain(run);
            case AppendResult.Unknown:
                return await Resolve(run, version);
            case AppendResult.NotAccepted { Reason: NotAcceptedReason.QueueFull } full:
                throw new EventLogOverloadedException(
                    $"Command {run.Context.CommandId} was not appended to {journal.Journal}: {full.Detail}");
            case AppendResult.NotAccepted { Reason: NotAcceptedReason.StorageFailed } refused:
                await WaitToRetry(run, refused.Detail);
                return null;
            case AppendResult.NotAccepted refused:
                throw new EventLogUnavailableException(
                    $"Command {run.Context.CommandId} was not appended to {journal.Journal}: {refused.Detail}");
            default:
                throw new InvalidOperationException($"An append ended as {result.GetType().Name}.");
        }
    }

    // The rules may refuse a retry of what they accepted before, and this activation may be behind another one. So both are
    // looked up before anything is answered: one or two indexed reads. No refusal can go without them: whatever this
    // activation remembers, another one may have written since.
    private async Task<CommandOutcome<TEvent>?> AnswerWithoutEvents(Run run, Decision<TEvent> decision)
    {
        var moved = await journal.CatchUp(run.Deadline);
        if (await journal.FindCommand(run.Context.CommandId, run.Deadline) is { Count: > 0 } found)
            return await AnswerFirst(run, found, duplicate: run.InDoubtAt is null);
        if (moved)
            return CountConflict(run);
        if (run.InDoubtAt == journal.JournalVersion)
            throw OutcomeUnknown(run.Context.CommandId, null);
        return decision is Decision<TEvent>.Refused refused
            ? new CommandOutcome<TEvent>.Refused(refused.Code, refused.Message, refused.Remedy)
            : new CommandOutcome<TEvent>.NoChange(journal.JournalVersion);
    }

    private async Task<CommandOutcome<TEvent>?> DecideAgain(Run run)
    {
        await journal.CatchUp(run.Deadline);
        // A conflict may be one with what this activation has read meanwhile, so the database was not asked. It is now: what is
        // not there although the journal has moved on never will be, since the lost append expected the old version.
        if (run.InDoubtAt is not null
            && await journal.FindCommand(run.Context.CommandId, run.Deadline) is { Count: > 0 } found)
            return await AnswerFirst(run, found, duplicate: false);
        run.InDoubtAt = null;
        return CountConflict(run);
    }

    private CommandOutcome<TEvent>.Refused? CountConflict(Run run)
    {
        ConsistencyMeter.Conflicts.Add(1);
        return ++run.Conflicts <= options.ContentionRetriesMax
            ? null
            : new CommandOutcome<TEvent>.Refused(
                OutcomeCodes.TooMuchContention,
                $"{journal.Journal} was changed by others {run.Conflicts} times while this command was being decided.",
                "Try again with the same command id.");
    }

    // The answer of an append was lost. If the journal holds the command, it was applied. If it does not and the journal has
    // moved on, it never will be: the append expected the old version. Else it may still be on its way; appending again
    // under the same id is safe, since the constraint lets in only one of the two.
    private async Task<CommandOutcome<TEvent>?> Resolve(Run run, long expectedVersion)
    {
        ConsistencyMeter.UnknownOutcomes.Add(1);
        run.InDoubtAt = expectedVersion;
        await WaitToRetry(run, "the answer of the append was lost");
        var moved = await journal.CatchUp(run.Deadline);
        if (await journal.FindCommand(run.Context.CommandId, run.Deadline) is { Count: > 0 } found)
            return await AnswerFirst(run, found, duplicate: false);
        if (!moved)
            return null;
        run.InDoubtAt = null;
        return CountConflict(run);
    }

    private async Task WaitToRetry(Run run, string why)
    {
        if (!await run.Deadline.WaitToRetry(Backoff.Delay(run.Failures++, options)))
        {
            throw new EventLogUnavailableException(
                $"Command {run.Context.CommandId} was not appended to {journal.Journal} before its deadline: {why}");
        }
    }

    private async Task<CommandOutcome<TEvent>> AnswerFirst(
        Run run, IReadOnlyList<RecordedEvent<TEvent>> recorded, bool duplicate)
    {
        // The journal holds it: from here on nothing is in doubt, whatever becomes of the read below.
        run.InDoubtAt = null;
        var last = recorded[^1].Record;
        var events = recorded.Select(r => r.Event!).ToList();
        var outcome = new CommandOutcome<TEvent>.Applied(events, last.Version, last.At, duplicate);
        var entry = new RecentCommands<TEvent>.Entry(last.Metadata.RequestHash, outcome);
        _recent.Add(run.Context.CommandId, entry);
        await CatchUpIfPossible(last.Version, run.Deadline);
        return IsReused(entry, run.RequestHash) ? Reused(run.Context.CommandId) : outcome;
    }

    private async Task CatchUpIfPossible(long version, Deadline deadline)
    {
        if (journal.JournalVersion >= version)
            return;
        try
        {
            await journal.CatchUp(deadline);
        }
        catch (EventLogUnavailableException)
        {
            // What is known to be done must not end as "not done". The connection issue has been reported, and the next
            // command meets a conflict and catches up then.
        }
    }

    private CommandOutcome<TEvent> FirstOutcome(Guid commandId, RecentCommands<TEvent>.Entry first, string requestHash) =>
        IsReused(first, requestHash) ? Reused(commandId) : first.Outcome with { Duplicate = true };

    private static bool IsReused(RecentCommands<TEvent>.Entry first, string requestHash) =>
        first.RequestHash is { } hash && hash != requestHash;

    private CommandOutcome<TEvent>.Refused Reused(Guid commandId) => new(
        OutcomeCodes.CommandIdReused,
        $"The command id {commandId} was used before on {journal.Journal}, with another body.",
        "Make a new command id for a new command; repeat an id only to repeat the same command.");

    private CommandOutcome<TEvent>.Applied Remember(Run run, CommandOutcome<TEvent>.Applied outcome)
    {
        _recent.Add(run.Context.CommandId, new RecentCommands<TEvent>.Entry(run.RequestHash, outcome));
        return outcome;
    }

    private OutcomeUnknownException OutcomeUnknown(Guid commandId, Exception? inner)
    {
        var message = $"Command {commandId} was sent to {journal.Journal} and its answer was lost; " +
            "a retry with the same command id tells how it ended.";
        var unknown = inner is null ? new OutcomeUnknownException(message) : new OutcomeUnknownException(message, inner);
        journal.Distrust(unknown);
        return unknown;
    }

    /// <summary>One command on its way.</summary>
    private sealed class Run(TCommand command, CommandContext context, string requestHash, Deadline deadline)
    {
        public TCommand Command { get; } = command;

        public CommandContext Context { get; } = context;

        public string RequestHash { get; } = requestHash;

        public Deadline Deadline { get; } = deadline;

        public CommandAppend<TEvent> Append(long expectedVersion, IReadOnlyList<TEvent> events) =>
            new(expectedVersion, Context.CommandId, events, Context.ToMetadata(RequestHash));

        public int Conflicts { get; set; }

        public int Failures { get; set; }

        /// <summary>The version that an append with a lost answer expected; null when none is in doubt.</summary>
        public long? InDoubtAt { get; set; }
    }
}
