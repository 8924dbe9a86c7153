namespace OrleansEs.EventLog.Streaming;

// Who is pushed to, beside the subscribers of the partition's own stream.
internal interface IPushTargets
{
    IEnumerable<StreamId> Of(int partition);
}
