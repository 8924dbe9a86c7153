using System.Text;

namespace OrleansEs.Client.Books;

/// <summary>
/// Sorts entries by date, those of one day as they came. The texts are in a file that only this user can read and that is
/// gone in the end; in memory are 16 bytes for each entry.
/// </summary>
internal sealed class BookSpool : IAsyncDisposable
{
    private readonly List<Entry> _entries = [];
    private readonly FileStream _file = new(
        Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16,
        FileOptions.DeleteOnClose | FileOptions.Asynchronous);

    private long _length;

    /// <summary>How many entries it has taken.</summary>
    public int Count => _entries.Count;

    /// <summary>Takes an entry.</summary>
    public async Task Add(DateOnly date, string text, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        await _file.WriteAsync(bytes, cancellation);
        _entries.Add(new Entry(date.DayNumber, bytes.Length, _length));
        _length += bytes.Length;
    }

    /// <summary>Writes all entries, sorted.</summary>
    public async Task CopyTo(TextWriter writer, CancellationToken cancellation)
    {
        _entries.Sort((left, right) => (left.Day, left.Offset).CompareTo((right.Day, right.Offset)));
        foreach (var entry in _entries)
        {
            var bytes = new byte[entry.Length];
            _file.Position = entry.Offset;
            await _file.ReadExactlyAsync(bytes, cancellation);
            await writer.WriteAsync(Encoding.UTF8.GetString(bytes).AsMemory(), cancellation);
        }
    }

    /// <summary>Removes the file.</summary>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private readonly record struct Entry(int Day, int Length, long Offset);
}
