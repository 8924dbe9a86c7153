using System.IO.Hashing;
using System.Text;

namespace OrleansEs.EventLog;

/// <summary>
/// Shares items among owners by a rule that everybody computes alike, from nothing but their names. No owner has more than one
/// item more than another, and when an owner comes or goes most items stay where they are.
/// </summary>
internal static class EvenShares
{
    /// <summary>The owner of every item; empty when there is no owner.</summary>
    /// <param name="items">The names of the items.</param>
    /// <param name="owners">The names of the owners.</param>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<string> items, IEnumerable<string> owners)
    {
        var shares = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = items.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var taken = owners.Distinct(StringComparer.Ordinal).ToDictionary(owner => owner, _ => 0, StringComparer.Ordinal);
        if (taken.Count == 0)
            return shares;
        // So many owners have one item more than the others; who comes first has it.
        var (all, larger) = Math.DivRem(names.Count, taken.Count);
        foreach (var item in names)
        {
            // Each item has its own order of preference, so that it goes to the same owner whoever else is there.
            var owner = taken.Keys
                .Where(owner => taken[owner] < all || (taken[owner] == all && larger > 0))
                .MaxBy(owner => (Preference(item, owner), owner))!;
            if (taken[owner]++ == all)
                larger--;
            shares.Add(item, owner);
        }
        return shares;
    }

    private static ulong Preference(string item, string owner) =>
        XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{item} {owner}"));
}
