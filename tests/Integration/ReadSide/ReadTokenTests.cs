using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Postgres;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>Write on one silo, then ask another one with the token of the write: on three silos that share a log.</summary>
public sealed class ReadTokenTests
{
    private const int Callers = 16;
    private const int JournalsOfCaller = 8;

    private static readonly TimeSpan Never = TimeSpan.FromMinutes(30);

    private readonly ReadModelWatch _watch = new();
    private readonly ConcurrentQueue<Pair> _pairs = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_query_with_a_token_never_shows_less_than_the_token_and_at_its_deadline_it_is_stale_and_says_so()
    {
        var (seed, count) = (FaultRun.Seed(), FaultRun.Size(1_000, 100_000));
        await using var store = await TestStore.OnPostgres();
        await using var host = await Start(store);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => new Caller(this, host, caller, seed).Run(2)));
        _pairs.Clear();

        var (queries, since) = (_watch.Queries, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(Callers, Callers)
            .Select(caller => new Caller(this, host, caller, seed).Run(count / Callers)));

        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        // One for each question, at the end of its wait: nobody asks a database whether it is there yet.
        // A few more are those by which the silos keep up with each other.
        Assert.InRange(_watch.Queries - queries, _pairs.Count, (_pairs.Count * 1.05) + 20);
        var patient = _pairs.Where(pair => pair.Timeout == ReadSideHost.Long).ToList();
        Assert.DoesNotContain(patient, pair => pair.IsStale);
        FaultRun.Report(
            "write, then read with the token",
            $"{_pairs.Count} pairs on 3 silos in {seconds:F1} s, {_pairs.Count(pair => pair.IsStale)} stale at a deadline of "
            + $"0 to 3 ms; a read with a token takes {Percentiles(patient.Select(pair => pair.Read))}, and the commit of the rows "
            + $"comes {Percentiles(Lags(patient))} after the answer to the write",
            seed);
        await host.AssertRowsEqualFold();
    }

    [Fact]
    public async Task Two_hundred_who_wait_cost_nothing_while_they_wait()
    {
        await using var store = await TestStore.OnPostgres();
        await using var host = await Start(store);
        await host.Settle();
        var token = await host.Append("journal-1", 1);
        await host.Applied(token);
        var (queries, looks, timeout) = (_watch.Queries, _watch.Looks, TimeSpan.FromSeconds(1));

        var since = Stopwatch.GetTimestamp();
        var waiting = Enumerable.Range(0, 200)
            .Select(place => host.Reader.Query(
                ReadSideHost.ReadModel, [token with { Position = token.Position + 1_000 + place }], timeout,
                ReadSideHost.ReadRows, Cancellation))
            .ToList();
        var answers = await Task.WhenAll(waiting);

        Assert.True(Stopwatch.GetElapsedTime(since) >= timeout);
        Assert.All(answers, answer => Assert.True(answer.Stale));
        // One for each at its end, and what the silos look after by themselves.
        Assert.InRange(_watch.Queries - queries, 200, 210);
        Assert.Equal(looks, _watch.Looks);
    }

    private async Task<ReadSideHost> Start(TestStore store) => await ReadSideHost.Start(
        store,
        options => options.TouchInterval = options.PollInterval = Never,
        _watch.AddTo,
        silos: 3);

    // From the answer to the write to the commit of its rows, which may come first.
    private IEnumerable<TimeSpan> Lags(IEnumerable<Pair> pairs)
    {
        var commits = _watch.Commits.GroupBy(commit => commit.Partition).ToDictionary(
            partition => partition.Key, partition => partition.OrderBy(commit => commit.To).ToArray());
        foreach (var pair in pairs)
        {
            var ofPart = commits[pair.Token.Partition];
            var found = Array.BinarySearch(
                ofPart, (0, pair.Token.Position, 0), Comparer<(int, long To, long)>.Create((a, b) => a.To.CompareTo(b.To)));
            var commit = ofPart[found >= 0 ? found : ~found];
            yield return commit.At > pair.Written ? Stopwatch.GetElapsedTime(pair.Written, commit.At) : TimeSpan.Zero;
        }
    }

    private static string Percentiles(IEnumerable<TimeSpan> times)
    {
        var ordered = times.Order().ToArray();
        return $"p50 {ordered[ordered.Length / 2].TotalMilliseconds:F1} ms, "
            + $"p99 {ordered[ordered.Length * 99 / 100].TotalMilliseconds:F1} ms";
    }

    private sealed record Pair(LogPosition Token, TimeSpan Timeout, long Written, TimeSpan Read, bool IsStale);

    // Writes journals of its own, so that it knows what every one of them must show.
    private sealed class Caller(ReadTokenTests test, ReadSideHost host, int number, int seed)
    {
        private readonly Random _random = new(HashCode.Combine(seed, number));
        private readonly List<long>[] _sums = [.. Enumerable.Range(0, JournalsOfCaller).Select(_ => new List<long> { 0 })];
        private readonly IServiceProvider[] _silos =
            [.. host.Cluster.Silos.Select(silo => host.Cluster.GetSiloServiceProvider(silo.SiloAddress))];

        public async Task Run(int count)
        {
            for (var round = 0; round < count; round++)
                await WriteThenRead();
        }

        private async Task WriteThenRead()
        {
            var own = _random.Next(JournalsOfCaller);
            var journal = JournalId.Of("test", $"caller-{number}-{own}");
            // A few are not patient enough to see what they wrote.
            var timeout = _random.Next(10) == 0 ? TimeSpan.FromMilliseconds(_random.Next(4)) : ReadSideHost.Long;
            var token = await Write(journal, own, _random.Next(1, 100));
            var written = Stopwatch.GetTimestamp();
            var answer = await _silos[_random.Next(_silos.Length)].GetRequiredService<IReadModelReader>()
                .Query(ReadSideHost.ReadModel, [token], timeout, rows => SumOf(rows, journal), Cancellation);
            var read = Stopwatch.GetElapsedTime(written);
            test._pairs.Enqueue(new Pair(token, timeout, written, read, answer.Stale));

            var isThere = answer.Positions[token.Partition].Position >= token.Position;
            Assert.True(isThere != answer.Stale, $"{token} with {timeout}: {answer}");
            if (answer.Stale)
                Assert.True(read >= timeout && _sums[own].SkipLast(1).Contains(answer.Value), $"{token}: {answer} after {read}");
            else
                Assert.Equal(_sums[own][^1], answer.Value);
        }

        private async Task<LogPosition> Write(JournalId journal, int own, long amount)
        {
            var silo = _silos[_random.Next(_silos.Length)];
            var proposed = silo.GetRequiredService<IEventSerializer>().Encode(new Added(amount), EventMetadata.None);
            var result = await silo.GetRequiredService<IEventLogAppender>().Append(
                new AppendRequest(journal, _sums[own].Count - 1, Guid.NewGuid(), [proposed]), ReadSideHost.Long, Cancellation);
            _sums[own].Add(_sums[own][^1] + amount);
            return Assert.IsType<AppendResult.Appended>(result).Last;
        }

        private static async Task<long> SumOf(ReadModelRows rows, JournalId journal)
        {
            await using var command = rows.Command("select sum from {tally} where journal = @journal");
            command.Bind("@journal", journal.Value);
            return (await command.ReadAll(row => row.GetInt64(0), Cancellation)).SingleOrDefault();
        }
    }
}
