using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Grains.ReadModels;

// A transfer that was not at an end when its read model last heard of it.
internal sealed record TransferUnderWay(string TransferId, long ChangedAt);

// Finds the transfers of one partition that nobody has moved for a while.
internal sealed class TransfersUnderWay(IReadModelReader readModels)
{
    private const string Select = """
        select transfer_id, changed_at
        from {transfer}
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
    public async Task<IReadOnlyList<TransferUnderWay>> Read(
        int partition, DateTimeOffset before, TransferUnderWay? after, int countMax, CancellationToken cancellation) =>
        (await readModels.Query(
            TransfersProjection.ModelName, [], TimeSpan.Zero,
            async rows =>
            {
                await using var command = rows.Command(Select);
                command.Bind("@partition", partition);
                command.Bind("@before", SqlTypes.Micros(before));
                command.Bind("@after_changed_at", after?.ChangedAt ?? long.MinValue);
                command.Bind("@after_id", after?.TransferId ?? "");
                command.Bind("@count", countMax);
                return await command.ReadAll(
                    row => new TransferUnderWay(row.GetString(0), row.GetInt64(1)), cancellation);
            },
            cancellation)).Value;
}
