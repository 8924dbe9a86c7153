using System.Data.Common;
using System.Globalization;

namespace OrleansEs.EventLog.ReadModels;

// The builds of read models, and how far each has come, as rows: one text for both databases.
internal static class ReadModelBuildTable
{
    private const string Columns = "read_model, build, model_version, state, floor, rate_max, changed_at";

    // Frozen: they are in databases.
    private static readonly string[] s_states = ["building", "live", "previous", "dropped", "shadow"];

    public static Task<IReadOnlyList<ReadModelBuild>> Read(DbConnection connection, CancellationToken cancellation) =>
        Read(connection.Command(
            $"select {Columns} from read_model_build where state not in ('dropped', 'shadow') order by read_model, build"),
            cancellation);

    public static Task<IReadOnlyList<ReadModelBuild>> ReadShadows(
        DbConnection connection, string name, CancellationToken cancellation) =>
        Read(connection
            .Command($"select {Columns} from read_model_build where read_model = @read_model and state = 'shadow' order by build")
            .Bind("@read_model", name), cancellation);

    public static Task<IReadOnlyList<ReadModelBuild>> Read(
        DbTransaction transaction, string name, CancellationToken cancellation) =>
        Read(transaction
            .Command($"select {Columns} from read_model_build where read_model = @read_model order by build")
            .Bind("@read_model", name), cancellation);

    // The builds of one read model with the checkpoints of each, in one read.
    public static async Task<IReadOnlyList<(ReadModelBuild Build, ReadModelCheckpoint[] Checkpoints)>> ReadWithCheckpoints(
        DbConnection connection, string name, int partitions, CancellationToken cancellation)
    {
        await using var command = connection.Command(
            $"""
            select {Columns}, c.partition, c.position, c.epoch, c.parked
            from read_model_build b
            join read_model_checkpoint c using (read_model, build)
            where b.read_model = @read_model and b.state not in ('dropped', 'shadow')
            """).Bind("@read_model", name);
        var builds = new Dictionary<int, (ReadModelBuild Build, ReadModelCheckpoint[] Checkpoints)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var number = rows.GetInt32(1);
            if (!builds.TryGetValue(number, out var build))
                builds.Add(number, build = (BuildOf(rows), new ReadModelCheckpoint[partitions]));
            build.Checkpoints[rows.GetInt32(7)] = new ReadModelCheckpoint(rows.GetInt64(8), rows.GetInt64(9), rows.GetInt32(10));
        }
        return [.. builds.Values];
    }

    // Of a build that is thought to be live; without a floor if it is not. (A look-up beside the checkpoints costs less than a join.)
    public static ReadModelStatement SelectLive(ReadModelBuild build) => new(
        """
        select partition, position, epoch, parked,
            (select floor from read_model_build where read_model = $1 and build = $2 and state = 'live')
        from read_model_checkpoint
        where read_model = $1 and build = $2
        """,
        [build.Name, build.Number]);

    public static async Task<(IReadOnlyList<long> Floor, ReadModelCheckpoint[] Checkpoints)?> ReadLive(
        ReadModelResults results, int partitions)
    {
        var checkpoints = new ReadModelCheckpoint[partitions];
        string? floor = null;
        await results.ForEach(row =>
        {
            floor ??= row.IsDBNull(4) ? null : row.GetString(4);
            checkpoints[row.GetInt32(0)] = new ReadModelCheckpoint(row.GetInt64(1), row.GetInt64(2), row.GetInt32(3));
        });
        return floor is null ? null : (Positions(floor), checkpoints);
    }

    public static async ValueTask Insert(
        DbTransaction transaction, ReadModelBuild build, int partitions, CancellationToken cancellation)
    {
        await using var insert = transaction.Command(
            $"""
            insert into read_model_build ({Columns})
            values (@read_model, @build, @model_version, @state, @floor, @rate_max, @changed_at)
            """);
        insert.Bind("@read_model", build.Name).Bind("@build", build.Number).Bind("@model_version", build.Version)
            .Bind("@state", s_states[(int)build.State]).Bind("@floor", Text(build.Floor)).Bind("@rate_max", build.RateMax)
            .Bind("@changed_at", StoredValues.FromTime(build.ChangedAt));
        await insert.ExecuteNonQueryAsync(cancellation);
        for (var partition = 0; partition < partitions; partition++)
        {
            await using var checkpoint = OfPart(transaction.Command(
                """
                insert into read_model_checkpoint (read_model, build, partition, position, epoch, parked, updated_at)
                values (@read_model, @build, @partition, 0, 0, 0, @updated_at)
                """), new ReadModelPart(build.Name, build.Number, partition))
                .Bind("@updated_at", StoredValues.FromTime(build.ChangedAt));
            await checkpoint.ExecuteNonQueryAsync(cancellation);
        }
    }

    public static async ValueTask Update(DbTransaction transaction, ReadModelBuild build, CancellationToken cancellation)
    {
        await using var command = transaction.Command(
            """
            update read_model_build
            set state = @state, floor = @floor, changed_at = @changed_at
            where read_model = @read_model and build = @build
            """);
        command.Bind("@read_model", build.Name).Bind("@build", build.Number).Bind("@state", s_states[(int)build.State])
            .Bind("@floor", Text(build.Floor)).Bind("@changed_at", StoredValues.FromTime(build.ChangedAt));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // The positions of a build, which cannot grow any more before the transaction ends.
    public static async ValueTask<long[]> LockPositions(
        DbTransaction transaction, ReadModelBuild build, int partitions, CancellationToken cancellation)
    {
        // SQLite has one writer at a time.
        var locking = transaction.Connection!.Dialect() == SqlDialect.Postgres ? "order by partition for update" : "";
        await using var command = transaction.Command(
            $"""
            select partition, position
            from read_model_checkpoint
            where read_model = @read_model and build = @build
            {locking}
            """);
        command.Bind("@read_model", build.Name).Bind("@build", build.Number);
        var positions = new long[partitions];
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            positions[rows.GetInt32(0)] = rows.GetInt64(1);
        return positions;
    }

    // The checkpoints go, so that whoever still follows the build learns it, and then the tables: in the order of whoever commits
    // rows, so that neither of the two holds what the other waits for. What silos say of themselves goes last: they go on saying
    // it while this waits for the tables.
    public static async ValueTask Drop(DbTransaction transaction, ReadModelBuild build, CancellationToken cancellation)
    {
        await DeleteOf(transaction, build, "read_model_checkpoint", cancellation);
        await DeleteOf(transaction, build, "read_model_parked", cancellation);
        foreach (var table in await TablesOf(transaction.Connection!, build.Tables, cancellation))
        {
            await using var drop = transaction.Command($"drop table {table}");
            await drop.ExecuteNonQueryAsync(cancellation);
        }
        await DeleteOf(transaction, build, "read_model_owner", cancellation);
    }

    public static async Task<IReadOnlyList<string>> TablesOf(
        DbConnection connection, ReadModelTables tables, CancellationToken cancellation)
    {
        await using var command = connection.Command(connection.Dialect() == SqlDialect.Postgres
            ? "select tablename from pg_tables where schemaname = current_schema() and starts_with(tablename, @prefix) order by 1"
            : "select name from sqlite_schema where type = 'table' and substr(name, 1, length(@prefix)) = @prefix order by 1");
        command.Bind("@prefix", tables.Prefix);
        return await command.ReadAll(row => row.GetString(0), cancellation);
    }

    private static async Task DeleteOf(
        DbTransaction transaction, ReadModelBuild build, string table, CancellationToken cancellation)
    {
        await using var delete = transaction.Command($"delete from {table} where read_model = @read_model and build = @build");
        await delete.Bind("@read_model", build.Name).Bind("@build", build.Number).ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<IReadOnlyList<ReadModelBuild>> Read(DbCommand command, CancellationToken cancellation)
    {
        await using (command)
            return await command.ReadAll(BuildOf, cancellation);
    }

    private static ReadModelBuild BuildOf(DbDataReader row) => new(
        row.GetString(0), row.GetInt32(1), row.GetInt32(2), (ReadModelBuildState)Array.IndexOf(s_states, row.GetString(3)),
        Positions(row.GetString(4)), row.IsDBNull(5) ? null : row.GetInt64(5), StoredValues.ToTime(row.GetInt64(6)));

    private static DbCommand OfPart(DbCommand command, ReadModelPart part) => command
        .Bind("@read_model", part.Name).Bind("@build", part.Build).Bind("@partition", part.Partition);

    private static string Text(IReadOnlyList<long> positions) =>
        string.Join(',', positions.Select(position => position.ToString(CultureInfo.InvariantCulture)));

    private static long[] Positions(string text) => text.Length == 0
        ? []
        : [.. text.Split(',').Select(position => long.Parse(position, NumberStyles.None, CultureInfo.InvariantCulture))];
}
