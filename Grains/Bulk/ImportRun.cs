using OrleansEs.EventLog;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Bulk;

// One chunk on its way: which of its transfers are still to be taken, and what is known of the others.
internal sealed class ImportRun
{
    private readonly IReadOnlyList<ImportedTransfer> _chunk;
    private readonly CommandResult?[] _results;
    private readonly TokenSet _tokens = new();
    private readonly SortedSet<int> _open;

    public ImportRun(IReadOnlyList<ImportedTransfer> chunk)
    {
        _chunk = chunk;
        _results = new CommandResult?[chunk.Count];
        _open = [.. Enumerable.Range(0, chunk.Count).Where(index => TransferBulk.IsSimple(chunk[index]))];
    }

    /// <summary>The places of those that are to be taken.</summary>
    public IReadOnlyCollection<int> Open => _open;

    /// <summary>The accounts of those that are to be taken.</summary>
    public IReadOnlyCollection<string> Accounts => AccountsOf(_chunk, _open);

    public ImportAnswer Answer => new(_results, _tokens.Tokens);

    /// <summary>The accounts of transfers.</summary>
    public static HashSet<string> AccountsOf(IReadOnlyList<ImportedTransfer> chunk, IEnumerable<int> transfers) => transfers
        .SelectMany(index => chunk[index].Command.Postings, static (_, posting) => posting.AccountId)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>They go the usual way.</summary>
    public void LeaveOut(IEnumerable<int> transfers) => _open.ExceptWith(transfers);

    /// <summary>It had been done before.</summary>
    public void IsThere(int transfer, CommittedEvent last)
    {
        _results[transfer] = CommandHeaders.Done(IdOf(transfer), last.Version, last.At.ToString(), duplicate: true);
        _tokens.Add(last.At.ToString());
        _open.Remove(transfer);
    }

    /// <summary>All steps were appended: their transfers are done.</summary>
    public void Done(IReadOnlyList<ChunkStep> steps, IReadOnlyList<AppendResult.Appended> results)
    {
        for (var index = 0; index < steps.Count; index++)
        {
            var (transfer, result) = (steps[index].Transfer, results[index]);
            _tokens.Add(result.Last.ToString());
            // The last step of a transfer is the end of it, in its own journal.
            _results[transfer] = CommandHeaders.Done(
                IdOf(transfer), result.LastVersion, result.Last.ToString(), duplicate: false);
            _open.Remove(transfer);
        }
    }

    /// <summary>None of what is still to be taken is done, or nobody knows of some of it: a repetition tells.</summary>
    public void NotDone(CommandStatus status, Refusal refusal)
    {
        foreach (var transfer in _open)
            _results[transfer] = CommandHeaders.NotDone(status, IdOf(transfer), refusal);
        _open.Clear();
    }

    private Guid IdOf(int transfer) => _chunk[transfer].Header.CommandId;
}
