using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansEs.Benchmarks.Contenders;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Postgres;
using OrleansEs.Grains;
using OrleansEs.Grains.Accounts;
using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Benchmarks.Micro;

/// <summary>What a deposit costs in a silo, part by part, without any database.</summary>
[MemoryDiagnoser]
public class CommandPath : IAsyncDisposable
{
    private const int Appends = 64;

    private readonly EventMetadata _metadata = new()
    {
        Actor = "benchmark", RequestHash = Guid.Empty.ToString("N"),
    };

    private readonly ServiceProvider _services = Services();
    private readonly Deposit _command = LedgerCluster.Deposit(12_34);
    private readonly AccountState _state = AccountState.Initial
        .Evolve(new AccountOpened("alice", [], 0)).Evolve(new AccountDeposited(LedgerCluster.Euros(1), null));

    private readonly PostgresLogMemory _memory = new(RawLog.Partitions) { TrustAfter = 0 };

    private AccountDeposited _event = null!;
    private IEventSerializer _serializer = null!;
    private CommittedEvent _committed = null!;
    private AppendRequest[] _requests = [];
    private GroupCommitAppender _appender = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _event = new AccountDeposited(_command.Amount, _command.Memo);
        _serializer = _services.GetRequiredService<IEventSerializer>();
        var proposed = _serializer.Encode(_event, _metadata);
        _committed = new CommittedEvent(
            new LogPosition(0, 1), JournalId.Of("account", "alice"), 1, Guid.Empty, 0, proposed.Type, proposed.TypeVersion,
            proposed.Format, proposed.Payload, proposed.Metadata, DateTimeOffset.UnixEpoch);
        _requests = [.. Enumerable.Range(0, Appends).Select(number =>
            new AppendRequest(JournalId.Of("account", Accounts.Id(number)), 1, Guid.CreateVersion7(), [proposed]))];
        foreach (var journals in _requests.GroupBy(request => request.Journal.PartitionOf(RawLog.Partitions)))
            _memory.Learn(journals.Key, 0, journals.Count(), journals.Select(request => (request.Journal, 1L)));
        _appender = new GroupCommitAppender(
            new InstantStore(), new CommitSignal(RawLog.Partitions), new AppendLimits(10_000, 500, 1_000, 1 << 20, TimeSpan.FromSeconds(5)),
            new EventLogMeter(_services.GetRequiredService<IMeterFactory>()), TimeProvider.System);
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await _appender.DisposeAsync();
        await _services.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "decide")]
    public object Decide() => AccountDecisions.Decide("alice", _state, _command);

    [Benchmark(Description = "evolve")]
    public object Evolve() => _state.Evolve(_event);

    [Benchmark(Description = "hash of the command")]
    public string Hash() => CommandHash.Of(_command);

    [Benchmark(Description = "encode the event")]
    public object Encode() => _serializer.Encode(_event, _metadata);

    [Benchmark(Description = "decode the event")]
    public object Decode() => _serializer.Decode(_committed);

    [Benchmark(Description = "encode the metadata")]
    public string? Metadata() => StoredValues.FromMetadata(_metadata);

    [Benchmark(Description = "plan a batch, each of 64 appends", OperationsPerInvoke = Appends)]
    public object Plan() => new PostgresAppendPlan(_requests, RawLog.Partitions, _memory);

    [Benchmark(Description = "through the appender, each of 64 appends at once", OperationsPerInvoke = Appends)]
    public Task Append() =>
        Task.WhenAll(_requests.Select(request => _appender.Append(request, TimeSpan.FromSeconds(5), CancellationToken.None)));

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSerializer().AddMetrics();
        services.AddEventTypes(types => types.Add(RawRow.Type, 1, LedgerJson.Frozen.AccountDeposited));
        return services
            .AddSingleton<EventTypeRegistry>()
            .AddSingleton<OrleansTypeNames>()
            .AddSingleton<JsonEventCodec>()
            .AddSingleton<OrleansEventCodec>()
            .AddSingleton<IEventSerializer, EventSerializer>()
            .BuildServiceProvider();
    }
}
