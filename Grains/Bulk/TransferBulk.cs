using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Grains.Accounts;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Bulk;

// An account as it is, or as it will be.
internal readonly record struct AccountAt(AccountState State, long Version);

// An append, and the transfer of the chunk that it is for.
internal sealed record ChunkStep(int Transfer, string? AccountId, AppendRequest Request);

// What a chunk comes to: the appends of all transfers that are taken, and the accounts after them.
internal sealed record ChunkPlan(IReadOnlyList<ChunkStep> Steps, IReadOnlyDictionary<string, AccountAt> Accounts);

/// <summary>
/// Decides transfers in memory, one after the other, as <see cref="TransferGrain"/> and the accounts' grains would.
/// Invariants: the rules, the ids and the metadata are those of the usual way, by the same code;
/// a transfer is taken whole or not at all, and one that is not taken changes nothing for those after it;
/// every decision about an account leads to an append at the version it was decided on, so nothing that is decided on an old
/// state gets into the log. What would append nothing is therefore left out.
/// </summary>
internal sealed class TransferBulk(IEventSerializer events, Func<string, AccountAt> account)
{
    // Only for the form of a header: nobody waits for a step.
    private static readonly TimeSpan s_anyTimeout = TimeSpan.FromSeconds(1);

    private readonly IEventSerializer _events = events;
    private readonly Dictionary<string, AccountAt> _accounts = new(StringComparer.Ordinal);
    private readonly List<ChunkStep> _steps = [];

    /// <summary>Whether a transfer can be taken at all, as far as that shows without its accounts.</summary>
    public static bool IsSimple(ImportedTransfer transfer) =>
        CommandHeaders.Refusal(transfer.Id, transfer.Header) is null
        && TransferDecisions.InputRefusal(transfer.Command) is null
        // Without one its steps would say the day on which its first event is recorded, which is not known before.
        && transfer.Header.EffectiveDate is not null;

    /// <summary>Decides those transfers of a chunk that stand at the given places.</summary>
    public ChunkPlan Decide(IReadOnlyList<ImportedTransfer> chunk, IEnumerable<int> taken)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var index in taken)
        {
            // The same id once more would have to see the first one's events: the usual way does.
            if (ids.Add(chunk[index].Id))
                new Run(this, index, chunk[index]).Take();
        }
        return new ChunkPlan(_steps, _accounts);
    }

    private AccountAt Account(string id) => _accounts.TryGetValue(id, out var changed) ? changed : account(id);

    // One transfer, whose journal is taken to be empty.
    private sealed class Run(TransferBulk bulk, int index, ImportedTransfer transfer)
    {
        private readonly JournalId _journal = JournalId.Of(LedgerEvents.TransferJournals, transfer.Id);
        private readonly Dictionary<string, AccountAt> _changed = new(StringComparer.Ordinal);
        private readonly List<ChunkStep> _steps = [];
        private TransferState _state = TransferState.Initial;
        private long _version;

        public void Take()
        {
            if (!Decide())
                return;
            bulk._steps.AddRange(_steps);
            foreach (var (id, changed) in _changed)
                bulk._accounts[id] = changed;
        }

        private bool Decide()
        {
            var context = transfer.Header.ToContext();
            var create = new TransferCommand.Create(transfer.Command);
            if (!Append(create, context))
                return false;
            var origin = StepOrigin.Of(context.CommandId, context.ToMetadata(""), transfer.Header.EffectiveDate!.Value);
            while (_state is { IsEnded: false, Status: { } status })
            {
                var steps = TransferProcess.NextSteps(transfer.Id, _state);
                if (!steps.All(step => Append(step, origin)))
                    return false;
                if (TransferProcess.After(_state, [.. steps.Select(step => new StepOutcome(step, null))]) is not { } next)
                    return false;
                var advance = new TransferCommand.Advance(status, next);
                if (!Append(advance, origin.ToAdvance(transfer.Id, status, s_anyTimeout)))
                    return false;
            }
            return _state.IsEnded;
        }

        private bool Append(TransferCommand command, CommandContext context)
        {
            var ruling = TransferDecisions.Decide(transfer.Id, _state, command);
            if (ruling is not { Refusal: null, Events.Count: > 0 })
                return false;
            Add(null, _journal, _version, context, CommandHash.Of(command), ruling.Events);
            _state = ruling.Events.Aggregate(_state, static (state, @event) => state.Evolve(@event));
            _version += ruling.Events.Count;
            return true;
        }

        private bool Append(AccountStep step, StepOrigin origin)
        {
            var id = step.AccountId;
            var (state, version) = _changed.TryGetValue(id, out var changed) ? changed : bulk.Account(id);
            var ruling = AccountDecisions.Decide(id, state, step.Command);
            if (ruling is not { Refusal: null, Events.Count: > 0 })
                return false;
            Add(
                id, JournalId.Of(LedgerEvents.AccountJournals, id), version, origin.ToHeader(step, s_anyTimeout).ToContext(),
                CommandHash.Of(step.Command), ruling.Events);
            _changed[id] = new AccountAt(
                ruling.Events.Aggregate(state, static (before, @event) => before.Evolve(@event)), version + ruling.Events.Count);
            return true;
        }

        private void Add(
            string? accountId, JournalId journal, long version, CommandContext context, string requestHash,
            IReadOnlyList<object> decided)
        {
            var metadata = context.ToMetadata(requestHash);
            _steps.Add(new ChunkStep(index, accountId, new AppendRequest(
                journal, version, context.CommandId, [.. decided.Select(@event => bulk._events.Encode(@event, metadata))])));
        }
    }
}
