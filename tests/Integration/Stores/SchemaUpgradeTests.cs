using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.Integration.Stores;

/// <summary>A log of the schema before keeps its events; what follows from them is made again.</summary>
public sealed class SchemaUpgradeTests
{
    // What schema 1 had in place of the tables of schema 2.
    private const string Back =
        """
        insert into log_event (partition, position, journal, version, command_id, command_index, type, type_version, format,
            payload, recorded_at)
        values (3, 1, 'test/old', 1, @command_id, 0, 'test.old', 1, 'json', '{}', 0);
        update log_partition set head = 1 where partition = 3;
        drop table read_model_build;
        drop table read_model_checkpoint;
        drop table read_model_owner;
        drop table read_model_parked;
        drop table read_model_decision;
        create table read_model_checkpoint (read_model text, model_version integer, partition integer, position bigint);
        update log_meta set value = '1' where key = 'schema';
        """;

    private const string DropFunction = "drop function read_model_decision_is_append_only();";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_of_schema_1_is_brought_to_schema_2_with_its_events()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("log.db");
        SqliteDatabase.Open(file, partitions: 8).Dispose();
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await Run(connection, Back, Guid.NewGuid().ToByteArray());

        using var database = SqliteDatabase.Open(file, partitions: 8);

        Assert.Equal(2, database.Identity.Schema);
        await AssertKept(connection);
    }

    [Fact]
    public async Task A_database_of_schema_1_is_brought_to_schema_2_with_its_events()
    {
        await using var before = await PostgresFixture.Create();
        await using var connection = new NpgsqlConnection(before.ConnectionString);
        await Run(connection, Back + DropFunction, Guid.NewGuid());

        await using var store = await PostgresFixture.Open(before.ConnectionString);

        Assert.Equal(2, store.Log.Identity.Schema);
        await AssertKept(connection);
    }

    private static async Task Run(DbConnection connection, string sql, object commandId)
    {
        await connection.OpenAsync(Cancellation);
        await using var command = connection.Command(sql).Bind("@command_id", commandId);
        await command.ExecuteNonQueryAsync(Cancellation);
        await connection.CloseAsync();
    }

    private static async Task AssertKept(DbConnection connection)
    {
        await connection.OpenAsync(Cancellation);
        await using var events = connection.Command("select journal from log_event");
        Assert.Equal(["test/old"], await events.ReadAll(row => row.GetString(0), Cancellation));
        await using var builds = connection.Command("select read_model from read_model_build");
        Assert.Empty(await builds.ReadAll(row => row.GetString(0), Cancellation));
        await connection.CloseAsync();
    }
}
