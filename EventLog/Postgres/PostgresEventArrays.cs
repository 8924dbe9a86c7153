using Npgsql;
using NpgsqlTypes;

namespace OrleansEs.EventLog.Postgres;

/// <summary>The events of some requests as the arrays that a statement writes them from.</summary>
/// <param name="requests">The requests of a batch.</param>
/// <param name="chosen">Which of them, by their places in the batch.</param>
internal sealed class PostgresEventArrays(IReadOnlyList<AppendRequest> requests, List<int> chosen)
{
    private readonly int _count = chosen.Sum(index => requests[index].Events.Count);

    /// <summary>One value for each event, of the place of its request in the batch and its own place in the request.</summary>
    public T[] Select<T>(Func<int, int, T> value)
    {
        var values = new T[_count];
        var next = 0;
        foreach (var index in chosen)
        {
            for (var number = 0; number < requests[index].Events.Count; number++)
                values[next++] = value(index, number);
        }
        return values;
    }

    /// <summary>
    /// Adds what an event says, whatever its place is: the place among its command's events, type, version of the type, format,
    /// payload as text or as bytes, metadata.
    /// </summary>
    public void AddContents(NpgsqlParameterCollection parameters)
    {
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Select((_, number) => number) });
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Select((index, number) => Event(index, number).Type) });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Select((index, number) => Event(index, number).TypeVersion) });
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Select((index, number) => Event(index, number).Format) });
        var isText = Select((index, number) => IsText(Event(index, number)));
        var payloads = Select((index, number) => StoredValues.FromBytes(Event(index, number).Payload));
        parameters.Add(new NpgsqlParameter<byte[]?[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, TypedValue = Where(payloads, isText, true),
        });
        parameters.Add(new NpgsqlParameter<byte[]?[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, TypedValue = Where(payloads, isText, false),
        });
        parameters.Add(new NpgsqlParameter<string?[]>
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json,
            TypedValue = Select((index, number) => StoredValues.FromMetadata(Event(index, number).Metadata)),
        });
    }

    private ProposedEvent Event(int index, int number) => requests[index].Events[number];

    private static bool IsText(ProposedEvent proposed) => PostgresRows.IsText(proposed.Format, proposed.Payload.Span);

    private static byte[]?[] Where(byte[][] payloads, bool[] isText, bool text)
    {
        var values = new byte[]?[payloads.Length];
        for (var index = 0; index < payloads.Length; index++)
            values[index] = isText[index] == text ? payloads[index] : null;
        return values;
    }
}
