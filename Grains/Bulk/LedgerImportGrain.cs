using Microsoft.Extensions.Hosting;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Bulk;

/// <summary>
/// Takes chunks of transfers: decides them on the accounts as it knows them, and appends all that is accepted in one
/// transaction, or in a few smaller ones where others change the same accounts meanwhile. Whatever is not plain (a refusal, a
/// transfer or a step that is there, accounts that others keep changing) it leaves to the usual way. It remembers the accounts from
/// chunk to chunk, so it is not reentrant.
/// </summary>
[GrainType("ledger-import"), CollectionAgeLimit(Minutes = 2)]
internal sealed class LedgerImportGrain(
    TimeProvider time, IHostApplicationLifetime life, CommandAdmission admission, ImportLog log, AggregateStates states)
    : Grain, ILedgerImportGrain
{
    // In a row: one for what is there already, one for accounts that were changed since the last chunk, the others for those
    // who change them all the time.
    private const int FailuresMax = 5;

    // So few are decided within a millisecond or two, before anybody else has changed their accounts.
    private const int ContendedMin = 10;

    private static readonly TimeSpan s_flushTimeout = TimeSpan.FromSeconds(2);

    private readonly ImportAccounts _accounts = new(states);

    /// <inheritdoc/>
    public async Task<ImportAnswer> Post(IReadOnlyList<ImportedTransfer> chunk)
    {
        if (InputRefusal(chunk) is { } malformed)
            return ForAll(chunk ?? [], CommandStatus.Refused, malformed);
        if (life.ApplicationStopping.IsCancellationRequested)
            return ForAll(chunk, CommandStatus.Unavailable, Refusals.Stopping());
        if (admission.IsFull)
            return ForAll(chunk, CommandStatus.Unavailable, Refusals.Overloaded(admission.Full));
        var run = new ImportRun(chunk);
        if (run.Open.Count == 0)
            return run.Answer;
        var started = time.GetTimestamp();
        var timeout = run.Open.Min(index => CommandHeaders.TimeoutOf(chunk[index].Header));
        try
        {
            using var admitted = admission.Enter();
            await Take(chunk, run, () => Left(timeout, started));
            return run.Answer;
        }
        catch (EventLogUnavailableException unavailable)
        {
            // Only reads throw it, so what is still open is certainly not done. What is done stays done.
            run.NotDone(CommandStatus.Unavailable, Refusals.Unavailable(unavailable));
            return run.Answer;
        }
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Losing a snapshot costs time and no truth.
        await Task.WhenAny(_accounts.Finish(), Task.Delay(s_flushTimeout, time, cancellationToken));
        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    private static Refusal? InputRefusal(IReadOnlyList<ImportedTransfer> chunk)
    {
        if (chunk is null || chunk.Count > ILedgerImportGrain.TransfersMax || chunk.Any(static transfer => transfer is null))
            return Refusals.InvalidInput(
                $"A chunk holds 0 to {ILedgerImportGrain.TransfersMax} transfers; this one has {chunk?.Count ?? 0}, or one is missing.");
        var postings = chunk.Sum(static transfer => (long)(transfer.Command?.Postings?.Count ?? 0));
        return postings > ILedgerImportGrain.PostingsMax
            ? Refusals.InvalidInput(
                $"A chunk holds at most {ILedgerImportGrain.PostingsMax} postings; this one has {postings}: send it in parts.")
            : null;
    }

    private static ImportAnswer ForAll(IReadOnlyList<ImportedTransfer> chunk, CommandStatus status, Refusal refusal) => new(
        [.. chunk.Select(transfer => CommandHeaders.NotDone(status, transfer?.Header?.CommandId ?? Guid.Empty, refusal))], []);

    private TimeSpan Left(TimeSpan timeout, long started)
    {
        var left = timeout - time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    // Each round decides some of what is open on the accounts as they are known: all of it, unless others change the same
    // accounts meanwhile. A refused bulk wrote nothing and says what was not so.
    private async Task Take(IReadOnlyList<ImportedTransfer> chunk, ImportRun run, Func<TimeSpan> left)
    {
        var doubtful = new HashSet<string>(StringComparer.Ordinal);
        for (var (size, failures) = (run.Open.Count, 0); run.Open.Count > 0 && failures < FailuresMax;)
        {
            await _accounts.Load(run.Accounts, left);
            var taken = run.Open.Take(size).ToArray();
            var plan = new TransferBulk(log.Events, id => _accounts[id]).Decide(chunk, taken);
            var refused = taken.Except(plan.Steps.Select(static step => step.Transfer)).ToArray();
            run.LeaveOut(refused);
            doubtful.UnionWith(ImportRun.AccountsOf(chunk, refused));
            if (plan.Steps.Count == 0)
                continue;
            var requests = plan.Steps.Select(static step => step.Request).ToArray();
            switch (await log.Appender.Append(requests, left(), life.ApplicationStopping))
            {
                case BulkAppendResult.Appended appended:
                    run.Done(plan.Steps, appended.Results);
                    _accounts.Follow(plan.Accounts, Lasts(plan, appended));
                    (size, failures) = (2 * size, 0);
                    break;
                case BulkAppendResult.Refused conflict:
                    failures++;
                    if (!await Learn(chunk, run, plan, conflict, left))
                        size = Math.Max(size / 4, ContendedMin);
                    break;
                case BulkAppendResult.NotAccepted notAccepted:
                    run.NotDone(CommandStatus.Unavailable, Refusals.Unavailable(notAccepted.Detail));
                    break;
                case BulkAppendResult.Unknown unknown:
                    _accounts.Forget(plan.Accounts.Keys);
                    run.NotDone(CommandStatus.Unknown, Refusals.OutcomeUnknown(unknown.Detail));
                    break;
            }
        }
        // What an old state refuses meets no conflict: without a look the next chunks would be refused by it as well.
        await _accounts.CatchUp(doubtful, left);
    }

    private static Dictionary<string, LogPosition> Lasts(ChunkPlan plan, BulkAppendResult.Appended appended)
    {
        var lasts = new Dictionary<string, LogPosition>(StringComparer.Ordinal);
        for (var index = 0; index < plan.Steps.Count; index++)
        {
            if (plan.Steps[index].AccountId is { } account)
                lasts[account] = appended.Results[index].Last;
        }
        return lasts;
    }

    // True when the bulk held what is there already: then conflicts follow from that.
    private async Task<bool> Learn(
        IReadOnlyList<ImportedTransfer> chunk, ImportRun run, ChunkPlan plan, BulkAppendResult.Refused refused, Func<TimeSpan> left)
    {
        // A duplicate, and whatever has become of a transfer's own journal, is that transfer's affair. A conflict on an account
        // means that others changed it, or that a transfer that is there had done so.
        var begun = new SortedSet<int>();
        var stale = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (place, reason) in refused.Reasons)
        {
            var step = plan.Steps[place];
            if (reason is AppendResult.Conflict && step.AccountId is { } account)
                stale.Add(account);
            else
                begun.Add(step.Transfer);
        }
        foreach (var few in begun.Chunk(8))
        {
            var ends = await Task.WhenAll(few.Select(index => log.EndOf(chunk[index], left())));
            for (var index = 0; index < few.Length; index++)
            {
                if (ends[index] is { } end)
                    run.IsThere(few[index], end);
            }
        }
        run.LeaveOut(begun);
        await _accounts.CatchUp(stale, left);
        return begun.Count > 0;
    }
}
