using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Contracts;

namespace OrleansEs.Integration.Faults.Planted;

/// <summary>
/// A check that cannot fail proves nothing: with each fault planted, just the check that is for it fails, and without one
/// none does. That positions come in commit order has its planted fault in <c>PostgresCommitOrderTests</c>.
/// </summary>
public sealed class PlantedFaultTests
{
    private static readonly ReadModelPart s_part = new(CountingProjection.ModelName, 1, 0);
    private static readonly ReadModelBuild Build = new(
        CountingProjection.ModelName, 1, 1, ReadModelBuildState.Live, [], null, DateTimeOffset.UnixEpoch);

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PlantedFault.None, "")]
    [InlineData(PlantedFault.DedupeOff, nameof(A_retry_gets_the_first_outcome))]
    [InlineData(PlantedFault.AcknowledgedBeforeCommit, nameof(What_is_acknowledged_is_in_the_log))]
    [InlineData(PlantedFault.CheckpointInAnotherTransaction, nameof(Rows_move_with_their_checkpoint))]
    [InlineData(PlantedFault.FenceOff, nameof(Of_two_owners_one_applies_a_batch))]
    [InlineData(PlantedFault.UnconditionalRetry, nameof(A_lost_answer_doubles_nothing))]
    [InlineData(PlantedFault.PushesTrusted, nameof(A_lost_push_skips_nothing))]
    public async Task A_planted_fault_fails_just_the_check_that_is_for_it(PlantedFault fault, string expected)
    {
        await using var system = await SystemUnderTest.Create(fault);
        await system.ReadModels.Install(system.OtherSilo, new CountingProjection());
        (string Name, Func<SystemUnderTest, Task<bool>> Holds)[] checks =
        [
            (nameof(A_retry_gets_the_first_outcome), A_retry_gets_the_first_outcome),
            (nameof(What_is_acknowledged_is_in_the_log), What_is_acknowledged_is_in_the_log),
            (nameof(Rows_move_with_their_checkpoint), Rows_move_with_their_checkpoint),
            (nameof(Of_two_owners_one_applies_a_batch), Of_two_owners_one_applies_a_batch),
            (nameof(A_lost_answer_doubles_nothing), A_lost_answer_doubles_nothing),
            (nameof(A_lost_push_skips_nothing), A_lost_push_skips_nothing),
        ];

        var failed = new List<string>();
        foreach (var (name, holds) in checks)
        {
            if (!await holds(system))
                failed.Add(name);
        }

        Assert.Equal(expected, string.Join(", ", failed));
    }

    private static async Task<bool> A_retry_gets_the_first_outcome(SystemUnderTest system)
    {
        var request = Request("retried", 0);
        await system.Log.AppendBatch([request], Cancellation);
        await system.Log.ReadJournal(request.Journal, 0, 1, Cancellation);
        var retried = (await system.OtherSilo.AppendBatch([request], Cancellation))[0];
        return retried is AppendResult.Duplicate { Events: [var first] } && first.CommandId == request.CommandId;
    }

    private static async Task<bool> What_is_acknowledged_is_in_the_log(SystemUnderTest system)
    {
        for (var version = 0; version < 20; version++)
        {
            var request = Request("acknowledged", version);
            var result = (await system.Log.AppendBatch([request], Cancellation))[0];
            if (result is AppendResult.Appended
                && (await system.OtherSilo.FindCommand(request.Journal, request.CommandId, Cancellation)).Count == 0)
                return false;
        }
        return true;
    }

    // Whoever applies is interrupted after it wrote, and tries again.
    private static async Task<bool> Rows_move_with_their_checkpoint(SystemUnderTest system)
    {
        var part = s_part with { Partition = 1 };
        await Assert.ThrowsAsync<FormatException>(() => system.ReadModels.Commit(
            part, 0, 1, _ => throw new FormatException("interrupted")));
        var checkpoint = await system.ReadModels.Position(part);
        if (checkpoint == 0)
            await system.ReadModels.Commit(part, 0, 1, transaction => Note(transaction, "rows"));
        return await Noted(system, "rows") == 1 && await system.ReadModels.Position(part) == 1;
    }

    private static async Task<bool> Of_two_owners_one_applies_a_batch(SystemUnderTest system)
    {
        var part = s_part with { Partition = 2 };
        for (var owner = 0; owner < 2; owner++)
            await system.ReadModels.Commit(part, 0, 1, transaction => Note(transaction, "owner"));
        return await Noted(system, "owner") == 1;
    }

    private static async Task<bool> A_lost_answer_doubles_nothing(SystemUnderTest system)
    {
        var losing = new FaultyEventLog(system.OtherSilo);
        losing.OnAppend = _ => losing.Appends % 2 == 0 ? AppendFault.LostAfter : AppendFault.None;
        var appender = system.Appender(losing);
        await using var _ = appender as IAsyncDisposable;
        var journal = JournalId.Of("test", "lost");
        for (var command = 0; command < 10; command++)
        {
            var version = (await system.OtherSilo.ReadJournal(journal, 0, 1_000, Cancellation)).Count;
            var request = Request("lost", version);
            if (await appender.Append(request, s_timeout, Cancellation) is AppendResult.Unknown)
                Assert.Single(await system.OtherSilo.FindCommand(journal, request.CommandId, Cancellation));
        }
        return (await system.OtherSilo.ReadJournal(journal, 0, 1_000, Cancellation)).Count == 10;
    }

    // A follower is up to date; then three events come, and the push of the first of them is lost.
    private static async Task<bool> A_lost_push_skips_nothing(SystemUnderTest system)
    {
        var journal = JournalId.Of("test", "pushed");
        var part = s_part with { Partition = journal.PartitionOf(8) };
        var services = new ReadModelServices(
            system.OtherSilo, system.ReadModels, new NoSerializer(), Options.Create(new ReadModelOptions()), TimeProvider.System);
        var follower = new ReadModelFollower(Build, part.Partition, new CommandNotes(), services, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var running = follower.Run(() => Task.FromResult(false), stop.Token);
        await Eventually.Holds(() => Task.FromResult(follower.State == "live"), s_timeout, "the follower is up to date");

        var position = follower.Position;
        for (var version = 0; version < 3; version++)
            await system.OtherSilo.AppendBatch([Request("pushed", version)], Cancellation);
        var events = await system.OtherSilo.ReadPartition(new LogPosition(part.Partition, position), 10, Cancellation);
        follower.Offer(system.Push([.. events.Skip(1)], position));
        await follower.WaitFor(position + 3, s_timeout);
        await stop.CancelAsync();
        await running;

        var applied = new List<long>();
        foreach (var one in events)
            applied.Add(await Noted(system, one.CommandId.ToString()));
        return applied is [1, 1, 1];
    }

    private static AppendRequest Request(string key, long version) => new(
        JournalId.Of("test", key), version, Guid.NewGuid(),
        [new ProposedEvent("$test", 1, "json", Encoding.UTF8.GetBytes("{}"), EventMetadata.None)]);

    private static async ValueTask Note(System.Data.Common.DbTransaction transaction, string note) =>
        await CountingProjection.Insert(transaction, note);

    private static Task<long> Noted(SystemUnderTest system, string beginning) => system.ReadModels.Query(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"select count(*) from counting_b1_note where note like '{beginning}%'";
            return (long)(await command.ExecuteScalarAsync(Cancellation))!;
        },
        Cancellation);

    private sealed class CommandNotes : IProjection
    {
        public string Name => CountingProjection.ModelName;

        public int Version => 1;

        public IReadOnlyCollection<Type> Handles => [];

        public string Schema(SqlDialect dialect) => "";

        public async ValueTask Apply(
            IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
        {
            foreach (var one in events)
                await CountingProjection.Insert(writes.Transaction, one.Committed.CommandId.ToString());
        }
    }

    private sealed class NoSerializer : IEventSerializer
    {
        public ProposedEvent Encode(object @event, EventMetadata metadata) => throw new InvalidOperationException();

        public object Decode(CommittedEvent committed) => throw new InvalidOperationException();

        public Type Resolve(CommittedEvent committed) => throw new InvalidOperationException();
    }
}
