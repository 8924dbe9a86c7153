using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Grains.Transfers;

// What a transfer's journal is asked: to begin, or to go on from where the driver found it.
internal abstract record TransferCommand
{
    private TransferCommand() { }

    internal sealed record Create(CreateTransfer Body) : TransferCommand;

    internal sealed record Advance(TransferStatus From, TransferEvent Event) : TransferCommand;
}
