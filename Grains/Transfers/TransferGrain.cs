using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Grains.ReadModels;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

/// <summary>
/// A transfer. It drives itself as far as the caller's time allows; after that, or after a crash,
/// <see cref="TransferRecoveryGrain"/> has it go on. It is not reentrant, so one activation drives one phase at a time; a
/// second activation costs a conflict in the transfer's journal and nothing else (see <see cref="TransferProcess"/>).
/// </summary>
// A transfer is asked a few times and never again: it leaves memory soon.
[GrainType("transfer"), JournalPlacement, CollectionAgeLimit(Minutes = 2)]
internal sealed partial class TransferGrain(
    TimeProvider time, IHostApplicationLifetime life, CommandAdmission admission, ILogger<TransferGrain> logger)
    : AggregateGrain<TransferState, TransferCommand, TransferEvent>, ITransferGrain
{
    private static readonly TimeSpan ResumeTimeout = TimeSpan.FromSeconds(10);

    private RecordedEvent<TransferEvent>? _created;

    /// <inheritdoc/>
    protected override TransferState Initial => TransferState.Initial;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<TransferResult> Create(CreateTransfer command, CommandHeader header)
    {
        var commandId = header?.CommandId ?? Guid.Empty;
        if ((CommandHeaders.Refusal(Id, header) ?? TransferDecisions.InputRefusal(command)) is { } malformed)
            return NotAccepted(CommandHeaders.NotDone(CommandStatus.Refused, commandId, malformed));
        if (life.ApplicationStopping.IsCancellationRequested)
            return NotAccepted(CommandHeaders.NotDone(CommandStatus.Unavailable, commandId, Refusals.Stopping()));
        if (admission.IsFull)
            return NotAccepted(CommandHeaders.NotDone(CommandStatus.Unavailable, commandId, Refusals.Overloaded(admission.Full)));
        var tokens = new TokenSet();
        var deadline = DeadlineIn(CommandHeaders.TimeoutOf(header!));
        try
        {
            // One admission for the whole transfer: its steps are let in.
            using var admitted = admission.Enter();
            var outcome = await Execute(new TransferCommand.Create(command), header!.ToContext(finishesWork: true));
            if (outcome is CommandOutcome<TransferEvent>.Refused refused)
                return NotAccepted(CommandHeaders.NotDone(
                    CommandStatus.Refused, commandId, new Refusal(refused.Code, refused.Message, refused.Remedy),
                    JournalVersion, LastPosition));
            await Drive(deadline, tokens);
            return await Answer(commandId, IsRepeated(outcome), tokens, deadline);
        }
        catch (Exception exception) when (exception is EventLogUnavailableException or OutcomeUnknownException)
        {
            return AnswerInTrouble(commandId, exception, tokens);
        }
    }

    /// <inheritdoc/>
    public async Task<TransferView?> Show()
    {
        await RefreshNow();
        return State.Status is null ? null : await View();
    }

    /// <inheritdoc/>
    public async Task Resume()
    {
        await RefreshNow();
        await Drive(DeadlineIn(ResumeTimeout), new TokenSet());
    }

    /// <inheritdoc/>
    protected override Decision<TransferEvent> Decide(TransferState state, TransferCommand command, CommandContext context) =>
        TransferDecisions.Decide(Id, state, command).ToDecision();

    /// <inheritdoc/>
    protected override TransferState Evolve(TransferState state, TransferEvent @event) => state.Evolve(@event);

    /// <inheritdoc/>
    protected override string RequestHashOf(TransferCommand command) => CommandHash.Of(command);

    private static bool IsRepeated(CommandOutcome<TransferEvent> outcome) =>
        outcome is CommandOutcome<TransferEvent>.NoChange or CommandOutcome<TransferEvent>.Applied { Duplicate: true };

    private static TransferResult NotAccepted(CommandResult result) => new(result, null, []);

    private long DeadlineIn(TimeSpan timeout) =>
        time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);

    // Each round is one phase: all its steps, then the event that says how they ended. It ends with the transfer, with the
    // deadline, where only a person can help, or when the silo stops: recovery goes on from the events after its start.
    private async Task Drive(long deadline, TokenSet tokens)
    {
        var driver = new TransferDriver(GrainFactory, time, life.ApplicationStopping);
        while (State.Status is { } status && !State.IsEnded && driver.Left(deadline) > TimeSpan.Zero
            && !life.ApplicationStopping.IsCancellationRequested)
        {
            var origin = await Origin(Positive(driver.Left(deadline)));
            var outcomes = await driver.Run(TransferProcess.NextSteps(Id, State), origin, deadline, tokens);
            if (outcomes is null)
                return;
            if (TransferProcess.After(State, outcomes) is not { } next)
            {
                var stuck = outcomes.First(outcome => outcome.Refusal is not null);
                LogStuck(Id, status, stuck.Step.AccountId, stuck.Refusal!.Code, stuck.Refusal.Message);
                return;
            }
            await Execute(
                new TransferCommand.Advance(status, next), origin.ToAdvance(Id, status, Positive(driver.Left(deadline))));
        }
    }

    // The answers of the phase are in; its event is worth a moment more than nothing, else the phase is done again.
    private static TimeSpan Positive(TimeSpan left) =>
        left > TimeSpan.FromMilliseconds(50) ? left : TimeSpan.FromMilliseconds(50);

    private async Task<RecordedEvent<TransferEvent>> Created(TimeSpan? timeout = null) =>
        _created ??= (await ReadHistory(0, 1, timeout))[0];

    private async Task<StepOrigin> Origin(TimeSpan timeout)
    {
        var record = (await Created(timeout)).Record;
        return StepOrigin.Of(record.CommandId, record.Metadata, SqlTypes.EffectiveDate(record));
    }

    private async Task<TransferView> View(TimeSpan? timeout = null) => ViewOf((await Created(timeout)).Record);

    private TransferView ViewOf(CommittedEvent created) => new(
        Id, State.Status!.Value, State.Postings, State.Memo, State.Failure, JournalVersion, created.RecordedAt,
        SqlTypes.EffectiveDate(created), SqlTypes.CorrelationId(created), LastPosition?.ToString());

    private async Task<TransferResult> Answer(Guid commandId, bool repeated, TokenSet tokens, long deadline)
    {
        tokens.Add(LastPosition?.ToString());
        var result = State switch
        {
            { Status: TransferStatus.Completed } =>
                CommandHeaders.Done(commandId, JournalVersion, LastPosition?.ToString(), repeated),
            { Status: TransferStatus.Failed, Failure: { } failure } =>
                CommandHeaders.NotDone(CommandStatus.Refused, commandId, failure, JournalVersion, LastPosition),
            _ => CommandHeaders.NotDone(
                CommandStatus.Unavailable, commandId, Refusals.UnderWay(Id), JournalVersion, LastPosition),
        };
        var view = await View(Positive(time.GetElapsedTime(time.GetTimestamp(), deadline)));
        return new TransferResult(result with { Duplicate = repeated }, view, tokens.Tokens);
    }

    // Once the transfer has begun it will end by itself; before that, the trouble is the answer.
    private TransferResult AnswerInTrouble(Guid commandId, Exception trouble, TokenSet tokens)
    {
        var (status, refusal) = trouble is EventLogUnavailableException unavailable
            ? (CommandStatus.Unavailable, Refusals.Unavailable(unavailable))
            : (CommandStatus.Unknown, Refusals.OutcomeUnknown(trouble.Message));
        if (State.Status is null)
            return new TransferResult(CommandHeaders.NotDone(status, commandId, refusal), null, tokens.Tokens);
        var underWay = CommandHeaders.NotDone(
            CommandStatus.Unavailable, commandId, Refusals.UnderWay(Id), JournalVersion, LastPosition);
        return new TransferResult(underWay, _created is null ? null : ViewOf(_created.Record), tokens.Tokens);
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Transfer {TransferId} is stuck while {Status}: account '{AccountId}' refused with {Code}: {Reason}. " +
        "It is tried again; put the account right.")]
    private partial void LogStuck(string transferId, TransferStatus status, string accountId, string code, string reason);
}
