using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OrleansEs.EventLog;

namespace OrleansEs.Integration.Stores;

/// <summary>What is particular to bulks on PostgreSQL: nothing that stands in their way holds them up for long.</summary>
public sealed class PostgresBulkTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bulk_waits_for_a_lock_for_a_bounded_time_and_names_who_holds_it()
    {
        await using var fixture = await PostgresFixture.Create();
        await using var holder = await Connect(fixture, "forgetful");
        await Execute(holder, "begin; select from log_partition for update");

        var watch = Stopwatch.StartNew();
        var refused = Assert.IsType<BulkAppendResult.NotAccepted>(await fixture.Log.AppendBulk([Request("alice")], Cancellation));

        Assert.Equal(NotAcceptedReason.StorageFailed, refused.Reason);
        Assert.Contains("forgetful", refused.Detail, StringComparison.Ordinal);
        Assert.Contains(holder.ProcessID.ToString(CultureInfo.InvariantCulture), refused.Detail, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await Execute(holder, "rollback");
        await Eventually.Holds(
            async () => await fixture.Log.AppendBulk([Request("alice")], Cancellation) is BulkAppendResult.Appended,
            TimeSpan.FromSeconds(10), "the partition is free again");
    }

    [Fact]
    public async Task A_bulk_that_meets_an_event_written_past_the_locks_is_judged_again()
    {
        await using var fixture = await PostgresFixture.Create();
        await using var past = await Connect(fixture, "past the locks");
        await Execute(past, $"begin; {InsertPastTheLocks("test/alice")}");

        var bulk = fixture.Log.AppendBulk([Request("alice"), Request("bob")], Cancellation);
        await Eventually.Holds(() => IsBlocked(fixture), TimeSpan.FromSeconds(3), "the bulk waits for the other's event");
        await Execute(past, "commit");

        var refused = Assert.IsType<BulkAppendResult.Refused>(await bulk);
        Assert.Equal(new AppendResult.Conflict(1), Assert.Single(refused.Reasons).Value);
        Assert.Empty(await fixture.Log.ReadJournal(JournalId.Of("test", "bob"), 0, 10, Cancellation));
    }

    [Theory]
    [InlineData("no\0type", "line 2")]
    [InlineData("half ?", "")]
    public async Task A_value_that_the_database_cannot_take_fails_the_bulk_and_the_next_one_goes_on(string type, string place)
    {
        await using var fixture = await PostgresFixture.Create();
        // No attribute can hold half a character.
        type = type.Replace('?', '\ud800');
        var bad = Request("bad") with { Events = [new ProposedEvent(type, 1, "json", "{}"u8.ToArray(), EventMetadata.None)] };

        var refused = Assert.IsType<BulkAppendResult.NotAccepted>(
            await fixture.Log.AppendBulk([Request("alice"), bad], Cancellation));

        Assert.Equal(NotAcceptedReason.StorageFailed, refused.Reason);
        Assert.Contains(place, refused.Detail, StringComparison.Ordinal);
        Assert.Equal(0, (await fixture.Log.ReadHeads(Cancellation)).Sum());
        Assert.IsType<BulkAppendResult.Appended>(await fixture.Log.AppendBulk([Request("alice"), Request("bob")], Cancellation));
    }

    [Fact]
    public async Task A_caller_who_gives_up_while_the_bulk_waits_is_told_that_nothing_was_written()
    {
        await using var fixture = await PostgresFixture.Create();
        await using var holder = await Connect(fixture, "holder");
        await Execute(holder, "begin; select from log_partition for update");
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var bulk = fixture.Log.AppendBulk([Request("alice")], giveUp.Token);
        await Eventually.Holds(() => IsBlocked(fixture), TimeSpan.FromSeconds(3), "the bulk waits for the lock");
        await giveUp.CancelAsync();

        Assert.Equal(NotAcceptedReason.Withdrawn, Assert.IsType<BulkAppendResult.NotAccepted>(await bulk).Reason);
        await Execute(holder, "rollback");
        Assert.IsType<BulkAppendResult.Appended>(await fixture.Log.AppendBulk([Request("alice")], Cancellation));
    }

    private static string InsertPastTheLocks(string journal) =>
        "insert into log_event (partition, position, journal, version, command_id, command_index, type, type_version, format, "
        + $"payload, recorded_at) values (7, 1000, '{journal}', 1, gen_random_uuid(), 0, 't', 1, 'json', '1', 1)";

    private static async Task<bool> IsBlocked(PostgresFixture fixture)
    {
        await using var connection = await Connect(fixture, "watch");
        await using var command = new NpgsqlCommand(
            "select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", connection);
        return await command.ExecuteScalarAsync(Cancellation) is true;
    }

    private static AppendRequest Request(string key) => new(
        JournalId.Of("test", key), 0, Guid.NewGuid(),
        [new ProposedEvent("test.happened", 1, "json", "{}"u8.ToArray(), EventMetadata.None)]);

    private static async Task<NpgsqlConnection> Connect(PostgresFixture fixture, string name)
    {
        var connection = new NpgsqlConnection($"{fixture.ConnectionString};Application Name={name};Pooling=false");
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
