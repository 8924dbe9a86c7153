using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Grains;

// A hash of a command's body in the ledger's frozen JSON, under a frozen name: a retry must still be recognised when the
// software was replaced in between, so no C# name and no property that is added for convenience may get into it.
internal static class CommandHash
{
    public static string Of(AccountCommand command) => command switch
    {
        OpenAccount open => Hash("account.open", open, LedgerJson.Frozen.OpenAccount),
        Deposit deposit => Hash("account.deposit", deposit, LedgerJson.Frozen.Deposit),
        Withdraw withdraw => Hash("account.withdraw", withdraw, LedgerJson.Frozen.Withdraw),
        HoldFunds hold => Hash("account.hold", hold, LedgerJson.Frozen.HoldFunds),
        CaptureHold capture => Hash("account.capture", capture, LedgerJson.Frozen.CaptureHold),
        ReleaseHold release => Hash("account.release", release, LedgerJson.Frozen.ReleaseHold),
        CreditFunds credit => Hash("account.credit", credit, LedgerJson.Frozen.CreditFunds),
        RevokeCredit revoke => Hash("account.revoke-credit", revoke, LedgerJson.Frozen.RevokeCredit),
        BarTransfer bar => Hash("account.bar-transfer", bar, LedgerJson.Frozen.BarTransfer),
        FreezeAccount freeze => Hash("account.freeze", freeze, LedgerJson.Frozen.FreezeAccount),
        UnfreezeAccount unfreeze => Hash("account.unfreeze", unfreeze, LedgerJson.Frozen.UnfreezeAccount),
        CloseAccount close => Hash("account.close", close, LedgerJson.Frozen.CloseAccount),
        _ => throw new InvalidOperationException($"No frozen name for {command.GetType().Name}."),
    };

    public static string Of(TransferCommand command) => command switch
    {
        TransferCommand.Create create => Hash("transfer.create", create.Body, LedgerJson.Frozen.CreateTransfer),
        TransferCommand.Advance advance => $"advance:{advance.From}",
        _ => throw new InvalidOperationException($"No hash for {command.GetType().Name}."),
    };

    private static string Hash<T>(string name, T command, JsonTypeInfo<T> type)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(
            [
                .. JsonSerializer.SerializeToUtf8Bytes(name, LedgerJson.Frozen.String),
                .. JsonSerializer.SerializeToUtf8Bytes(command, type),
            ],
            hash);
        return Convert.ToHexStringLower(hash[..16]);
    }
}
