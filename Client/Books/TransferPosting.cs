using System.Collections.Concurrent;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Books;

/// <summary>
/// Posts a plan's transfers: in chunks, one after the other, and one by one what a chunk leaves out. Each transfer is counted
/// once, however often and whichever way it was sent, since its ids are the same on both ways.
/// </summary>
internal sealed class TransferPosting(IGrainFactory grains, LedgerCalls calls, ImportTally tally)
{
    // A chunk that fails twice is not worth insisting on: single transfers may still get through, or say why not.
    private const int ChunkAttempts = 2;

    // One grain for all books: books share accounts (money, conversions), and two grains would change them under each other's
    // hands. Chunks of one book at once do that nearly always.
    private const string ImportKey = "books";

    /// <summary>Posts them.</summary>
    /// <param name="transfers">The transfers, in the order of the plan.</param>
    /// <param name="cancellation">Stops it. What was sent may be done.</param>
    public async Task Run(IReadOnlyList<PlannedTransfer> transfers, CancellationToken cancellation)
    {
        var import = grains.GetGrain<ILedgerImportGrain>(ImportKey);
        foreach (var chunk in PostingChunks.Of(transfers).TakeWhile(_ => !tally.IsStopped))
        {
            cancellation.ThrowIfCancellationRequested();
            await Post(import, chunk, cancellation);
        }
    }

    private async Task Post(ILedgerImportGrain import, IReadOnlyList<PlannedTransfer> chunk, CancellationToken cancellation)
    {
        var missing = await Missing(chunk, cancellation);
        if (missing.Count == 0 || tally.IsStopped)
            return;
        var wire = missing.Select(planned => new ImportedTransfer(
            planned.Id, planned.Command, calls.Header(planned.CommandId, planned.EffectiveDate))).ToArray();
        var (answer, repeated) = await calls.Send(
            () => import.Post(wire), answer => answer.Results.FirstOrDefault(LedgerCalls.IsWorthRepeating),
            cancellation, ChunkAttempts);
        tally.Tokens(answer?.Tokens ?? []);
        var rest = new List<PlannedTransfer>();
        for (var index = 0; index < missing.Count; index++)
        {
            if (answer?.Results[index] is { } result && !LedgerCalls.IsWorthRepeating(result))
                Count(missing[index], result, repeated);
            else
                rest.Add(missing[index]);
        }
        await calls.ForEach(rest, tally, (planned, stop) => Post(planned, repeated, stop), cancellation);
    }

    private async Task<IReadOnlyList<PlannedTransfer>> Missing(
        IReadOnlyList<PlannedTransfer> chunk, CancellationToken cancellation)
    {
        if (chunk.All(planned => planned.Code is null))
            return chunk;
        var there = new ConcurrentDictionary<PlannedTransfer, bool>(ReferenceEqualityComparer.Instance);
        await calls.ForEach(
            chunk.Where(planned => planned.Code is not null), tally,
            async (planned, stop) => there[planned] = await IsThere(planned.Code!, planned, stop), cancellation);
        return [.. chunk.Where(planned => !there.GetValueOrDefault(planned))];
    }

    private async Task Post(PlannedTransfer planned, bool sentBefore, CancellationToken cancellation)
    {
        var header = calls.Header(planned.CommandId, planned.EffectiveDate);
        var (answer, repeated) = await calls.Send(
            () => grains.GetGrain<ITransferGrain>(planned.Id).Create(planned.Command, header),
            answer => answer.Result, cancellation);
        if (answer is null)
        {
            tally.Stop(LedgerCalls.NoAnswer($"the transfer of line {planned.Line}"));
            return;
        }
        tally.Tokens(answer.Tokens);
        Count(planned, answer.Result, repeated || sentBefore);
    }

    // A duplicate of what was sent more than once may be our own.
    private void Count(PlannedTransfer planned, CommandResult result, bool repeated)
    {
        switch (result.Status)
        {
            case CommandStatus.Done:
                tally.Transfer(posted: repeated || !result.Duplicate);
                break;
            case CommandStatus.Refused:
                tally.Failure(planned.Line, result.Refusal!);
                break;
            default:
                tally.Stop(result.Refusal!);
                break;
        }
    }

    // An export of this ledger has the transfers' ids as codes: importing it must not post them a second time.
    private async Task<bool> IsThere(string code, PlannedTransfer planned, CancellationToken cancellation)
    {
        var transfer = grains.GetGrain<ITransferGrain>(code);
        var (shown, _) = await calls.Send(async () => new ShownTransfer(await transfer.Show()), _ => null, cancellation);
        if (shown is null)
        {
            tally.Stop(LedgerCalls.NoAnswer($"transfer '{code}'"));
            return true;
        }
        if (shown.Transfer is not { } there || !planned.Is(there))
            return false;
        tally.Tokens(there.Token is { } token ? [token] : []);
        tally.Transfer(posted: false);
        return true;
    }

    // A transfer that may not be there, so that "no transfer" and "no answer" are not the same.
    private sealed record ShownTransfer(TransferView? Transfer);
}
