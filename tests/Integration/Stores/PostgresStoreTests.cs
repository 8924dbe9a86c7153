using Npgsql;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.Integration.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansEs.Integration.Stores;

/// <summary>What is particular to the log on PostgreSQL.</summary>
public sealed class PostgresStoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_silos_that_start_at_once_on_an_empty_database_share_one_log()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();

        var silos = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostgresFixture.Open(connection).AsTask()));

        Assert.Single(silos.Select(silo => silo.Log.Identity.LogId).Distinct());
        foreach (var silo in silos)
            await silo.DisposeAsync();
    }

    [Theory]
    [InlineData("update log_event set version = 7")]
    [InlineData("delete from log_event")]
    [InlineData("truncate log_event")]
    public async Task The_log_is_never_changed(string sql)
    {
        await using var fixture = await PostgresFixture.Create();
        await fixture.Log.AppendBatch([Request("alice")], Cancellation);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Execute(fixture.ConnectionString, sql));

        Assert.Equal("log_event_is_append_only", refused.ConstraintName);
    }

    [Fact]
    public async Task One_request_that_the_database_cannot_take_fails_alone()
    {
        await using var fixture = await PostgresFixture.Create();
        var bad = Request("bad") with
        {
            Events = [new ProposedEvent("no\0type", 1, "json", "{}"u8.ToArray(), EventMetadata.None)],
        };

        var results = await fixture.Log.AppendBatch([Request("alice"), bad, Request("bob")], Cancellation);

        Assert.IsType<AppendResult.Appended>(results[0]);
        Assert.Equal(NotAcceptedReason.StorageFailed, Assert.IsType<AppendResult.NotAccepted>(results[1]).Reason);
        Assert.IsType<AppendResult.Appended>(results[2]);
    }

    [Fact]
    public async Task Many_duplicates_in_one_batch_come_with_their_events_and_their_neighbours_are_written()
    {
        await using var fixture = await PostgresFixture.Create();
        var first = Enumerable.Range(0, 50).Select(number => Request($"j{number}")).ToArray();
        await fixture.Log.AppendBatch(first, Cancellation);

        var results = await fixture.Log.AppendBatch([.. first, Request("neighbour")], Cancellation);

        for (var index = 0; index < first.Length; index++)
            Assert.Equal(
                first[index].CommandId, Assert.Single(Assert.IsType<AppendResult.Duplicate>(results[index]).Events).CommandId);
        Assert.IsType<AppendResult.Appended>(results[^1]);
    }

    [Fact]
    public async Task What_is_remembered_of_the_log_is_forgotten_with_the_session_that_it_was_learned_in()
    {
        await using var fixture = await PostgresFixture.Create(trustAfter: 0);
        var memory = ((PostgresEventLog)fixture.Log).Memory;
        var alice = Request("alice");
        await fixture.Log.AppendBatch([alice], Cancellation);
        var partition = alice.Journal.PartitionOf(8);
        Assert.Equal((1, 1), (memory.FindHead(partition), memory.FindVersion(partition, alice.Journal)));

        fixture.Database.Appender.Clear();
        await using var session = await fixture.Database.Appender.OpenConnectionAsync(Cancellation);

        Assert.Equal((null, null), (memory.FindHead(partition), memory.FindVersion(partition, alice.Journal)));
    }

    [Fact]
    public async Task A_journal_that_went_back_under_a_living_session_is_not_continued_with_a_hole()
    {
        // Nothing but an administrator's hand can do this; what is remembered must not make it worse.
        await using var fixture = await PostgresFixture.Create(trustAfter: 0);
        var first = Request("alice");
        await fixture.Log.AppendBatch([first], Cancellation);
        await Execute(
            fixture.ConnectionString,
            "alter table log_event disable trigger all; delete from log_event; update log_partition set head = 0");

        var second = (await fixture.Log.AppendBatch([Request("alice") with { ExpectedVersion = 1 }], Cancellation))[0];

        Assert.Equal(0, Assert.IsType<AppendResult.Conflict>(second).ActualVersion);
    }

    [Theory]
    [InlineData("alter database {0} set synchronous_commit = off", "", "synchronous_commit")]
    [InlineData("update log_meta set value = '99' where key = 'schema'", "", "schema 99")]
    [InlineData("select 1", ";Options=-c lock_timeout=0", "lock_timeout")]
    [InlineData("select 1", ";Options=-c default_transaction_isolation=read\\\\ committed", "default_transaction_isolation")]
    public async Task A_database_that_breaks_the_logs_promises_is_refused(string sql, string more, string expected)
    {
        var fixture = await PostgresFixture.Create();
        await fixture.DisposeAsync();
        var database = new NpgsqlConnectionStringBuilder(fixture.ConnectionString).Database;
        await Execute(fixture.ConnectionString, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, database));

        var refused = await Assert.ThrowsAsync<EventLogStartException>(
            () => PostgresFixture.Open(fixture.ConnectionString + more).AsTask());

        Assert.Contains(expected, refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_hosts_are_refused_since_one_of_them_may_be_a_standby()
    {
        var start = new PostgresStart(TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);

        var refused = await Assert.ThrowsAsync<EventLogStartException>(
            () => PostgresDatabase.Open("Host=one,two;Database=x", new PostgresSizes(), start, Cancellation));

        Assert.Contains("several hosts", refused.Problem, StringComparison.Ordinal);
    }

    private static AppendRequest Request(string key) => new(
        JournalId.Of("test", key), 0, Guid.NewGuid(),
        [new ProposedEvent("test.happened", 1, "json", "{}"u8.ToArray(), EventMetadata.None)]);

    private static async Task Execute(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
