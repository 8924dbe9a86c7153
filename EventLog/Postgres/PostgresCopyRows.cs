using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Postgres;

/// <summary>Events as rows of <c>log_event</c> in the binary form that PostgreSQL's <c>copy</c> reads, gathered into chunks.</summary>
/// <remarks>Each value is its length in four bytes, most significant first, and its bytes; a length of -1 is null.</remarks>
internal sealed class PostgresCopyRows : IDisposable
{
    /// <summary>The statement whose input the rows are.</summary>
    public const string Command =
        """
        copy log_event (
          partition, position, journal, version, command_id, command_index, type, type_version, format, payload, payload_bytes,
          metadata, recorded_at)
        from stdin (format binary)
        """;

    private const short Columns = 13;

    // Text that is no text must be refused here: the server would be told something else than was meant.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Signature, no flags, no extension.
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Room for a chunk and the row that completes it, and small enough not to burden the garbage collector.
    private readonly ArrayBufferWriter<byte> _chunk = new(64 << 10);
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly Utf8JsonWriter _jsonWriter;
    private EventMetadata _metadata = EventMetadata.None;

    public PostgresCopyRows()
    {
        _jsonWriter = new Utf8JsonWriter(_json);
        _chunk.Write(s_header);
    }

    /// <summary>What was added since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk.WrittenMemory;

    /// <summary>Begins another chunk.</summary>
    public void Clear() => _chunk.ResetWrittenCount();

    /// <summary>Adds a row.</summary>
    /// <exception cref="EncoderFallbackException">A text holds half a character.</exception>
    public void Add(CommittedEvent committed)
    {
        Short(Columns);
        Value(committed.At.Partition);
        Value(committed.At.Position);
        Value(committed.Journal.Value);
        Value(committed.Version);
        Value(committed.CommandId);
        Value(committed.CommandIndex);
        Value(committed.Type);
        Value(committed.TypeVersion);
        Value(committed.Format);
        var payload = committed.Payload.Span;
        if (PostgresRows.IsText(committed.Format, payload))
        {
            Value(payload);
            Null();
        }
        else
        {
            Null();
            Value(payload);
        }
        Metadata(committed.Metadata);
        Value(StoredValues.FromTime(committed.RecordedAt));
    }

    public void Dispose() => _jsonWriter.Dispose();

    /// <summary>Says that no row follows.</summary>
    public void End() => Short(-1);

    // As StoredValues.FromMetadata, without a text for each event. The events of one command mostly share one object.
    private void Metadata(EventMetadata metadata)
    {
        if (metadata == EventMetadata.None)
        {
            Null();
            return;
        }
        if (!ReferenceEquals(metadata, _metadata))
        {
            _json.ResetWrittenCount();
            _jsonWriter.Reset();
            JsonSerializer.Serialize(_jsonWriter, metadata, LogJsonContext.Default.EventMetadata);
            _metadata = metadata;
        }
        Value(_json.WrittenSpan);
    }

    private void Value(string text)
    {
        var length = s_strict.GetByteCount(text);
        var span = _chunk.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        s_strict.GetBytes(text, span[sizeof(int)..]);
        _chunk.Advance(sizeof(int) + length);
    }

    private void Value(ReadOnlySpan<byte> bytes)
    {
        Int(bytes.Length);
        _chunk.Write(bytes);
    }

    private void Value(long number)
    {
        var span = _chunk.GetSpan(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(span[sizeof(int)..], number);
        _chunk.Advance(sizeof(int) + sizeof(long));
    }

    private void Value(int number)
    {
        Int(sizeof(int));
        Int(number);
    }

    private void Value(Guid id)
    {
        const int length = 16;
        Int(length);
        id.TryWriteBytes(_chunk.GetSpan(length), bigEndian: true, out _);
        _chunk.Advance(length);
    }

    private void Null() => Int(-1);

    private void Int(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(_chunk.GetSpan(sizeof(int)), number);
        _chunk.Advance(sizeof(int));
    }

    private void Short(short number)
    {
        BinaryPrimitives.WriteInt16BigEndian(_chunk.GetSpan(sizeof(short)), number);
        _chunk.Advance(sizeof(short));
    }
}
