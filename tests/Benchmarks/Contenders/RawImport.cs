using Npgsql;
using NpgsqlTypes;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>Brings events into the log's tables past all checks: by PostgreSQL's COPY, or by inserts of many rows.</summary>
internal static class RawImport
{
    /// <summary>One COPY for each lane, each over a connection of its own, committed at its end.</summary>
    public static Task Copy(NpgsqlDataSource source, Imported imported) => Task.WhenAll(imported.Lanes.Select(lane => Task.Run(async () =>
    {
        var log = new RawLog();
        await using var connection = await source.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync(
            $"copy log_event ({RawRow.Columns}) from stdin (format binary)");
        foreach (var (account, _, cents) in imported.Of(lane))
        {
            var row = log.Next(account, cents);
            await copy.StartRowAsync();
            await copy.WriteAsync(row.Partition, NpgsqlDbType.Integer);
            await copy.WriteAsync(row.Position, NpgsqlDbType.Bigint);
            await copy.WriteAsync(row.Journal, NpgsqlDbType.Text);
            await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint);
            await copy.WriteAsync(row.CommandId, NpgsqlDbType.Uuid);
            await copy.WriteAsync(0, NpgsqlDbType.Integer);
            await copy.WriteAsync(RawRow.Type, NpgsqlDbType.Text);
            await copy.WriteAsync(1, NpgsqlDbType.Integer);
            await copy.WriteAsync("json", NpgsqlDbType.Text);
            await copy.WriteAsync(row.Payload, NpgsqlDbType.Text);
            await copy.WriteAsync(row.Metadata, NpgsqlDbType.Json);
            await copy.WriteAsync(row.RecordedAt, NpgsqlDbType.Bigint);
        }
        await copy.CompleteAsync();
    })));

    /// <summary>Inserts of some rows each, every one committed by itself, each lane over a connection of its own.</summary>
    public static Task Insert(NpgsqlDataSource source, Imported imported, int rowsEach) =>
        Task.WhenAll(imported.Lanes.Select(lane => Task.Run(async () =>
        {
            var log = new RawLog();
            await using var connection = await source.OpenConnectionAsync();
            foreach (var chunk in imported.Of(lane).Chunk(rowsEach))
                await RawGroupCommit.Insert(connection, [.. chunk.Select(one => log.Next(one.Account, one.Cents))]);
        })));
}
