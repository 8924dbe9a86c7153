using System.Text.RegularExpressions;
using OrleansEs.Client;
using OrleansEs.EventLog;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Faults;

/// <summary>
/// Wrong input ends with its exit code and one line that names the input and the remedy, and writes nothing.
/// </summary>
public sealed class BadInputTests(BadInputTests.Prepared prepared) : IClassFixture<BadInputTests.Prepared>
{
    [Theory]
    [MemberData(nameof(BadInputCases.All), MemberType = typeof(BadInputCases))]
    public async Task Wrong_input_is_named_with_its_remedy_and_writes_nothing(
        int exitCode, string arguments, string names, string remedy)
    {
        var args = prepared.Arguments(arguments);
        var before = await prepared.Heads();
        var ended = await ClientProcess.Call(args);
        Assert.True(exitCode == ended.ExitCode, $"exit code {ended.ExitCode}: {ended.Stdout}{ended.Stderr}");
        Assert.Contains(Regex.Unescape(names), ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(remedy, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("", ended.Stdout);
        Assert.Equal(before, await prepared.Heads());
    }

    [Theory]
    [InlineData(2, "account|deposit|open-1|1e9|EUR", "'1e9' is no amount")]
    [InlineData(2, "account|open|", "must not be empty")]
    [InlineData(2, "account|opne|x", "opne")]
    [InlineData(1, "account|withdraw|open-1|1000000|EUR", "insufficient-funds")]
    [InlineData(1, "account|show|nobody", "'nobody'")]
    [InlineData(3, "account|show|open-1|--gateway|127.0.0.1:1", "127.0.0.1:1")]
    public async Task The_process_ends_with_the_exit_code(int exitCode, string arguments, string names)
    {
        var before = await prepared.Heads();
        var ended = await ClientProcess.Run(prepared.Folder, prepared.Arguments(arguments));
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains(names, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(before, await prepared.Heads());
    }

    [Fact]
    public async Task A_stale_answer_is_shown_with_its_label()
    {
        var ended = await ClientProcess.Call(prepared.Arguments(
            "query|accounts|--after-token|0:999999|--timeout|5s|--json"));
        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("0:999999", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("\"stale\":true", ended.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_command_says_so_in_its_JSON()
    {
        var ended = await ClientProcess.Call(prepared.Arguments("account|withdraw|open-1|1000000|EUR|--json"));
        Assert.Equal(1, ended.ExitCode);
        Assert.Matches("^\\{\"id\":\"open-1\",\"status\":\"refused\".*\"code\":\"insufficient-funds\".*\\}\n$", ended.Stdout);
        Assert.StartsWith("insufficient-funds: ", ended.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_text_cannot_command_a_terminal()
    {
        var ended = await ClientProcess.Call(prepared.Arguments("query|accounts|--owner|mark[red]up\u202Etxt"));
        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain('\u202E', ended.Stdout);
        Assert.Equal(@"a\u001B[31m\u202Eb", Output.Plain("a\u001B[31m\u202Eb"));
    }

    /// <summary>One silo, some accounts and files for all cases.</summary>
    public sealed class Prepared : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();
        private SiloProcess? _silo;
        private Connection? _connection;

        public string Folder => _folder.Path;

        public string[] Arguments(string arguments)
        {
            string[] args =
            [
                .. arguments.Replace("{folder}", Folder, StringComparison.Ordinal).Split('|').Select(Regex.Unescape),
            ];
            var connects = args.Contains("--gateway") || args.Contains("--embedded");
            return connects ? args : [.. args, "--gateway", _silo!.Gateway];
        }

        public async Task<IReadOnlyList<long>> Heads() => (await _connection!.Grains.GetGrain<ILogGrain>(0).Stats()).Heads;

        public async ValueTask InitializeAsync()
        {
            _silo = await SiloProcess.Start(Folder);
            _connection = await Connection.Open(
                new ConnectionOptions { Gateway = ("127.0.0.1", _silo.GatewayPort) }, TimeSpan.FromSeconds(30), default);
            foreach (var verb in new[]
            {
                "account|open|open-1", "account|deposit|open-1|100|EUR", "account|open|euro-only|--assets|EUR",
                "account|open|frozen-1", "account|freeze|frozen-1", "account|open|closed-1", "account|close|closed-1",
            })
            {
                var ended = await ClientProcess.Call(Arguments(verb));
                Assert.True(ended.ExitCode == 0, ended.Stderr);
            }
            BadInputCases.WriteFiles(Folder);
        }

        public async ValueTask DisposeAsync()
        {
            if (_connection is not null)
                await _connection.DisposeAsync();
            if (_silo is not null)
                await _silo.DisposeAsync();
            _folder.Dispose();
        }
    }
}
