using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

// A transfer that was not at an end when its read model last heard of it.
internal sealed record TransferUnderWay(string TransferId, long ChangedAt);

// Finds the transfers of one partition that nobody has moved for a while.
internal sealed class TransfersUnderWay(IReadModelStore store)
{
    private const string Select = """
        select transfer_id, changed_at
        from transfers_v1_transfer
        where partition = @partition and status < 4 and changed_at < @before
          and (changed_at, transfer_id) > (@after_changed_at, @after_id)
        order by changed_at, transfer_id
        limit @count
        """;

    /// <param name="partition">The partition of the log.</param>
    /// <param name="before">Only those last changed before this time.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="countMax">At most so many.</param>
    /// <param name="cancellation">Stops the read.</param>
    public Task<IReadOnlyList<TransferUnderWay>> Read(
        int partition, DateTimeOffset before, TransferUnderWay? after, int countMax, CancellationToken cancellation) =>
        store.Query<IReadOnlyList<TransferUnderWay>>(
            async connection =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = Select;
                command.Bind("@partition", partition);
                command.Bind("@before", SqlTypes.Micros(before));
                command.Bind("@after_changed_at", after?.ChangedAt ?? long.MinValue);
                command.Bind("@after_id", after?.TransferId ?? "");
                command.Bind("@count", countMax);
                var found = new List<TransferUnderWay>();
                await using var reader = await command.ExecuteReaderAsync(cancellation);
                while (await reader.ReadAsync(cancellation))
                    found.Add(new TransferUnderWay(reader.GetString(0), reader.GetInt64(1)));
                return found;
            },
            cancellation);
}
