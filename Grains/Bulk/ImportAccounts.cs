using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;
using OrleansEs.Grains.Accounts;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Bulk;

/// <summary>
/// The accounts that an import works with, as far as they were read. They may be behind the log: an append at their version
/// tells. Invariant: there are at most so many of them.
/// </summary>
internal sealed class ImportAccounts(AggregateStates states)
{
    // Some hundred bytes each. A chunk's own accounts come on top.
    private const int CountMax = 10_000;

    // As many as the log's readers serve at once.
    private const int ParallelMax = 8;

    private readonly Dictionary<string, DetachedAggregate<AccountState, AccountEvent>> _accounts = new(StringComparer.Ordinal);

    public AccountAt this[string id] => new(_accounts[id].State, _accounts[id].Version);

    /// <summary>Reads those accounts that are not known yet.</summary>
    public async Task Load(IReadOnlyCollection<string> ids, Func<TimeSpan> left)
    {
        if (_accounts.Count > CountMax)
        {
            await Finish();
            _accounts.Clear();
        }
        foreach (var few in ids.Where(id => !_accounts.ContainsKey(id)).Chunk(ParallelMax))
        {
            var opened = few.Select(id => states.Of<AccountState, AccountEvent>(
                JournalId.Of(LedgerEvents.AccountJournals, id), AccountState.Initial,
                static (state, @event) => state.Evolve(@event))).ToArray();
            await Task.WhenAll(opened.Select(account => account.CatchUp(left())));
            foreach (var account in opened)
                _accounts.Add(account.Journal.Key, account);
        }
    }

    /// <summary>Reads what others appended to those that are known.</summary>
    public async Task CatchUp(IEnumerable<string> ids, Func<TimeSpan> left)
    {
        foreach (var few in ids.Where(_accounts.ContainsKey).Chunk(ParallelMax))
            await Task.WhenAll(few.Select(id => _accounts[id].CatchUp(left())));
    }

    /// <summary>Takes over what was appended.</summary>
    public void Follow(IReadOnlyDictionary<string, AccountAt> after, IReadOnlyDictionary<string, LogPosition> lasts)
    {
        foreach (var (id, account) in after)
            _accounts[id].Follow(account.State, account.Version, lasts[id]);
    }

    /// <summary>Forgets accounts whose state is in doubt.</summary>
    public void Forget(IEnumerable<string> ids)
    {
        foreach (var id in ids)
            _accounts.Remove(id);
    }

    /// <summary>Completes when no snapshot is being written; it never fails.</summary>
    public Task Finish() => Task.WhenAll(_accounts.Values.Select(account => account.Finish()));
}
