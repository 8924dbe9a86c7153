using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains.Queries;

// What a line of a statement says beside its amount: the transfer it belongs to, and what was noted.
internal static class StatementNotes
{
    public static (string? Reference, string? Memo) Of(object content) => content switch
    {
        AccountDeposited deposited => (null, deposited.Memo),
        AccountWithdrawn withdrawn => (null, withdrawn.Memo),
        HoldCaptured captured => (captured.TransferId, null),
        AccountCredited credited => (credited.TransferId, credited.Memo),
        CreditRevoked revoked => (revoked.TransferId, null),
        _ => (null, null),
    };
}
