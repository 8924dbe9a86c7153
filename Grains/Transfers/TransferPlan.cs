using System.Collections.Immutable;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

// What each account does in a transfer. The postings of one account are netted per asset: they happen together, so an
// account that pays 5 EUR and receives 7 EUR is credited 2 EUR and needs no funds for it.
internal sealed record AccountPart(string AccountId, ImmutableArray<Money> Pays, ImmutableArray<Money> Receives)
{
    // An account whose postings cancel out moves nothing, but it is asked all the same: it must exist and be open.
    public bool IsCredited => Receives.Length > 0 || Pays.Length == 0;
}

internal static class TransferPlan
{
    // Sorted by account id, so that whoever computes it gets the same order.
    public static ImmutableArray<AccountPart> Of(IReadOnlyList<Posting> postings)
    {
        var nets = new SortedDictionary<string, Dictionary<Asset, Int128>>(StringComparer.Ordinal);
        foreach (var posting in postings)
        {
            if (!nets.TryGetValue(posting.AccountId, out var perAsset))
                nets[posting.AccountId] = perAsset = [];
            var asset = posting.Amount.Asset;
            perAsset[asset] = perAsset.GetValueOrDefault(asset) + posting.Amount.MinorUnits;
        }
        return
        [
            .. nets.Select(entry => new AccountPart(
                entry.Key,
                Amounts(entry.Value.Select(net => KeyValuePair.Create(net.Key, -net.Value))),
                Amounts(entry.Value))),
        ];
    }

    // The sums per asset over all postings, and the nets per account, must fit: this says which does not.
    public static Posting? Overflow(IReadOnlyList<Posting> postings)
    {
        var nets = new Dictionary<(string, Asset), Int128>();
        foreach (var posting in postings)
        {
            var key = (posting.AccountId, posting.Amount.Asset);
            nets[key] = nets.GetValueOrDefault(key) + posting.Amount.MinorUnits;
        }
        return postings.FirstOrDefault(posting =>
            Int128.Abs(nets[(posting.AccountId, posting.Amount.Asset)]) > long.MaxValue);
    }

    private static ImmutableArray<Money> Amounts(IEnumerable<KeyValuePair<Asset, Int128>> nets) =>
    [
        .. nets.Where(net => net.Value > 0)
            .Select(net => new Money((long)net.Value, net.Key))
            .OrderBy(amount => amount.Asset.ToString(), StringComparer.Ordinal),
    ];
}
