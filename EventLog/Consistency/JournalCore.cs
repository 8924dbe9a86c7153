using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// One activation's hold on its journal: the confirmed state, loading it, and appending to it.
/// Invariants: the confirmed state is always the fold of a prefix of the journal; whoever calls holds <see cref="Gate"/>;
/// an append whose answer was lost is cleared up before anything else is appended.
/// </summary>
internal sealed class JournalCore<TView, TEvent>(
    JournalContext context, JournalReads reads, JournalLoader<TView, TEvent> loader, SnapshotKeeper<TView> snapshots,
    ConnectionWatch watch)
    where TView : class, new()
    where TEvent : class
{
    /// <summary>Called after the confirmed state was replaced by what was read. Who appends tells of it by itself.</summary>
    public Action Followed { get; set; } = static () => { };

    public ExclusiveGate Gate { get; } = new();

    public JournalReads Reads => reads;

    public JournalState<TView> Confirmed { get; private set; } = JournalLoader<TView, TEvent>.Empty;

    /// <summary>True until the first load.</summary>
    public bool MustLoad { get; private set; } = true;

    /// <summary>True while somebody loads, who will be told if that fails.</summary>
    public bool IsLoading { get; private set; }

    /// <summary>True until the log was read after an append whose answer was lost.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>True when nothing need be read before anything is decided or appended.</summary>
    public bool IsLoaded => !MustLoad && !IsInDoubt;

    /// <summary>Reads what must be read before anything is decided or appended.</summary>
    public Task EnsureLoaded(Deadline deadline) => IsLoaded ? Task.CompletedTask : CatchUp(deadline);

    /// <summary>Reads what others appended; the first time, everything.</summary>
    /// <returns>True when there was something new.</returns>
    public async Task<bool> CatchUp(Deadline deadline) =>
        Follow(MustLoad ? await Load(deadline) : await loader.CatchUp(Confirmed, deadline));

    /// <summary>A state of its own, equal to the confirmed one, to evolve.</summary>
    /// <returns>Null when it had to be read from the log and the journal has moved on: the confirmed state has, too.</returns>
    public async Task<TView?> Fork(Deadline deadline)
    {
        var fork = await loader.Fork(Confirmed, deadline);
        return Follow(fork) ? null : fork.View;
    }

    /// <summary>Sends an append at the confirmed version, once. <see cref="Take"/> its result before anything else is done.</summary>
    public Task<AppendResult> Send(JournalWrite<TView> write, Deadline deadline) => context.Stores.Appender.Append(
        new AppendRequest(context.Journal, Confirmed.Version, write.CommandId, write.Events),
        deadline.Remaining,
        CancellationToken.None);

    /// <summary>
    /// Takes note of how an append ended. When appended, the evolved state becomes the confirmed one; after any other end the
    /// confirmed state is what it was.
    /// </summary>
    public AppendResult Take(JournalWrite<TView> write, AppendResult result)
    {
        if (result is AppendResult.Appended appended)
        {
            var clearedAt = write.Clears ? appended.LastVersion : Confirmed.ClearedAt;
            Confirmed = new JournalState<TView>(write.Evolved, appended.LastVersion, clearedAt, appended.Last);
            write.Confirmed?.Invoke();
            snapshots.Offer(Confirmed);
        }
        IsInDoubt |= result is AppendResult.Unknown;
        return result;
    }

    /// <summary>
    /// Appends, tries again what was certainly not written, and clears up what may have been, up to the deadline.
    /// </summary>
    /// <returns>
    /// True when the events are in the log and in the confirmed state; false when others were first: the events are certainly
    /// not in the log, and the confirmed state includes the others' events.
    /// </returns>
    /// <exception cref="EventLogUnavailableException">The events are certainly not in the log.</exception>
    /// <exception cref="OutcomeUnknownException">The events may be in the log.</exception>
    public async Task<bool> Append(JournalWrite<TView> write, Deadline deadline)
    {
        var inDoubt = false;
        try
        {
            while (true)
            {
                var result = Take(write, await Send(write, deadline));
                switch (result)
                {
                    case AppendResult.Appended:
                        watch.Succeeded();
                        return true;
                    case AppendResult.Duplicate:
                        watch.Succeeded();
                        Follow(await loader.CatchUp(Confirmed, deadline), write);
                        return true;
                    case AppendResult.Conflict:
                        watch.Succeeded();
                        ConsistencyMeter.Conflicts.Add(1);
                        await CatchUp(deadline);
                        return false;
                    case AppendResult.NotAccepted refused:
                        await WaitToRetry(refused, deadline);
                        break;
                    case AppendResult.Unknown unknown:
                        inDoubt = true;
                        ConsistencyMeter.UnknownOutcomes.Add(1);
                        if (await Resolve(write, unknown, deadline) is { } written)
                        {
                            watch.Succeeded();
                            return written;
                        }
                        break;
                }
            }
        }
        catch (EventLogUnavailableException unavailable) when (inDoubt)
        {
            throw new OutcomeUnknownException(
                $"{write.Events.Count} events were sent to {context.Journal} and the answer was lost: {unavailable.Message}",
                unavailable);
        }
    }

    /// <summary>Appends a clear, unless there is nothing to clear.</summary>
    /// <exception cref="EventLogUnavailableException">It is certainly not cleared.</exception>
    /// <exception cref="OutcomeUnknownException">It may be cleared.</exception>
    public async Task Clear(EventMetadata metadata, Deadline deadline)
    {
        await CatchUp(deadline);
        while (Confirmed.EventsSinceClear > 0)
        {
            var cleared = context.Stores.Events.Encode(new JournalCleared(), metadata);
            var commandId = Guid.CreateVersion7(context.Time.GetUtcNow());
            await Append(new JournalWrite<TView>(commandId, [cleared], new TView(), Clears: true), deadline);
        }
    }

    // Found: written. Not found and others were first: it never will be, since it expected the old version. Neither: it may
    // still be on its way, so it is appended again under the same id, of which the constraint lets in only one.
    private async Task<bool?> Resolve(JournalWrite<TView> write, AppendResult.Unknown unknown, Deadline deadline)
    {
        await deadline.Delay(watch.Failed(new OutcomeUnknownException(unknown.Detail)));
        // In this order: what is not found was not there when the journal was read either. The confirmed state is replaced only
        // when both are known, since nobody may see the events in it and among the raised ones as well.
        var state = await loader.CatchUp(Confirmed, deadline);
        var found = await reads.FindCommand(write.CommandId, deadline);
        if (found.Count > 0 && state.Version < found[^1].Version)
            state = await loader.CatchUp(state, deadline);
        var moved = Follow(state, found.Count > 0 ? write : null);
        return found.Count > 0 ? true : moved ? false : null;
    }

    private async Task WaitToRetry(AppendResult.NotAccepted refused, Deadline deadline)
    {
        var failure = new EventLogUnavailableException($"{context.Journal} could not be appended to: {refused.Detail}");
        var delay = watch.Failed(failure);
        if (refused.Reason is NotAcceptedReason.Withdrawn or NotAcceptedReason.Stopping || !await deadline.WaitToRetry(delay))
            throw failure;
    }

    private async Task<JournalState<TView>> Load(Deadline deadline)
    {
        IsLoading = true;
        try
        {
            return await loader.Load(deadline);
        }
        finally
        {
            IsLoading = false;
        }
    }

    // The write that the state includes is confirmed in the same step in which the state becomes the confirmed one.
    private bool Follow(JournalState<TView> state, JournalWrite<TView>? included = null)
    {
        (MustLoad, IsInDoubt) = (false, false);
        if (state.Version == Confirmed.Version)
            return false;
        Confirmed = state;
        included?.Confirmed?.Invoke();
        Followed();
        snapshots.Offer(state);
        return true;
    }
}

/// <summary>Encoded events, and the state that follows from them.</summary>
/// <param name="CommandId">The command id that they are appended under.</param>
/// <param name="Events">The events.</param>
/// <param name="Evolved">The state after them.</param>
/// <param name="Clears">True when they clear the journal.</param>
/// <param name="Confirmed">Called in the step in which a state that includes them becomes the confirmed one.</param>
internal sealed record JournalWrite<TView>(
    Guid CommandId, IReadOnlyList<ProposedEvent> Events, TView Evolved, bool Clears = false, Action? Confirmed = null);
