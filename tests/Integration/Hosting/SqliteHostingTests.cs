using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;

namespace OrleansEs.Integration.Hosting;

/// <summary>The log in a silo: one registration line, and a start that says why it cannot.</summary>
public sealed class SqliteHostingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_silo_appends_to_the_log_and_finds_it_again_after_a_restart()
    {
        var journal = JournalId.Of("test", "alice");
        for (var version = 0; version < 3; version++)
        {
            await using var cluster = await Start(_directory.File("log.db"));
            var services = cluster.Silos[0].ServiceProvider;

            var result = await services.GetRequiredService<IEventLogAppender>().Append(
                new AppendRequest(journal, version, Guid.NewGuid(), [Event]), TimeSpan.FromSeconds(10), Cancellation);

            Assert.Equal(version + 1, Assert.IsType<AppendResult.Appended>(result).LastVersion);
            Assert.Equal(version + 1, (await services.GetRequiredService<IEventLogReader>()
                .ReadJournal(journal, 0, 10, Cancellation)).Count);
            await cluster.StopAllSilosAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_second_silo_on_the_same_file_is_refused_with_the_remedy()
    {
        await using var first = await Start(_directory.File("log.db"));

        var refusal = await Refused(_directory.File("log.db"));

        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(EventLogOptions.Partitions), 0, "Partitions is 0; it must be at least 1.")]
    [InlineData(nameof(EventLogOptions.Partitions), 1_025, "Partitions is 1025; it must be at most 1024.")]
    [InlineData(nameof(EventLogOptions.AppendLanes), 0, "AppendLanes is 0; it must be at least 1.")]
    [InlineData(nameof(EventLogOptions.AppendLanes), 2, "AppendLanes is 2, and a SQLite file has one writer.")]
    [InlineData(nameof(EventLogOptions.QueueCapacity), 0, "QueueCapacity is 0; it must be at least 1.")]
    [InlineData(nameof(EventLogOptions.ReaderConnections), -1, "ReaderConnections is -1; it must be at least 1.")]
    [InlineData(nameof(EventLogOptions.DataPath), " ", "DataPath is empty; it must name a file.")]
    public async Task A_wrong_setting_is_refused_at_start_and_named(string setting, object value, string reason)
    {
        var refusal = await Refused(
            _directory.File("log.db"), options => typeof(EventLogOptions).GetProperty(setting)!.SetValue(options, value));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File("log.db")));
    }

    private static ProposedEvent Event { get; } = new("test.happened", 1, "json", Encoding.UTF8.GetBytes("{}"), EventMetadata.None);

    private static async Task<EventLogStartException> Refused(string path, Action<EventLogOptions>? more = null)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Start(path, more));
        while (failure is not EventLogStartException && failure.InnerException is { } inner)
            failure = inner;
        return Assert.IsType<EventLogStartException>(failure);
    }

    private static async Task<InProcessTestCluster> Start(string path, Action<EventLogOptions>? more = null)
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        builder.ConfigureSilo((_, silo) => silo.AddSqliteEventLog(options =>
        {
            options.DataPath = path;
            more?.Invoke(options);
        }));
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
