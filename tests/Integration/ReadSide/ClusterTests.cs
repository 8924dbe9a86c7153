using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Configuration;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Streaming;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>The read side on several silos that share a log.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    // So rarely that only a notification can be faster.
    private static readonly TimeSpan Rarely = TimeSpan.FromSeconds(5);

    // A journal of every partition.
    private static readonly string[] s_keys =
    [
        .. Enumerable.Range(0, ReadSideHost.Partitions).Select(partition => Enumerable.Range(0, 1_000)
            .Select(number => $"journal-{number}")
            .First(key => JournalId.Of("test", key).PartitionOf(ReadSideHost.Partitions) == partition)),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_of_one_silo_reaches_a_read_model_on_another_by_notification_and_not_at_the_next_look()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, options => options.PollInterval = Never, LookRarely, silos: 2);
        await Warm(host);

        AssertNotified(await MedianLags(host, rounds: 7));
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task A_lost_connection_of_the_listener_loses_no_event_and_is_replaced()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, options => options.PollInterval = Never, LookRarely, silos: 2);
        await Warm(host);

        Assert.Equal(2, await TerminateListeners(store));
        var tokens = new List<LogPosition>();
        foreach (var silo in Silos(host))
        {
            foreach (var key in s_keys)
                tokens.Add(await ReadSideHost.AppendOn(silo, key, 1));
        }
        foreach (var token in tokens)
            Assert.True(await host.Applied(token) < Rarely / 2, "it was found at the next look only");

        await Warm(host);
        AssertNotified(await MedianLags(host, rounds: 3));
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Without_notifications_events_of_other_silos_are_found_at_the_next_look()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(
            store,
            options => options.PollInterval = TimeSpan.FromMilliseconds(200),
            silo => silo.Services.Remove(silo.Services.Single(service => service.ImplementationType == typeof(PostgresWakeUp))),
            silos: 2);

        foreach (var silo in Silos(host))
        {
            foreach (var key in s_keys)
                await ReadSideHost.AppendOn(silo, key, 1, 2, 3);
        }

        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Parts_are_spread_evenly_follow_on_when_their_silo_dies_and_move_to_one_that_joins()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, options => options.TouchInterval = Never, DieFast, silos: 3);
        await Spread(host, [2, 3, 3]);

        var dead = host.Cluster.Silos.Last(
            silo => !ReferenceEquals(host.Cluster.GetSiloServiceProvider(silo.SiloAddress), host.Services));
        await host.Cluster.KillSiloAsync(dead, Cancellation);
        await Eventually.Holds(
            () => Task.FromResult(host.Services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot
                .GetSiloStatus(dead.SiloAddress) == SiloStatus.Dead),
            ReadSideHost.Long, "the silo is known to be dead");
        var applied = await Task.WhenAll(s_keys.Select(async key => await host.Applied(await host.Append(key, 1))));
        TestContext.Current.TestOutputHelper?.WriteLine($"slowest part after a death: {applied.Max().TotalMilliseconds:F0} ms");
        Assert.True(applied.Max() < TimeSpan.FromSeconds(2), $"the slowest part took {applied.Max().TotalSeconds} s");
        await Spread(host, [4, 4]);

        await host.Cluster.StartAdditionalSiloAsync();
        await Spread(host, [2, 3, 3]);
        foreach (var key in s_keys)
            await host.Append(key, 2);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task What_is_appended_pushed_and_applied_of_a_partition_lives_on_one_silo()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, silos: 3);
        await Spread(host, [2, 3, 3]);
        var pushing = PartitionShares.Of(ReadSideHost.Partitions, host.Cluster.Silos.Select(silo => silo.SiloAddress));

        foreach (var (partition, key) in s_keys.Index())
        {
            Assert.Equal(pushing[partition].ToString(), (await host.Part(partition).Status()).Silo);
            Assert.Equal(pushing[partition].ToString(), await host.Client.GetGrain<IPlacedGrain>(key).Silo());
        }
    }

    [Fact]
    public async Task Where_silos_have_less_than_two_partitions_each_grains_are_spread_by_their_names()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, silos: 5);

        var places = await Task.WhenAll(
            Enumerable.Range(0, 500).Select(number => host.Client.GetGrain<IPlacedGrain>($"placed-{number}").Silo()));

        Assert.All(places.CountBy(silo => silo), silo => Assert.InRange(silo.Value, 60, 140));
        Assert.Equal(5, places.Distinct().Count());
    }

    [Fact]
    public async Task Parts_that_move_since_silos_come_and_go_are_contested_for_a_moment_at_most()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, more: DieFast, silos: 2);
        await Spread(host, [4, 4]);

        await host.Cluster.StartAdditionalSiloAsync();
        await ShownSpread(host, [2, 3, 3]);
        await host.Cluster.StopSiloAsync(host.Cluster.Silos[^1], Cancellation);
        await ShownSpread(host, [4, 4]);
        await host.Cluster.StartAdditionalSiloAsync();
        await ShownSpread(host, [2, 3, 3]);
        await host.Cluster.KillSiloAsync(host.Cluster.Silos[^1], Cancellation);
        await ShownSpread(host, [4, 4]);
    }

    [Fact]
    public async Task In_a_rolling_upgrade_each_version_of_a_read_model_is_followed_where_its_code_is_and_the_new_one_takes_over()
    {
        var silos = 0;
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(store, more: silo =>
        {
            if (Interlocked.Increment(ref silos) == 1)
                return;
            silo.Services.Remove(silo.Services.Single(service => service.ImplementationType == typeof(TallyProjection)));
            silo.Services.AddReadModel<SecondTally>();
        });
        foreach (var key in s_keys)
            await host.Append(key, 1, 2);
        var directory = host.Client.GetGrain<IReadModelDirectoryGrain>(0);
        async Task BothFollow(int positions) => await Eventually.Holds(
            async () => (await directory.Show(ReadSideHost.ReadModel)).Builds is [{ Version: 1 } first, { Version: 2 } second]
                && first.Parts.Concat(second.Parts).All(part => part.State == "live" && part.Position == positions)
                && first.Parts.Select(part => part.Silo).Distinct().Single() != second.Parts.Select(part => part.Silo).Distinct().Single(),
            ReadSideHost.Long, $"both versions are at {positions} everywhere, each on its own silo");

        var old = host.Cluster.Silos.Single();
        var next = await host.Cluster.StartAdditionalSiloAsync();
        await BothFollow(2);
        foreach (var silo in Silos(host))
        {
            foreach (var key in s_keys)
                await ReadSideHost.AppendOn(silo, key, 3);
        }
        await BothFollow(4);

        var left = host.Cluster.GetSiloServiceProvider(next.SiloAddress);
        await host.Cluster.StopSiloAsync(old, Cancellation);
        directory = left.GetRequiredService<IGrainFactory>().GetGrain<IReadModelDirectoryGrain>(0);
        await Eventually.Holds(
            async () => (await directory.Show(ReadSideHost.ReadModel)).Live.Version == 2, ReadSideHost.Long, "the new version is live");
        var answer = await left.GetRequiredService<IReadModelReader>()
            .Query(ReadSideHost.ReadModel, [], TimeSpan.Zero, ReadSideHost.ReadRows, Cancellation);
        Assert.All(answer.Value.Values, tally => Assert.Equal(TallyProjection.Fold([1, 2, 3, 3]), tally));
        Assert.Equal(s_keys.Length, answer.Value.Count);
    }

    [Fact]
    public async Task Whatever_becomes_of_pushes_and_silos_the_rows_equal_a_replay_soon_after()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var faults = new FaultyPushes(seed);
        await using var store = await TestStore.OnPostgres();
        await using var host = await ReadSideHost.Start(
            store,
            options => options.TouchInterval = TimeSpan.FromSeconds(1),
            silo =>
            {
                DieFast(silo);
                silo.Services.AddSingleton<IReceiverDecorator>(faults);
            },
            silos: 3);
        for (var round = 0; round < 300 || (faults.Least <= 50 && round < 10_000); round++)
        {
            await host.Append(s_keys[random.Next(s_keys.Length)], random.NextInt64(1, 1_000));
            if (round >= 300 || round % 120 != 60)
                continue;
            await host.Cluster.KillSiloAsync(
                host.Cluster.Silos.Last(silo => !ReferenceEquals(host.Cluster.GetSiloServiceProvider(silo.SiloAddress), host.Services)),
                Cancellation);
            await host.Cluster.StartAdditionalSiloAsync();
        }

        faults.Stop();
        var since = Stopwatch.GetTimestamp();
        await host.AssertRowsEqualFold();
        var took = Stopwatch.GetElapsedTime(since);
        TestContext.Current.TestOutputHelper?.WriteLine($"{faults}; equal after {took.TotalSeconds:F1} s");
        Assert.True(took < TimeSpan.FromSeconds(5), $"equal only after {took.TotalSeconds:F1} s");
        Assert.True(faults.Least > 50, faults.ToString());
    }

    private static void LookRarely(ISiloBuilder silo) => silo.Services.Configure<LogStreamOptions>(
        EventLogStreams.ProviderName, options => options.PollInterval = Rarely);

    private static void DieFast(ISiloBuilder silo) => silo.Services.Configure<ClusterMembershipOptions>(options =>
    {
        options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
        options.NumMissedProbesLimit = 2;
        options.NumVotesForDeathDeclaration = 1;
    });

    private static IEnumerable<IServiceProvider> Silos(ReadSideHost host) =>
        host.Cluster.Silos.Select(silo => host.Cluster.GetSiloServiceProvider(silo.SiloAddress));

    // Until everything has found its place, and every statement has run once.
    private static async Task Warm(ReadSideHost host)
    {
        await Spread(host, [4, 4]);
        for (var round = 0; round < 3; round++)
        {
            foreach (var silo in Silos(host))
                await Task.WhenAll(s_keys.Select(async key => await host.Applied(await ReadSideHost.AppendOn(silo, key, 1))));
        }
    }

    private static Task<TimeSpan> Spread(ReadSideHost host, int[] expected) => Eventually.Holds(
        async () =>
        {
            var parts = await Task.WhenAll(Enumerable.Range(0, ReadSideHost.Partitions).Select(async partition =>
                (await host.Part(partition).Status()).Silo));
            return parts.CountBy(silo => silo).Select(silo => silo.Value).Order().SequenceEqual(expected);
        },
        ReadSideHost.Long,
        $"parts spread as {string.Join(", ", expected)}");

    // As it is written down. A part has left one silo when it lives on another; their reports may come the other way round.
    private static async Task ShownSpread(ReadSideHost host, int[] expected)
    {
        var directory = host.Client.GetGrain<IReadModelDirectoryGrain>(0);
        var since = new Dictionary<int, long>();
        var longest = TimeSpan.Zero;
        await Eventually.Holds(
            async () =>
            {
                var parts = (await directory.Show(ReadSideHost.ReadModel)).Live.Parts;
                foreach (var part in parts)
                {
                    if (part.State != "contested")
                        since.Remove(part.Partition);
                    else if (since.TryAdd(part.Partition, Stopwatch.GetTimestamp()) is false)
                        longest = TimeSpan.FromTicks(Math.Max(
                            longest.Ticks, Stopwatch.GetElapsedTime(since[part.Partition]).Ticks));
                }
                return parts.Where(part => part.State == "live").CountBy(part => part.Silo)
                    .Select(silo => silo.Value).Order().SequenceEqual(expected);
            },
            ReadSideHost.Long,
            $"live as {string.Join(", ", expected)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"contested for {longest.TotalMilliseconds:F0} ms at most");
        Assert.True(longest < TimeSpan.FromSeconds(2), $"a part was contested for {longest.TotalSeconds:F1} s");
    }

    // For every partition, and every silo on which to append.
    private static async Task<List<TimeSpan>> MedianLags(ReadSideHost host, int rounds)
    {
        var medians = new List<TimeSpan>();
        foreach (var silo in Silos(host))
        {
            foreach (var key in s_keys)
            {
                var lags = new List<TimeSpan>();
                for (var round = 0; round < rounds; round++)
                    lags.Add(await host.Applied(await ReadSideHost.AppendOn(silo, key, round)));
                medians.Add(lags.Order().ElementAt(rounds / 2));
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine(Text(medians));
        return medians;
    }

    // Of the two silos, one has the queue of a partition and the other has not, so half of them were notified of.
    private static void AssertNotified(List<TimeSpan> medians)
    {
        Assert.True(medians.Max() < Rarely / 5, $"some were found at the next look only; {Text(medians)}");
        Assert.True(medians.Order().ElementAt(medians.Count / 2) <= TimeSpan.FromMilliseconds(50), Text(medians));
    }

    private static string Text(IEnumerable<TimeSpan> medians) =>
        $"median lags in ms: {string.Join(", ", medians.Select(lag => lag.TotalMilliseconds.ToString("F1", null)))}";

    private static async Task<int> TerminateListeners(TestStore store)
    {
        await using var connection = new NpgsqlConnection(store.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(
            """
            select count(pg_terminate_backend(pid))
            from pg_stat_activity
            where datname = current_database() and application_name like '%listen'
            """,
            connection);
        return (int)(long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
