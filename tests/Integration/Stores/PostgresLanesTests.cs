using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>An appender with several lanes over PostgreSQL.</summary>
public sealed class PostgresLanesTests
{
    private const int Partitions = 8;
    private const int Lanes = 4;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lanes_that_append_at_once_leave_versions_and_positions_dense_and_push_them_in_order()
    {
        await using var run = await Run.Start();
        // Another silo, with one lane, on the same partitions and other journals.
        await using var other = await Run.Start(run.ConnectionString, lanes: 1);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(async number =>
        {
            for (var version = 0; version < 20; version++)
            {
                var result = await (number % 4 == 0 ? other : run).Append(JournalId.Of("test", $"j{number}"), version);
                Assert.Equal(version + 1, Assert.IsType<AppendResult.Appended>(result).LastVersion);
            }
        }));

        var heads = await run.Log.ReadHeads(Cancellation);
        Assert.Equal(480, heads.Sum());
        for (var partition = 0; partition < Partitions; partition++)
        {
            var events = await run.Log.ReadPartition(new LogPosition(partition, 0), 1_000, Cancellation);
            Assert.Equal(heads[partition], events.Count);
            Assert.Equal(Enumerable.Range(1, events.Count), events.Select(committed => (int)committed.At.Position));
            var last = Math.Max(0, heads[partition] - 1);
            if (run.Signal.After(new LogPosition(partition, last), 10) is { } pushed)
                Assert.Equal(events.Skip((int)last).Take(pushed.Count).Select(Place), pushed.Select(Place));
        }
    }

    [Fact]
    public async Task A_partition_that_somebody_holds_keeps_its_own_lane_waiting_and_no_other()
    {
        await using var run = await Run.Start();
        await using var holder = new NpgsqlConnection(run.ConnectionString + ";Pooling=false");
        await holder.OpenAsync(Cancellation);
        await using var transaction = await holder.BeginTransactionAsync(Cancellation);
        await using (var hold = new NpgsqlCommand(
            "select head from log_partition where partition = 0 for update", holder, transaction))
            await hold.ExecuteNonQueryAsync(Cancellation);

        var stalled = run.Append(In(partition: 0), 0);
        for (var partition = 1; partition < Lanes; partition++)
            Assert.IsType<AppendResult.Appended>(await run.Append(In(partition), 0));

        Assert.False(stalled.IsCompleted);
        await transaction.RollbackAsync(Cancellation);
        Assert.IsType<AppendResult.Appended>(await stalled);
    }

    private static (LogPosition, JournalId, long, Guid) Place(CommittedEvent committed) =>
        (committed.At, committed.Journal, committed.Version, committed.CommandId);

    private static JournalId In(int partition)
    {
        for (var number = 0; ; number++)
        {
            var journal = JournalId.Of("test", $"in {partition} {number}");
            if (journal.PartitionOf(Partitions) == partition)
                return journal;
        }
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly PostgresFixture _fixture;
        private readonly GroupCommitAppender _appender;

        private Run(PostgresFixture fixture, int lanes)
        {
            _fixture = fixture;
            _appender = new GroupCommitAppender(
                fixture.Log, Signal, new AppendLimits(500, 512, 10, 1_000, TimeSpan.FromSeconds(5), lanes),
                new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System);
        }

        public CommitSignal Signal { get; } = new(Partitions);

        public string ConnectionString => _fixture.ConnectionString;

        public IEventLogStore Log => _fixture.Log;

        public static async Task<Run> Start(string? connectionString = null, int lanes = Lanes)
        {
            connectionString ??= await (await PostgresServer.Shared()).CreateDatabase();
            return new Run(await PostgresFixture.Open(connectionString, sizes: new PostgresSizes(AppendLanes: lanes)), lanes);
        }

        public Task<AppendResult> Append(JournalId journal, long version) => _appender.Append(
            new AppendRequest(journal, version, Guid.NewGuid(),
                [new ProposedEvent("test.happened", 1, "json", Encoding.UTF8.GetBytes("{}"), EventMetadata.None)]),
            s_deadline, Cancellation);

        public async ValueTask DisposeAsync()
        {
            await _appender.DisposeAsync();
            await _fixture.DisposeAsync();
            await _services.DisposeAsync();
        }
    }
}
