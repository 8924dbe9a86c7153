using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>What waits for the writer: appends go first, so that a backlog of read models does not hold up commands.</summary>
/// <remarks>
/// Invariant: neither kind starves. The rest gets a turn after some appends; each kind stays in its order. One thread takes.
/// </remarks>
internal sealed class SqliteJobQueue : IProducerConsumerCollection<SqliteJob>
{
    private const int AppendsInRowMax = 4;

    private readonly ConcurrentQueue<SqliteJob> _appends = new();
    private readonly ConcurrentQueue<SqliteJob> _others = new();
    private int _appendsInRow;

    public int Count => _appends.Count + _others.Count;

    public bool IsSynchronized => false;

    public object SyncRoot => throw new NotSupportedException("A queue of jobs has no lock to share.");

    public bool TryAdd(SqliteJob item)
    {
        (item.Kind == SqliteJobKind.Append ? _appends : _others).Enqueue(item);
        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out SqliteJob item)
    {
        if (_appendsInRow < AppendsInRowMax && _appends.TryDequeue(out item))
        {
            _appendsInRow++;
            return true;
        }
        _appendsInRow = 0;
        return _others.TryDequeue(out item) || _appends.TryDequeue(out item);
    }

    public SqliteJob[] ToArray() => [.. _appends, .. _others];

    public void CopyTo(SqliteJob[] array, int index) => ToArray().CopyTo(array, index);

    public void CopyTo(Array array, int index) => ToArray().CopyTo(array, index);

    public IEnumerator<SqliteJob> GetEnumerator() => ((IEnumerable<SqliteJob>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
