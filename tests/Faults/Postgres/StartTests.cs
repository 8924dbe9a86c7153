using System.Net;
using Npgsql;
using OrleansEs.Faults.Harness;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Faults.Postgres;

/// <summary>How a silo starts on a PostgreSQL that is late, absent or not as it should be.</summary>
public sealed class StartTests
{
    private static readonly string[] s_ports = ["--silo-port", "0", "--gateway-port", "0", "--http", "none"];
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_silo_waits_for_a_PostgreSQL_that_starts_later_and_says_so()
    {
        await using var server = await PostgresServer.StartOwn();
        var connection = await server.CreateDatabase();
        await server.Stop();
        using var folder = new TempFolder();
        var http = $"http://127.0.0.1:{Programs.FreePort()}";
        await using var silo = SiloProcess.Begin(folder.Path, 0, [.. Options(connection), "--http", http]);
        var waiting = $"waiting for PostgreSQL at {Name(connection)}: ";
        await Eventually.Holds(
            () => Task.FromResult(silo.Errors.Contains(waiting, StringComparison.Ordinal)), s_soon, "it says that it waits");

        Assert.Equal((HttpStatusCode.OK, "live\n"), await Get($"{http}/health/live"));
        var (status, text) = await Get($"{http}/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith(waiting, text, StringComparison.Ordinal);

        await server.Start();
        await silo.Ready();
        Assert.EndsWith($"store postgres {Name(connection)}", silo.ReadyLine, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await Get($"{http}/health/ready"));
        Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_silo_that_has_waited_long_enough_ends_with_3()
    {
        using var folder = new TempFolder();
        var connection = $"Host=127.0.0.1;Port={Programs.FreePort()};Database=ledger;Username=u;Password=geheim";

        var ended = await SiloProcess.Refused(folder.Path, [.. Options(connection), "--database-timeout", "2", .. s_ports]);

        Assert.Equal((3, ""), (ended.ExitCode, ended.Stdout));
        var lines = ended.Stderr.TrimEnd('\n').Split('\n');
        Assert.StartsWith($"waiting for PostgreSQL at {Name(connection)}: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(
            $"database-unavailable: PostgreSQL at {Name(connection)} did not answer within 2 s", lines[^1], StringComparison.Ordinal);
        Assert.Contains("--database-timeout", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", ended.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_is_terminated_while_it_waits_ends_with_0()
    {
        using var folder = new TempFolder();
        var connection = $"Host=127.0.0.1;Port={Programs.FreePort()};Database=ledger;Username=u";
        await using var silo = SiloProcess.Begin(folder.Path, 0, Options(connection));
        await Eventually.Holds(
            () => Task.FromResult(silo.Errors.StartsWith("waiting for PostgreSQL", StringComparison.Ordinal)), s_soon, "it waits");
        Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain('\n', silo.Errors);
    }

    [Theory]
    [InlineData("Password=geheim", "does not let this user in", "correct Username and Password")]
    [InlineData("Database=nowhere", "There is no database", "create it")]
    [InlineData("", "schema 99", "use the newer program")]
    public async Task What_no_waiting_cures_is_refused_at_once_with_the_remedy(string change, string names, string remedy)
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        using var folder = new TempFolder();
        if (change.Length == 0)
        {
            await using (var silo = await SiloProcess.Start(folder.Path, 0, Options(connection)))
                Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
            await using var source = NpgsqlDataSource.Create(connection);
            await using var command = source.CreateCommand("update log_meta set value = '99' where key = 'schema'");
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var ended = await SiloProcess.Refused(folder.Path, [.. Options($"{connection};{change}"), .. s_ports]);

        Assert.Equal((3, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains(names, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(remedy, ended.ErrorLine, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", ended.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_finds_its_PostgreSQL_in_the_settings_file()
    {
        var connection = await (await PostgresServer.Shared()).CreateDatabase();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(
            folder.File("appsettings.json"),
            $$"""{ "store": "postgres", "connectionStrings": { "eventLog": "{{connection}}" } }""",
            TestContext.Current.CancellationToken);
        await using var silo = await SiloProcess.Start(folder.Path, 0, []);
        Assert.EndsWith($"store postgres {Name(connection)}", silo.ReadyLine, StringComparison.Ordinal);
    }

    private static string[] Options(string connection) => ["--store", "postgres", "--connection", connection];

    private static string Name(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection);
        return $"{settings.Host}:{settings.Port}/{settings.Database}";
    }

    private static async Task<(HttpStatusCode Status, string Text)> Get(string url)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(url, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
