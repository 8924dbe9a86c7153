using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Client.Books;

/// <summary>
/// Finds the transfers among the events: one comes out when its creation and its completion have been seen, in whichever
/// order. It remembers only those under way.
/// </summary>
internal sealed class TransfersInOrder
{
    private readonly Dictionary<string, HistoryEntry?> _created = new(StringComparer.Ordinal);

    /// <summary>Takes an event; gives the creation of the transfer that it completes, else null.</summary>
    public HistoryEntry? Take(HistoryEntry entry)
    {
        switch (entry.Type)
        {
            case "transfer.created":
                // Null stands for an end that was seen first: clocks of two silos may differ.
                if (!_created.Remove(entry.Journal))
                {
                    _created.Add(entry.Journal, entry);
                    return null;
                }
                return entry;
            case "transfer.completed":
                if (_created.Remove(entry.Journal, out var created))
                    return created;
                _created.Add(entry.Journal, null);
                return null;
            case "transfer.failed":
                _created.Remove(entry.Journal);
                return null;
            default:
                return null;
        }
    }
}
