namespace OrleansEs.Grains.Transfers;

// Has the transfers of one partition go on that nobody drives. Keyed by the partition.
[Alias("ledger.transfer-recovery")]
internal interface ITransferRecoveryGrain : IGrainWithIntegerKey
{
    // Makes sure that it lives; called at start and now and then.
    [Alias("touch")]
    Task Touch();
}
