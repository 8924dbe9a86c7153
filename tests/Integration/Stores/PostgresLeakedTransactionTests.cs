using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.Integration.Consistency;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>Somebody opens a transaction on a partition and forgets it.</summary>
public sealed class PostgresLeakedTransactionTests
{
    // Twice the time after which a silent holder is ended.
    private static readonly TimeSpan s_stallMax = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("idle in transaction")]
    [InlineData("active")]
    public async Task A_forgotten_transaction_stalls_its_partition_for_a_bounded_time_and_is_named_and_others_go_on(string state)
    {
        await using var fixture = await PostgresFixture.Create();
        using var said = new CapturedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(said));
        await using var blockages = new PostgresBlockages(
            fixture.Database, TimeProvider.System, loggers.CreateLogger<PostgresBlockages>());
        var log = new PostgresEventLog(
            fixture.Database, blockages, new PostgresCommits(), new RowWindows(TimeProvider.System), TimeProvider.System,
            NullLogger<PostgresEventLog>.Instance);
        await using var forgetful = new NpgsqlConnection(fixture.ConnectionString + ";Application Name=forgetful;Pooling=false");
        await forgetful.OpenAsync(TestContext.Current.CancellationToken);
        await Execute(forgetful, "begin; select head from log_partition where partition = 0 for update");
        var pid = forgetful.ProcessID.ToString(CultureInfo.InvariantCulture);
        var busy = state == "active" ? Execute(forgetful, "select pg_sleep(600)") : Task.CompletedTask;

        var stall = Stopwatch.StartNew();
        // Both in one batch: the neighbour does not share the fate of the one that is stuck.
        var results = await log.AppendBatch([Request(0, "stuck"), Request(1, "neighbour")], CancellationToken.None);
        var first = stall.Elapsed;
        var refused = Assert.IsType<AppendResult.NotAccepted>(results[0]);
        Assert.IsType<AppendResult.Appended>(results[1]);
        Assert.Contains("forgetful", refused.Detail, StringComparison.Ordinal);
        Assert.Contains($"pg_terminate_backend({pid})", refused.Detail, StringComparison.Ordinal);
        Assert.InRange(first, TimeSpan.Zero, TimeSpan.FromSeconds(5));

        var watch = Stopwatch.StartNew();
        Assert.IsType<AppendResult.NotAccepted>((await log.AppendBatch([Request(0, "again")], CancellationToken.None))[0]);
        Assert.IsType<AppendResult.Appended>((await log.AppendBatch([Request(1, "more")], CancellationToken.None))[0]);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        await Eventually.Holds(
            async () => (await log.AppendBatch([Request(0, "after")], CancellationToken.None))[0] is AppendResult.Appended,
            s_stallMax, "the partition is free again");
        FaultRun.Report(
            "F25 leaked transaction",
            string.Create(
                CultureInfo.InvariantCulture,
                $"stall {stall.Elapsed.TotalSeconds:0.0} s, first refusal after {first.TotalSeconds:0.0} s"),
            seed: 0);
        string[] expected =
            [$"Partition 0 is locked by session {pid} ('forgetful'", $"Session {pid} has held partition 0"];
        foreach (var words in expected)
            Assert.Contains(said.Messages, message => message.Contains(words, StringComparison.Ordinal));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => state == "active" ? busy : Execute(forgetful, "commit"));
    }

    private static AppendRequest Request(int partition, string key)
    {
        var number = 0;
        JournalId journal;
        do
        {
            journal = JournalId.Of("test", $"{key}-{++number}");
        }
        while (journal.PartitionOf(8) != partition);
        return new AppendRequest(
            journal, 0, Guid.NewGuid(), [new ProposedEvent("test.happened", 1, "json", Encoding.UTF8.GetBytes("{}"), EventMetadata.None)]);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
