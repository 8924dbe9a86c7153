using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Specs.ReadSide;

public sealed class ReadModelFollowerSpecs : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly Pages _log = new();
    private readonly Checkpoint _checkpoint = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskFactory _scheduler = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private readonly ReadModelFollower _follower;
    private readonly Task _running;

    public ReadModelFollowerSpecs()
    {
        var services = new ReadModelServices(
            _log, _checkpoint, new NoSerializer(), Options.Create(new ReadModelOptions()), _time);
        var build = new ReadModelBuild("nothing", 1, 1, ReadModelBuildState.Live, [], null, DateTimeOffset.UnixEpoch);
        _follower = new ReadModelFollower(build, 0, new Nothing(), services, NullLogger.Instance);
        _running = _scheduler.StartNew(() => _follower.Run(() => Task.FromResult(false), _stop.Token)).Unwrap();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Fact]
    public async Task A_query_whose_push_comes_costs_no_read_of_the_log()
    {
        await _log.Read(1);
        for (var position = 1; position <= 10; position++)
        {
            var query = await OnScheduler(() => _follower.WaitFor(position, Long));
            Assert.False(query.IsCompleted);
            await OnScheduler(() => _follower.Offer(Committed.Run(position, 1)));

            Assert.Equal(position, await query.WaitAsync(Long, Cancellation));
        }

        Assert.Equal(1, _log.Reads);
    }

    [Fact]
    public async Task A_query_whose_push_came_and_waits_for_its_commit_costs_no_read_of_the_log()
    {
        await _log.Read(1);
        var window = new TaskCompletionSource();
        _checkpoint.Window = window.Task;
        var query = await OnScheduler(() => _follower.WaitFor(2, Long));
        await OnScheduler(() => _follower.Offer(Committed.Run(1, 1)));
        await OnScheduler(() => _follower.Offer(Committed.Run(2, 1)));

        _time.Advance(TimeSpan.FromMilliseconds(20));
        window.SetResult();

        Assert.Equal(2, await query.WaitAsync(Long, Cancellation));
        Assert.Equal(1, _log.Reads);
    }

    [Fact]
    public async Task A_query_whose_push_does_not_come_makes_the_log_be_read_once()
    {
        await _log.Read(1);
        _log.Events = Committed.Run(1, 1);
        var query = await OnScheduler(() => _follower.WaitFor(1, Long));

        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(1, await query.WaitAsync(Long, Cancellation));
        Assert.Equal(2, _log.Reads);
    }

    [Fact]
    public async Task A_query_waits_no_longer_than_asked_and_the_least_wait_still_makes_the_log_be_read()
    {
        await _log.Read(1);
        Assert.Equal(0, await (await OnScheduler(() => _follower.WaitFor(9, TimeSpan.Zero))).WaitAsync(Long, Cancellation));
        var query = await OnScheduler(() => _follower.WaitFor(9, TimeSpan.FromMilliseconds(5)));

        _time.Advance(TimeSpan.FromMilliseconds(5));

        Assert.Equal(0, await query.WaitAsync(Long, Cancellation));
        await _log.Read(2);
    }

    [Fact]
    public async Task An_idle_part_whose_last_commits_were_taken_back_by_a_crash_of_the_database_applies_them_again()
    {
        await _log.Read(1);
        _log.Events = Committed.Run(1, 5);
        await OnScheduler(() => _follower.Offer(_log.Events));
        Assert.Equal(5, await (await OnScheduler(() => _follower.WaitFor(5, Long))).WaitAsync(Long, Cancellation));
        _checkpoint.Stored = 2;

        _time.Advance(new ReadModelOptions().PollInterval);
        // The first time, and again after what was taken back.
        Assert.Equal(5, await _checkpoint.Commits.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(Long, Cancellation));
        Assert.Equal(5, await _checkpoint.Commits.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(Long, Cancellation));
        Assert.Equal(5, _checkpoint.Stored);
    }

    [Fact]
    public async Task A_batch_whose_commit_got_no_answer_is_applied_once_and_the_part_goes_on_behind_it()
    {
        await _log.Read(1);
        _log.Events = Committed.Run(1, 5);
        _checkpoint.LosesAnswers = true;
        await OnScheduler(() => _follower.Offer(_log.Events));
        var query = await OnScheduler(() => _follower.WaitFor(5, Long));

        await _checkpoint.Lost.WaitAsync(Long, Cancellation);
        _checkpoint.LosesAnswers = false;
        await OnScheduler(() => Assert.StartsWith("after position 0: OutcomeUnknown", _follower.Error, StringComparison.Ordinal));
        _time.Advance(new ReadModelOptions().RetryDelayMin);

        Assert.Equal(5, await query.WaitAsync(Long, Cancellation));
        Assert.Equal((0, 5), Assert.Single(_checkpoint.Moves));
    }

    private Task<T> OnScheduler<T>(Func<T> action) => _scheduler.StartNew(action, Cancellation);

    private Task OnScheduler(Action action) => _scheduler.StartNew(action, Cancellation);

    private sealed class Pages : IEventLogReader
    {
        private readonly Channel<LogPosition> _read = Channel.CreateUnbounded<LogPosition>();
        private int _seen;

        public int Reads { get; private set; }

        public CommittedEvent[] Events { get; set; } = [];

        public LogIdentity Identity => new(Guid.Empty, 1, 1);

        public async Task Read(int count)
        {
            for (; _seen < count; _seen++)
                await _read.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(Long, Cancellation);
        }

        public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
            LogPosition after, int countMax, CancellationToken cancellation)
        {
            Reads++;
            _read.Writer.TryWrite(after);
            return Task.FromResult<IReadOnlyList<CommittedEvent>>(
                [.. Events.Where(committed => committed.At.Position > after.Position)]);
        }

        public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
            JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) =>
            throw new InvalidOperationException();

        public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => throw new InvalidOperationException();

        public Task<IReadOnlyList<CommittedEvent>> FindCommand(
            JournalId journal, Guid commandId, CancellationToken cancellation) => throw new InvalidOperationException();
    }

    private sealed class Checkpoint : IReadModelStore
    {
        private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SqlDialect Dialect => SqlDialect.Sqlite;

        public long Stored { get; set; }

        public Channel<long> Commits { get; } = Channel.CreateUnbounded<long>();

        public Task<ReadModelCheckpoint> ReadCheckpoint(ReadModelPart part, CancellationToken cancellation) =>
            Task.FromResult(new ReadModelCheckpoint(Stored, 0, 0));

        public bool LosesAnswers { get; set; }

        public List<(long From, long To)> Moves { get; } = [];

        public Task Lost => _lost.Task;

        /// <summary>Commits wait for it.</summary>
        public Task Window { get; set; } = Task.CompletedTask;

        public async Task<ReadModelCheckpoint?> Commit(
            ReadModelPart part, ReadModelCheckpoint from, long to, Func<DbTransaction, ValueTask> apply,
            CancellationToken cancellation)
        {
            await Window;
            if (from.Position != Stored)
                return new ReadModelCheckpoint(Stored, 0, 0);
            Stored = to;
            Commits.Writer.TryWrite(to);
            Moves.Add((from.Position, to));
            if (!LosesAnswers)
                return null;
            _lost.TrySetResult();
            throw new OutcomeUnknownException("the connection broke");
        }

        public Task<T> Write<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            throw new InvalidOperationException();

        public Task<T> Change<T>(Func<DbTransaction, ValueTask<T>> work, CancellationToken cancellation) =>
            throw new InvalidOperationException();

        // Nothing is parked.
        public async Task<T> Query<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellation)
        {
            await using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
            connection.Open();
            await using var schema = connection.Command(EmbeddedSql.Read("Sqlite.ReadModelSchema.sql"));
            schema.ExecuteNonQuery();
            return await query(connection);
        }

        public bool IsOwnFailure(Exception failure) => failure is OutcomeUnknownException;
    }

    private sealed class Nothing : IProjection
    {
        public string Name => "nothing";

        public int Version => 1;

        public IReadOnlyCollection<Type> Handles => [typeof(Nothing)];

        public string Schema(SqlDialect dialect) => "";

        public ValueTask Apply(
            IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation) => default;
    }

    private sealed class NoSerializer : IEventSerializer
    {
        public ProposedEvent Encode(object @event, EventMetadata metadata) => throw new InvalidOperationException();

        public object Decode(CommittedEvent committed) => throw new InvalidOperationException();

        public Type Resolve(CommittedEvent committed) => typeof(string);
    }
}
