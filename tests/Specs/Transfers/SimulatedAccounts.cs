using OrleansEs.Grains;
using OrleansEs.Grains.Accounts;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Specs.Transfers;

/// <summary>
/// Accounts as the log keeps them, without a log: pure rules, and command ids that are applied once, with one body.
/// </summary>
internal sealed class SimulatedAccounts
{
    private readonly Dictionary<string, AccountState> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, Guid), string> _hashes = [];

    public List<(string AccountId, AccountEvent Event)> Events { get; } = [];

    public AccountState this[string id] => _states.GetValueOrDefault(id, AccountState.Initial);

    public IEnumerable<string> Ids => _states.Keys;

    public Refusal? Execute(string id, AccountCommand command, Guid commandId)
    {
        var hash = CommandHash.Of(command);
        if (_hashes.TryGetValue((id, commandId), out var first))
            return first == hash ? null : Refusals.CommandIdReused(commandId);
        var ruling = AccountDecisions.Decide(id, this[id], command);
        if (ruling.Events.Count > 0)
            _hashes[(id, commandId)] = hash;
        foreach (var @event in ruling.Events)
        {
            _states[id] = this[id].Evolve(@event);
            Events.Add((id, @event));
        }
        return ruling.Refusal;
    }

    public Refusal? Execute(AccountStep step) => Execute(step.AccountId, step.Command, step.CommandId);

    /// <summary>What a transfer has taken out of accounts less what it has put in: zero when it is at an end.</summary>
    public Dictionary<Asset, Int128> InTransit(string transferId)
    {
        var transit = new Dictionary<Asset, Int128>();
        foreach (var (_, @event) in Events)
        {
            var (id, amounts, sign) = @event switch
            {
                HoldCaptured captured => (captured.TransferId, captured.Amounts, 1),
                AccountCredited credited => (credited.TransferId, credited.Amounts, -1),
                CreditRevoked revoked => (revoked.TransferId, revoked.Amounts, 1),
                _ => ("", [], 0),
            };
            foreach (var amount in id == transferId ? amounts : [])
                transit[amount.Asset] = transit.GetValueOrDefault(amount.Asset) + (sign * amount.MinorUnits);
        }
        return transit;
    }
}
