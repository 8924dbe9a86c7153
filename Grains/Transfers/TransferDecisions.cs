using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

// What a transfer's journal takes: its creation, and one step further from where it stands.
internal static class TransferDecisions
{
    public const int PostingsMax = 1_000;

    public static Ruling<TransferEvent> Decide(string id, TransferState state, TransferCommand command) => command switch
    {
        TransferCommand.Create create => Create(id, state, create.Body),
        TransferCommand.Advance advance => Advance(state, advance.From, advance.Event),
        _ => throw new InvalidOperationException($"No rule for {command.GetType().Name}."),
    };

    // The same transfer again, under whatever command id, is the same transfer: nothing to do.
    public static Ruling<TransferEvent> Create(string id, TransferState state, CreateTransfer command)
    {
        if (InputRefusal(command) is { } malformed)
            return malformed;
        if (state.Status is null)
            return new TransferCreated([.. command.Postings], command.Memo);
        return state.Memo == command.Memo && state.Postings.SequenceEqual(command.Postings)
            ? Ruling<TransferEvent>.Nothing
            : Refusals.TransferExists(id);
    }

    // An event that was decided on another status is out of date: somebody else drove the transfer on in between.
    public static Ruling<TransferEvent> Advance(TransferState state, TransferStatus from, TransferEvent @event) =>
        state.Status == from ? @event : Ruling<TransferEvent>.Nothing;

    public static Refusal? InputRefusal(CreateTransfer? command)
    {
        if (command?.Postings is null)
            return Refusals.InvalidInput("There are no postings.");
        if (command.Postings.Count is < 2 or > PostingsMax)
            return Refusals.TransferUnbalanced(
                $"A transfer has 2 to {PostingsMax} postings; this one has {command.Postings.Count}.");
        if (LedgerText.MemoRefusal(command.Memo) is { } memoReason)
            return Refusals.InvalidInput(memoReason);
        foreach (var posting in command.Postings)
        {
            if (PostingRefusal(posting) is { } reason)
                return Refusals.InvalidInput(reason);
        }
        return BalanceRefusal(command.Postings);
    }

    private static string? PostingRefusal(Posting? posting)
    {
        if (posting is null)
            return "A posting is missing.";
        if (!LedgerId.TryParse(posting.AccountId, out var reason))
            return reason;
        if (!posting.Amount.Asset.IsValid)
            return $"'{LedgerText.Shown(posting.Amount.Asset.ToString())}' is no asset; one looks like EUR or VBMPX/3.";
        return posting.Amount.MinorUnits == 0 ? $"The posting on '{posting.AccountId}' is zero." : null;
    }

    private static Refusal? BalanceRefusal(IReadOnlyList<Posting> postings)
    {
        foreach (var perAsset in postings.GroupBy(posting => posting.Amount.Asset))
        {
            var sum = Int128.Zero;
            foreach (var posting in perAsset)
                sum += posting.Amount.MinorUnits;
            if (sum != 0)
                return Refusals.TransferUnbalanced($"The postings sum to {Shown(sum, perAsset.Key)}, not to zero.");
        }
        return TransferPlan.Overflow(postings) is { } overflowing
            ? Refusals.AmountOverflow(overflowing.AccountId, overflowing.Amount)
            : null;
    }

    private static string Shown(Int128 sum, Asset asset) =>
        sum >= long.MinValue && sum <= long.MaxValue
            ? new Money((long)sum, asset).ToString()
            : $"{sum} minor units of {asset}";
}
