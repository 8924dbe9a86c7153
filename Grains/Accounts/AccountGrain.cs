using Microsoft.Extensions.Hosting;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;

namespace OrleansEs.Grains.Accounts;

/// <summary>An account. All rules are in <see cref="AccountDecisions"/>; this only lets commands in and answers out.</summary>
[GrainType("account"), JournalPlacement]
internal sealed class AccountGrain(IHostApplicationLifetime life, CommandAdmission admission, IEventLogReader log)
    : AggregateGrain<AccountState, AccountCommand, AccountEvent>, IAccountGrain
{
    private const int HistoryCountMax = 1_000;

    /// <inheritdoc/>
    protected override AccountState Initial => AccountState.Initial;

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<CommandResult> Execute(AccountCommand command, CommandHeader header)
    {
        if ((CommandHeaders.Refusal(Id, header) ?? AccountInput.Refusal(command)) is { } malformed)
            return CommandHeaders.NotDone(CommandStatus.Refused, header?.CommandId ?? Guid.Empty, malformed);
        if (life.ApplicationStopping.IsCancellationRequested)
            return CommandHeaders.NotDone(CommandStatus.Unavailable, header.CommandId, Refusals.Stopping());
        if (admission.IsFull && !command.IsStepOfTransfer())
            return CommandHeaders.NotDone(CommandStatus.Unavailable, header.CommandId, Refusals.Overloaded(admission.Full));
        try
        {
            return await Execute(command, header.ToContext(finishesWork: command.IsStepOfTransfer())) switch
            {
                CommandOutcome<AccountEvent>.Applied applied => CommandHeaders.Done(
                    header.CommandId, applied.Version, applied.Position.ToString(), applied.Duplicate),
                CommandOutcome<AccountEvent>.Refused refused => CommandHeaders.NotDone(
                    CommandStatus.Refused, header.CommandId, new Refusal(refused.Code, refused.Message, refused.Remedy),
                    JournalVersion, LastPosition),
                _ => CommandHeaders.Done(header.CommandId, JournalVersion, LastPosition?.ToString(), duplicate: false),
            };
        }
        catch (EventLogUnavailableException unavailable)
        {
            return CommandHeaders.NotDone(
                CommandStatus.Unavailable, header.CommandId, Refusals.Unavailable(unavailable));
        }
        catch (OutcomeUnknownException unknown)
        {
            return CommandHeaders.NotDone(
                CommandStatus.Unknown, header.CommandId, Refusals.OutcomeUnknown(unknown.Message));
        }
    }

    /// <inheritdoc/>
    public async Task<AccountView?> Show(AsOf asOf)
    {
        var moment = await At(asOf ?? AsOf.Now);
        return moment.State.IsOpened ? ViewOf(moment) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HistoryEntry>> History(long afterVersion, int countMax)
    {
        if (afterVersion < 0 || countMax is < 1 or > HistoryCountMax)
            throw new InvalidQueryException($"History takes a version from 0 and a count from 1 to {HistoryCountMax}.");
        var history = await ReadHistory(afterVersion, countMax);
        return [.. history.Select(recorded => HistoryEntries.Of(recorded.Record))];
    }

    /// <inheritdoc/>
    protected override Decision<AccountEvent> Decide(AccountState state, AccountCommand command, CommandContext context) =>
        AccountDecisions.Decide(Id, state, command).ToDecision();

    /// <inheritdoc/>
    protected override AccountState Evolve(AccountState state, AccountEvent @event) => state.Evolve(@event);

    /// <inheritdoc/>
    protected override string RequestHashOf(AccountCommand command) => CommandHash.Of(command);

    /// <inheritdoc/>
    protected override AccountEvent RecordRefusal(Decision<AccountEvent>.Refused refused) =>
        new CommandRefused(refused.Code, refused.Message, refused.Remedy);

    /// <inheritdoc/>
    protected override Decision<AccountEvent>.Refused? RecordedRefusal(AccountEvent @event) =>
        @event is CommandRefused refused ? new(refused.Code, refused.Message, refused.Remedy) : null;

    private async Task<StateAsOf<AccountState>> At(AsOf asOf)
    {
        switch (asOf)
        {
            case { Version: null, Time: null, EffectiveDate: null, Position: null }:
                await RefreshNow();
                return new StateAsOf<AccountState>(State, JournalVersion, LastPosition);
            case { Version: { } version, Time: null, EffectiveDate: null, Position: null }:
                return await AtVersion(version);
            case { Version: null, Time: { } time, EffectiveDate: null, Position: null }:
                return await Fold(recorded => recorded.Record.RecordedAt <= time);
            case { Version: null, Time: null, EffectiveDate: { } date, Position: null }:
                return await AtEndOf(date);
            case { Version: null, Time: null, EffectiveDate: null, Position: { } position }:
                return await AtPosition(position);
            default:
                throw new InvalidQueryException("Ask as of a version, a position, a time or an effective date: one of them.");
        }
    }

    // A place of another partition says nothing about this account, and one beyond the log would get another answer later.
    private async Task<StateAsOf<AccountState>> AtPosition(string token)
    {
        if (!LogPosition.TryParse(token, out var place))
            throw new InvalidQueryException($"'{LedgerText.Shown(token)}' is no position; one looks like 3:1204.");
        var partition = JournalId.Of("account", Id).PartitionOf(log.Identity.Partitions);
        if (place.Partition != partition)
            throw new InvalidQueryException(
                $"The position {place} is of partition {place.Partition}, and the account '{Id}' is in partition {partition}; "
                + $"give one that begins with {partition}:.");
        var head = (await log.ReadHeads(CancellationToken.None))[partition];
        if (place.Position > head)
            throw new InvalidQueryException(
                $"There is no position {place} yet: the last one of partition {partition} is {partition}:{head}.");
        return await Fold(recorded => recorded.Record.At.Position <= place.Position);
    }

    private async Task<StateAsOf<AccountState>> AtVersion(long version)
    {
        var moment = await StateAt(version);
        return moment.Version == 0 || moment.Version >= version
            ? moment
            : throw new InvalidQueryException(
                $"The account '{Id}' has {moment.Version} version{(moment.Version == 1 ? "" : "s")}; "
                + $"there is no version {version}.");
    }

    // Money may be effective before the day on which its account was opened: that account was there then, with its owner
    // and its limits, since a statement of it says so.
    private async Task<StateAsOf<AccountState>> AtEndOf(DateOnly day)
    {
        var wasThere = false;
        var moment = await Fold(recorded =>
        {
            var holds = ReadModels.SqlTypes.EffectiveDate(recorded.Record) <= day;
            wasThere |= holds && recorded.Event is not (TransferBarred or CommandRefused);
            return holds || recorded.Event is AccountOpened;
        });
        return wasThere ? moment : new StateAsOf<AccountState>(Initial, 0, null);
    }

    private AccountView ViewOf(StateAsOf<AccountState> moment) => new(
        Id,
        moment.State.Owner!,
        moment.State.Status,
        moment.Version,
        moment.State.Assets,
        moment.State.Overdraft,
        [
            .. moment.State.Balances
                .Select(entry => new BalanceView(
                    entry.Key, entry.Value.Balance, entry.Value.Held, (long)entry.Value.Available))
                .OrderBy(balance => balance.Asset.ToString(), StringComparer.Ordinal),
        ],
        moment.Position?.ToString());
}
