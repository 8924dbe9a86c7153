using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using OrleansEs.Client;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Faults;

/// <summary><c>audit --follow</c>: every event once, from the first page on, until a signal.</summary>
public sealed class AuditFollowTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Under_load_every_event_is_shown_once_and_each_partition_in_order_over_many_pages_and_the_seam()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        var load = ClientProcess.Run(
            folder.Path, "load", "--accounts", "10", "--callers", "4", "--seconds", "6", "--history", "history.jsonl",
            "--json", "--gateway", silo.Gateway);
        await LoadHistory.Grows(folder.File("history.jsonl"), 100);

        await using var follower = new Follower(silo, "--take", "50");
        Assert.Equal(0, (await load).ExitCode);
        var heads = await Heads(silo);
        await follower.Shows(heads.Sum());

        Assert.Equal((0, ""), await follower.Stop());
        var tokens = follower.Lines.Select(line => ((string)line["token"]!).Split(':')).ToLookup(
            token => int.Parse(token[0], null), token => long.Parse(token[1], null));
        foreach (var (partition, head) in heads.Index())
            Assert.Equal(Enumerable.Range(1, (int)head).Select(position => (long)position), tokens[partition]);
    }

    [Fact]
    public async Task Every_filter_holds_for_what_is_followed_as_well()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        await ClientProcess.Json(silo, "account", "open", "alice", "--actor", "ann");
        await ClientProcess.Json(silo, "account", "deposit", "alice", "1", "EUR", "--actor", "ann");
        await using var byAll = new Follower(silo, "--journal", "account/alice", "--type", "account.deposited", "--actor", "ann");
        await using var byTime = new Follower(silo, "--from", "2999-01-01");
        await using var byCorrelation = new Follower(silo, "--correlation", "no such");
        await using var everything = new Follower(silo);
        await everything.Shows(2);

        await ClientProcess.Json(silo, "account", "open", "bob", "--actor", "ann");
        await ClientProcess.Json(silo, "account", "deposit", "bob", "2", "EUR", "--actor", "ann");
        await ClientProcess.Json(silo, "account", "deposit", "alice", "3", "EUR", "--actor", "eve");
        await ClientProcess.Json(silo, "account", "withdraw", "alice", "4", "EUR", "--actor", "ann", "--timeout", "20s");
        await ClientProcess.Json(silo, "account", "deposit", "alice", "5", "EUR", "--actor", "ann");
        await everything.Shows(7);
        await byAll.Shows(2);

        foreach (var follower in new[] { byAll, byTime, byCorrelation, everything })
            Assert.Equal((0, ""), await follower.Stop());
        Assert.All(byAll.Lines, line => Assert.Equal(
            ("account/alice", "account.deposited", "ann"), ((string)line["journal"]!, (string)line["type"]!, (string)line["actor"]!)));
        Assert.Equal((2, 7), (byAll.Lines.Count, everything.Lines.Count));
        Assert.Empty(byTime.Lines.Concat(byCorrelation.Lines));
    }

    [Fact]
    public async Task A_silo_that_is_killed_and_comes_back_costs_a_follower_time_and_no_event()
    {
        using var folder = new TempFolder();
        var silo = await SiloProcess.Start(folder.Path);
        await ClientProcess.Json(silo, "account", "open", "alice");
        await using var follower = new Follower(silo, "--timeout", "40s");
        await follower.Shows(1);
        await silo.Kill();
        var port = silo.GatewayPort;
        await silo.DisposeAsync();

        await using var again = await SiloProcess.Start(folder.Path, gatewayPort: port);
        for (var amount = 1; amount <= 5; amount++)
            await ClientProcess.Json(again, "account", "deposit", "alice", $"{amount}", "EUR");
        await follower.Shows(6);

        Assert.Equal((0, ""), await follower.Stop());
        Assert.Equal([1, 2, 3, 4, 5, 6], follower.Lines.Select(line => (int)line["version"]!));
    }

    [Fact]
    public async Task An_interrupt_ends_following_with_zero_and_a_silo_that_is_stopped_drains_at_once_and_ends_it_with_3()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        await ClientProcess.Json(silo, "account", "open", "alice");
        using var interrupted = Process.Start(Programs.Of("Client", folder.Path, ["audit", "--follow", "--gateway", silo.Gateway]))!;
        var shown = await interrupted.StandardOutput.ReadLineAsync(Cancellation);
        Assert.Contains("account/alice v1  account.opened", shown, StringComparison.Ordinal);
        Programs.Signal(interrupted, Programs.SigInt);
        var ended = await Ended.Of(interrupted, s_long);
        Assert.Equal((0, ""), (ended.ExitCode, ended.Stderr));

        await using var left = new Follower(silo, "--timeout", "2s");
        await left.Shows(1);
        await using var parked = new Follower(silo);
        await parked.Shows(1);
        Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
        var (code, error) = await left.Ends();
        Assert.Equal(3, code);
        Assert.StartsWith("unavailable: ", error, StringComparison.Ordinal);
    }

    private static async Task<long[]> Heads(SiloProcess silo) =>
        [.. (await ClientProcess.Json(silo, "log", "stats"))["partitions"]!.AsArray().Select(part => (long)part!["head"]!)];

    // The verb in this process, with what it wrote so far.
    private sealed class Follower : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly WatchedWriter _written = new();
        private readonly StringWriter _errors = new();
        private readonly Task<int> _running;

        public Follower(SiloProcess silo, params string[] options) => _running = ClientApp.Run(
            ["audit", "--follow", "--json", "--gateway", silo.Gateway, .. options], _written, _errors, _stop.Token);

        public IReadOnlyList<JsonNode> Lines
        {
            get
            {
                // A line that is being written is left out.
                var text = _written.ToString();
                return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonNode.Parse(line)!)];
            }
        }

        public Task Shows(long lines) => Harness.Eventually.Holds(
            () =>
            {
                Assert.False(_running.IsCompleted, _errors.ToString());
                return Task.FromResult(Lines.Count >= lines);
            },
            s_long, $"{lines} lines shown");

        public async Task<(int ExitCode, string Errors)> Stop()
        {
            await _stop.CancelAsync();
            return await Ends();
        }

        public async Task<(int ExitCode, string Errors)> Ends() =>
            (await _running.WaitAsync(s_long, Cancellation), _errors.ToString());

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }
    // Can be read while it is written.
    private sealed class WatchedWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(string? value)
        {
            lock (_text)
                _text.Append(value);
        }

        public override string ToString()
        {
            lock (_text)
                return _text.ToString();
        }
    }
}
