using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using OrleansEs.EventLog;

namespace OrleansEs.Grains.ReadModels;

// A number for a correlation id, a quarter of its length in an index. Different ids may have the same one: who searches by it
// compares the ids of what is found. It is part of what is stored: a change of it is a new version of the read model.
internal static class CorrelationKey
{
    public static long Of(CommittedEvent committed) =>
        committed.Metadata.CorrelationId is { } given ? Of(given) : Of(committed.CommandId);

    // Of a command's id (see SqlTypes.CorrelationId) the same number as of the id itself.
    public static long Of(string correlationId) => Guid.TryParseExact(correlationId, "D", out var id)
        ? Of(id)
        : unchecked((long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(correlationId)));

    // The first half: ids of version 7 begin with the time, so that an index of them grows at its end.
    private static long Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }
}
