using System.Buffers;
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
    [ThreadStatic]
    private static Scratch? t_scratch;

    public static string Of(AccountCommand command) => command switch
    {
        OpenAccount open => Hash("\"account.open\""u8, open, LedgerJson.Frozen.OpenAccount),
        Deposit deposit => Hash("\"account.deposit\""u8, deposit, LedgerJson.Frozen.Deposit),
        Withdraw withdraw => Hash("\"account.withdraw\""u8, withdraw, LedgerJson.Frozen.Withdraw),
        HoldFunds hold => Hash("\"account.hold\""u8, hold, LedgerJson.Frozen.HoldFunds),
        CaptureHold capture => Hash("\"account.capture\""u8, capture, LedgerJson.Frozen.CaptureHold),
        ReleaseHold release => Hash("\"account.release\""u8, release, LedgerJson.Frozen.ReleaseHold),
        CreditFunds credit => Hash("\"account.credit\""u8, credit, LedgerJson.Frozen.CreditFunds),
        RevokeCredit revoke => Hash("\"account.revoke-credit\""u8, revoke, LedgerJson.Frozen.RevokeCredit),
        BarTransfer bar => Hash("\"account.bar-transfer\""u8, bar, LedgerJson.Frozen.BarTransfer),
        FreezeAccount freeze => Hash("\"account.freeze\""u8, freeze, LedgerJson.Frozen.FreezeAccount),
        UnfreezeAccount unfreeze => Hash("\"account.unfreeze\""u8, unfreeze, LedgerJson.Frozen.UnfreezeAccount),
        CloseAccount close => Hash("\"account.close\""u8, close, LedgerJson.Frozen.CloseAccount),
        _ => throw new InvalidOperationException($"No frozen name for {command.GetType().Name}."),
    };

    public static string Of(TransferCommand command) => command switch
    {
        TransferCommand.Create create => Hash("\"transfer.create\""u8, create.Body, LedgerJson.Frozen.CreateTransfer),
        TransferCommand.Advance advance => $"advance:{advance.From}",
        _ => throw new InvalidOperationException($"No hash for {command.GetType().Name}."),
    };

    private static string Hash<T>(ReadOnlySpan<byte> name, T command, JsonTypeInfo<T> type)
    {
        // Taken away, so that a failure leaves nothing half written behind.
        var scratch = t_scratch ?? new Scratch();
        t_scratch = null;
        scratch.Text.Write(name);
        JsonSerializer.Serialize(scratch.Json, command, type);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(scratch.Text.WrittenSpan, hash);
        if (scratch.TryReset())
            t_scratch = scratch;
        return Convert.ToHexStringLower(hash[..16]);
    }

    // Where a thread writes one command after the other.
#pragma warning disable CA1001 // The writer writes into memory, and what it flushes to has nothing to close.
    private sealed class Scratch
#pragma warning restore CA1001
    {
        // A command is a few hundred bytes; room for one with many postings is not kept.
        private const int BytesKept = 4_096;

        public Scratch() => Json = new Utf8JsonWriter(Text, new JsonWriterOptions { Encoder = LedgerJson.Frozen.Options.Encoder });

        public ArrayBufferWriter<byte> Text { get; } = new(BytesKept);

        public Utf8JsonWriter Json { get; }

        public bool TryReset()
        {
            Text.ResetWrittenCount();
            Json.Reset();
            return Text.Capacity <= BytesKept;
        }
    }
}
