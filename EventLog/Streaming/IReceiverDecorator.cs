using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

// The seam where tests cut, repeat and reorder pushes. The product registers none.
internal interface IReceiverDecorator
{
    IQueueAdapterReceiver Decorate(IQueueAdapterReceiver receiver);
}
