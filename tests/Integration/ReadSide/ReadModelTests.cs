using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>What a read model promises to whoever asks it or operates it, on a store that the derived class names.</summary>
public abstract class ReadModelTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    protected abstract ValueTask<TestStore> NewStore();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_with_a_read_token_includes_what_was_written_and_says_its_positions()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store, options => options.PollInterval = Never, useStreams: false);
        for (var round = 1; round <= 20; round++)
        {
            var token = await host.Append("alice", round);

            var answer = await host.Reader.Query(
                ReadSideHost.ReadModel, [token], ReadSideHost.Long, ReadSideHost.ReadRows, Cancellation);

            Assert.False(answer.Stale);
            Assert.Equal(round, answer.Value["test/alice"].Count);
            Assert.Equal(ReadSideHost.Partitions, answer.Positions.Count);
            Assert.Equal(token, answer.Positions[token.Partition]);
        }
    }

    [Fact]
    public async Task A_wait_for_an_event_that_is_still_to_come_is_parked_until_it_is_applied()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var partition = JournalId.Of("test", "first").PartitionOf(ReadSideHost.Partitions);
        var parked = host.Reader.WaitFor(
            ReadSideHost.ReadModel, [new LogPosition(partition, 2)], ReadSideHost.Long, Cancellation);
        await host.Append("first", 1);
        Assert.False(parked.IsCompleted);

        await host.Append("first", 2);

        Assert.True(await parked.WaitAsync(ReadSideHost.Long, Cancellation));
    }

    [Fact]
    public async Task A_token_beyond_the_head_is_waited_for_no_longer_than_asked_and_the_answer_is_labelled_stale()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var token = await host.Append("alice", 1);
        await host.Applied(token);
        var beyond = token with { Position = 1_000_000 };

        var answer = await host.Reader
            .Query(ReadSideHost.ReadModel, [token, beyond], TimeSpan.FromMilliseconds(300), ReadSideHost.ReadRows, Cancellation)
            .WaitAsync(TimeSpan.FromSeconds(5), Cancellation);

        Assert.True(answer.Stale);
        Assert.Equal(1, answer.Value["test/alice"].Count);
        Assert.False(await host.Reader.WaitFor(ReadSideHost.ReadModel, [beyond], TimeSpan.Zero, Cancellation));
    }

    [Fact]
    public async Task A_query_of_an_unknown_read_model_or_partition_is_refused_by_name()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);

        var unknown = await Assert.ThrowsAsync<ArgumentException>(() =>
            host.Reader.WaitFor("talley", [], TimeSpan.Zero, Cancellation));
        var outside = await Assert.ThrowsAsync<ArgumentException>(() =>
            host.Reader.WaitFor(ReadSideHost.ReadModel, [new LogPosition(8, 1)], TimeSpan.Zero, Cancellation));

        Assert.Contains("'talley'", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("8:1", outside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_holds_over_a_restart_and_its_state_is_a_row_of_Orleans_storage()
    {
        await using var store = await NewStore();
        await using (var before = await ReadSideHost.Start(store))
        {
            await before.Applied(await before.Append("alice", 1));
            await before.Control.Pause();
            await before.Append("alice", 2);
            Assert.Equal(1, await StoredControls(before));
        }
        await using var host = await ReadSideHost.Start(store);
        var token = await host.Append("alice", 3);

        Assert.False(await host.Reader.WaitFor(
            ReadSideHost.ReadModel, [token], TimeSpan.FromMilliseconds(300), Cancellation));
        var paused = await host.Control.Show();
        Assert.True(paused.Paused);
        Assert.Equal((1, 1), (paused.Live.Number, paused.Live.Version));
        Assert.All(paused.Live.Parts, part => Assert.Equal("paused", part.State));
        Assert.Equal(1, (await host.Rows())["test/alice"].Count);

        await host.Control.Resume();
        await host.AssertRowsEqualFold();
        Assert.False((await host.Control.Show()).Paused);
        Assert.Equal([ReadSideHost.ReadModel], await host.Client.GetGrain<IReadModelDirectoryGrain>(0).List());
    }

    [Fact]
    public async Task How_a_read_model_does_is_read_from_rows_with_its_lag_and_two_owners_at_once_are_shown()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var directory = host.Client.GetGrain<IReadModelDirectoryGrain>(0);
        await host.Applied(await host.Append("alice", 1));
        await Shows(directory, part => part is { State: "live", LagSeconds: 0, Silo.Length: > 0 });

        await host.Control.Pause();
        var token = await host.Append("alice", 2);
        await Shows(directory, part => part.State == "paused");
        var waiting = (await directory.Show(ReadSideHost.ReadModel)).Live.Parts[token.Partition];
        Assert.Equal((token.Position - 1, token.Position), (waiting.Position, waiting.Head));
        Assert.True(waiting.LagSeconds > 0, "what waits has been there for some time");

        await Report(host, token.Partition, "rival", lastSeconds: -5);
        var contested = (await directory.Show(ReadSideHost.ReadModel)).Live.Parts[token.Partition];
        Assert.Equal(("contested", "lost"), (contested.State, contested.Error));
        Assert.EndsWith(" and rival", contested.Silo, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_word_of_a_silo_that_is_gone_contests_nothing_and_one_that_goes_on_talking_does()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var directory = host.Client.GetGrain<IReadModelDirectoryGrain>(0);
        await Shows(directory, part => part is { State: "live", Silo.Length: > 0 });

        await Report(host, 0, "S127.0.0.1:1:1", lastSeconds: 5);
        Assert.Equal("live", (await directory.Show(ReadSideHost.ReadModel)).Live.Parts[0].State);

        await Report(host, 0, "S127.0.0.1:1:1", lastSeconds: 0);
        var contested = (await directory.Show(ReadSideHost.ReadModel)).Live.Parts[0];
        Assert.Equal("contested", contested.State);
        Assert.Contains("S127.0.0.1:1:1", contested.Silo, StringComparison.Ordinal);
    }

    // As another silo says that it follows a part of the live build, or said so a while ago.
    private static Task<int> Report(ReadSideHost host, int partition, string owner, int lastSeconds) =>
        host.Services.GetRequiredService<IReadModelStore>().Write(
            async transaction =>
            {
                await using var rival = transaction.Command(
                    """
                    insert into read_model_owner (read_model, build, partition, owner, state, error, rate, seen_at)
                    values (@read_model, @build, @partition, @owner, 'live', 'lost', 0, @seen_at)
                    on conflict (read_model, build, partition, owner) do update set seen_at = excluded.seen_at
                    """);
                rival.Bind("@read_model", ReadSideHost.ReadModel).Bind("@build", host.LiveBuild).Bind("@partition", partition)
                    .Bind("@owner", owner)
                    .Bind("@seen_at", StoredValues.FromTime(DateTimeOffset.UtcNow - TimeSpan.FromSeconds(lastSeconds)));
                return await rival.ExecuteNonQueryAsync(Cancellation);
            },
            Cancellation);

    private static Task<TimeSpan> Shows(IReadModelDirectoryGrain directory, Func<ReadModelPartStatus, bool> each) =>
        Eventually.Holds(
            async () => (await directory.Show(ReadSideHost.ReadModel)).Live.Parts.All(each), ReadSideHost.Long, "shown");

    [Fact]
    public async Task Two_activations_of_one_part_apply_every_event_once()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        // A second owner of the same part, as after a split brain: it is no grain, and knows nothing of the first.
        var partition = JournalId.Of("test", "contested").PartitionOf(ReadSideHost.Partitions);
        await using var rival = new RivalFollower(host, partition, TimeProvider.System);
        for (var round = 0; round < 300; round++)
        {
            await host.Append("contested", round);
            await rival.Nudge();
        }

        await host.AssertRowsEqualFold();
        Assert.Null(rival.Error);
    }

    [Fact]
    public async Task A_grain_that_is_deactivated_goes_on_where_it_was_and_lets_no_query_hang()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        var token = await host.Append("alice", 1);
        await host.Applied(token);
        var next = token with { Position = token.Position + 1 };
        var parked = host.Reader.WaitFor(ReadSideHost.ReadModel, [next], ReadSideHost.Long, Cancellation);

        await host.Deactivate(host.Part(token.Partition));
        Assert.Equal(next, await host.Append("alice", 2));

        Assert.True(await parked.WaitAsync(ReadSideHost.Long, Cancellation));
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Writes_of_Orleans_storage_and_of_the_log_take_turns_under_load()
    {
        await using var store = await NewStore();
        await using var host = await ReadSideHost.Start(store);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 16).Select(async caller =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
                await host.Append($"caller-{caller}", round);
        }).ToArray();

        for (var decision = 0; decision < 20; decision++)
        {
            await host.Control.Pause();
            await host.Control.Resume();
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_silo_with_two_read_models_of_one_name_does_not_start()
    {
        await using var store = await NewStore();

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => ReadSideHost.Start(
            store, more: silo => silo.Services.AddReadModel<TallyProjection>()));

        Assert.Contains("'tally' version 1 is registered twice", refusal.ToString(), StringComparison.Ordinal);
    }

    private static Task<long> StoredControls(ReadSideHost host) =>
        host.Services.GetRequiredService<IReadModelStore>().Query(
            async connection =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText =
                    """
                    select count(*)
                    from OrleansStorage
                    where GrainTypeString like '%read-model-control%' and PayloadBinary is not null
                    """;
                return (long)(await command.ExecuteScalarAsync(Cancellation))!;
            },
            Cancellation);
}
