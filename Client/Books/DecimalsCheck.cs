using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Client.Books;

/// <summary>
/// Finds where a plan would give an account a second balance in the same currency. EUR and EUR/4 are two assets to the
/// ledger, and to have both helps nobody who did not ask for it. Only what the plan posts to the account counts, and only
/// decimals that nobody named; what the book itself calls <c>"EUR/4"</c> is meant. Pure.
/// </summary>
internal sealed class DecimalsCheck(BookPlan plan)
{
    private readonly Dictionary<string, HashSet<Asset>> _posted = Posted(plan);
    private readonly HashSet<Asset> _ofTheBook = [.. plan.Assets.Values];

    /// <summary>The accounts that get an asset whose decimals nobody named.</summary>
    public IReadOnlyList<string> Accounts => [.. _posted.Keys];

    /// <summary>What is wrong with an account as the ledger has it; null when nothing is.</summary>
    public Refusal? Conflict(AccountView account)
    {
        var held = account.Balances.Select(balance => balance.Asset).ToArray();
        foreach (var asset in _posted[account.Id].Where(asset => !held.Contains(asset)))
            foreach (var other in held.Where(other => other.Code == asset.Code && !_ofTheBook.Contains(other)))
                return Refuse(account.Id, other, asset, plan.Inferred[asset]);
        return null;
    }

    private Refusal Refuse(string account, Asset held, Asset asset, InferredScale origin) => new(
        RefusalCodes.AssetNotAllowed,
        $"The account '{account}' counts {asset.Code} with {held.Scale} decimals; "
        + $"{plan.File}:{origin.Line}: the book counts '{origin.Symbol}' with {asset.Scale}.",
        origin.Written <= held.Scale
            ? $"Count as the ledger does: --asset '{origin.Symbol}={held.Code}/{held.Scale}'; "
                + $"or have both: --asset '{origin.Symbol}={asset.Code}/{asset.Scale}'."
            : $"Write no more than {held.Scale} decimals; or give amounts with more another symbol, "
                + $"\"{asset.Code}/{asset.Scale}\"; or, if nothing of the book was imported before, have both: "
                + $"--asset '{origin.Symbol}={asset.Code}/{asset.Scale}'.");

    private static Dictionary<string, HashSet<Asset>> Posted(BookPlan plan)
    {
        var posted = new Dictionary<string, HashSet<Asset>>(StringComparer.Ordinal);
        foreach (var (account, amount) in plan.Transfers.SelectMany(transfer => transfer.Command.Postings))
            if (plan.Inferred.ContainsKey(amount.Asset))
            {
                if (!posted.TryGetValue(account, out var assets))
                    posted.Add(account, assets = []);
                assets.Add(amount.Asset);
            }
        return posted;
    }
}
