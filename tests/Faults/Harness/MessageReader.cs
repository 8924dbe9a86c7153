using System.Buffers.Binary;

namespace OrleansEs.Faults.Harness;

/// <summary>
/// Reads the messages of PostgreSQL's protocol from one direction of a connection: a type byte, a length that counts itself, a body.
/// The first message of a client has no type byte; it is given the type 0.
/// </summary>
internal sealed class MessageReader(Stream stream, bool startsUntyped)
{
    private byte[] _buffer = new byte[64 * 1_024];
    private int _start;
    private int _end;
    private bool _untyped = startsUntyped;

    /// <summary>Whether the start of another message was read already.</summary>
    public bool HasMore => _end > _start;

    /// <summary>The next message with all its bytes, or null at the end. The bytes are valid until the next call.</summary>
    public async Task<(char Type, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Whole)?> Next()
    {
        var head = _untyped ? 4 : 5;
        if (!await Fill(head))
            return null;
        var type = _untyped ? '\0' : (char)_buffer[_start];
        var length = head - 4 + BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + head - 4));
        if (!await Fill(length))
            return null;
        var whole = _buffer.AsMemory(_start, length);
        _start += length;
        _untyped = false;
        return (type, whole[head..], whole);
    }

    private async Task<bool> Fill(int bytes)
    {
        if (_end - _start >= bytes)
            return true;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_buffer.Length < bytes)
            Array.Resize(ref _buffer, Math.Max(bytes, _buffer.Length * 2));
        while (_end < bytes)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end));
            if (read == 0)
                return false;
            _end += read;
        }
        return true;
    }
}
