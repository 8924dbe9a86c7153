using Orleans.Serialization;

namespace OrleansEs.EventLog.Consistency;

/// <summary>States to bytes and back, by Orleans' serializer.</summary>
internal sealed class SnapshotCodec(Serializer serializer)
{
    public const string Format = "orleans";

    public ReadOnlyMemory<byte> Encode<TView>(TView view) => serializer.SerializeToArray(view);

    public TView? Decode<TView>(ReadOnlyMemory<byte> payload) => serializer.Deserialize<TView>(payload);
}
