using System.Globalization;
using System.Text;
using OrleansEs.EventLog;

namespace OrleansEs.Integration.Contracts;

/// <summary>
/// What every store of the log promises, one rule a test. A store runs it by deriving a class that makes its fixture.
/// </summary>
public abstract partial class EventLogContract : IAsyncLifetime
{
    private IStoreFixture _fixture = null!;

    protected IEventLogStore Log => _fixture.Log;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fixture = await MakeFixture();

    public async ValueTask DisposeAsync()
    {
        await _fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask<IStoreFixture> MakeFixture();

    protected static JournalId Journal(string key) => JournalId.Of("test", key);

    protected static AppendRequest Request(JournalId journal, long expectedVersion, int events = 1, Guid? command = null) => new(
        journal,
        expectedVersion,
        command ?? Guid.NewGuid(),
        [.. Enumerable.Range(0, events).Select(index => Proposed($"{journal}@{expectedVersion}+{index}"))]);

    protected static ProposedEvent Proposed(string text, EventMetadata? metadata = null) => new(
        "test.happened", 1, "json", Encoding.UTF8.GetBytes($$"""{"text":"{{text}}"}"""), metadata ?? EventMetadata.None);

    protected async Task<AppendResult> Append(AppendRequest request) => (await Log.AppendBatch([request], Cancellation))[0];

    protected async Task<AppendResult.Appended> MustAppend(AppendRequest request) =>
        Assert.IsType<AppendResult.Appended>(await Append(request));

    protected Task<IReadOnlyList<CommittedEvent>> WholeJournal(JournalId journal) =>
        Log.ReadJournal(journal, afterVersion: 0, countMax: 100_000, Cancellation);

    protected Task<IReadOnlyList<CommittedEvent>> WholePartition(int partition) =>
        Log.ReadPartition(new LogPosition(partition, 0), countMax: 100_000, Cancellation);

    protected static Random Seeded(int? seed = null)
    {
        var chosen = seed ?? Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {chosen}"));
        return new Random(chosen);
    }
}
