using System.Diagnostics;
using System.Net;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Faults;

/// <summary>A silo in one terminal, the client in another.</summary>
public sealed class TwoTerminalsTests
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_silo_says_that_it_is_ready_and_the_client_works_with_it()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        Assert.Matches(
            @"^ready: silo 127\.0\.0\.1:\d+ gateway 127\.0\.0\.1:\d+ http none store sqlite .*log\.db$", silo.ReadyLine);

        var opened = await ClientProcess.Run(folder.Path, "account", "open", "alice", "--gateway", silo.Gateway);
        Assert.Equal((0, ""), (opened.ExitCode, opened.Stderr));
        Assert.Matches(@"^done: alice version 1 token \d:1 command [0-9a-f-]{36}\n$", opened.Stdout);

        var deposited = await ClientProcess.Json(silo, "account", "deposit", "alice", "12.50", "EUR");
        var accounts = await ClientProcess.Json(silo, "query", "accounts", "--after-token", (string)deposited["token"]!);
        Assert.Equal("12.50", (string)accounts["items"]![0]!["balances"]![0]!["balance"]!);
        Assert.False((bool)accounts["stale"]!);
    }

    [Fact]
    public async Task A_second_silo_on_the_same_file_is_refused_with_the_remedy()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        var second = await SiloProcess.Refused(
            folder.Path, "--data", "log.db", "--silo-port", "0", "--gateway-port", "0", "--http", "none");
        Assert.Equal((3, ""), (second.ExitCode, second.Stdout));
        Assert.Contains("log.db' is in use by another process; ", second.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("name another file", second.ErrorLine, StringComparison.Ordinal);

        var embedded = await ClientProcess.Run(folder.Path, "log", "stats", "--embedded", "--data", "log.db");
        Assert.Equal(3, embedded.ExitCode);
        Assert.Contains("in use by another process", embedded.ErrorLine, StringComparison.Ordinal);

        Assert.Equal(0, (int)(await ClientProcess.Json(silo, "log", "stats"))["events"]!);
    }

    [Fact]
    public async Task A_terminated_silo_drains_and_ends_with_zero_within_ten_seconds()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        var load = ClientProcess.Run(
            folder.Path, "load", "--accounts", "10", "--callers", "8", "--seconds", "8", "--timeout", "2s",
            "--history", "history.jsonl", "--json", "--gateway", silo.Gateway);
        await LoadHistory.Grows(folder.File("history.jsonl"), 100);

        Assert.Equal(0, await silo.Terminate(s_stopTimeout));
        await load;

        // Whatever was acknowledged before the end is there after it.
        await using var again = await SiloProcess.Start(folder.Path);
        foreach (var account in LoadHistory.Read(folder.File("history.jsonl")).Where(line => line.IsDone).GroupBy(line => line.Journal))
        {
            var shown = await ClientProcess.Json(again, "account", "show", account.Key["account/".Length..]);
            Assert.True((long)shown["version"]! >= account.Max(line => line.Version), account.Key);
        }
    }

    [Fact]
    public async Task A_silo_that_was_stopped_leaves_everything_in_one_file()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        await ClientProcess.Json(silo, "account", "open", "alice", "--timeout", "60s");
        Assert.True(new FileInfo(folder.File("log.db-wal")).Length > 0);
        Assert.Equal(0, await silo.Terminate(s_stopTimeout));
        Assert.False(File.Exists(folder.File("log.db-wal")));
        Assert.Equal("account.opened", Assert.Single(LogFile.Read(folder.File("log.db"))).Type);
    }

    [Fact]
    public async Task A_silo_that_is_terminated_while_transfers_run_ends_with_zero_within_ten_seconds_and_says_little()
    {
        using var folder = new TempFolder();
        await using var silo = await SiloProcess.Start(folder.Path);
        var load = ClientProcess.Run(
            folder.Path, "load", "--accounts", "20", "--callers", "24", "--seconds", "12", "--mix", "transfers",
            "--timeout", "5s", "--history", "history.jsonl", "--json", "--gateway", silo.Gateway);
        await LoadHistory.Grows(folder.File("history.jsonl"), 150);

        // A machine that is too slow is complained of while the silo runs; what counts is what the stop adds.
        var said = silo.Errors.Length;
        Assert.Equal(0, await silo.Terminate(s_stopTimeout));
        Assert.True(silo.Errors[said..].Split('\n').Length <= 5, silo.Errors[said..]);
        await load;
    }

    [Fact]
    public async Task Health_is_served_where_the_option_says()
    {
        using var folder = new TempFolder();
        var url = $"http://127.0.0.1:{Programs.FreePort()}";
        await using var silo = await SiloProcess.Start(folder.Path, more: ["--http", url]);
        Assert.Contains($" http {url} ", silo.ReadyLine, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        foreach (var (path, status) in new[]
        {
            ("/health/live", HttpStatusCode.OK), ("/health/ready", HttpStatusCode.OK), ("/", HttpStatusCode.NotFound),
        })
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Without_a_silo_the_client_says_within_its_timeout_how_to_get_one()
    {
        using var folder = new TempFolder();
        var watch = Stopwatch.StartNew();
        var ended = await ClientProcess.Run(
            folder.Path, "account", "show", "alice", "--timeout", "5s", "--gateway", $"127.0.0.1:{Programs.FreePort()}");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.Equal((3, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains("dotnet run --project Silo", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("--embedded", ended.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_tells_its_story_on_a_silo_of_its_own_and_on_one_that_was_used_before()
    {
        using var folder = new TempFolder();
        var own = await ClientProcess.Run(folder.Path, "demo", "--embedded", "--data", "demo.db");
        Assert.Equal((0, ""), (own.ExitCode, own.Stderr));
        Assert.Contains("All balances sum to zero", own.Stdout, StringComparison.Ordinal);

        await using var silo = await SiloProcess.Start(folder.Path, "demo.db");
        var used = await ClientProcess.Json(silo, "demo");
        Assert.True((bool)used["balanced"]!);
        Assert.Equal(["EUR", "USD"], used["sums"]!.AsArray().Select(sum => (string)sum!["asset"]!));
    }
}
