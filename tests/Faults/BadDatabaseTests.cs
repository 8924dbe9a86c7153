using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OrleansEs.Faults.Harness;

namespace OrleansEs.Faults;

/// <summary>Files and ports that a silo cannot use: refused in one line with the remedy, and left as they were.</summary>
public sealed class BadDatabaseTests
{
    private static readonly string[] s_ports = ["--silo-port", "0", "--gateway-port", "0", "--http", "none"];

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        using var folder = new TempFolder();
        var text = string.Concat(Enumerable.Repeat("This is a letter, not a database.\n", 200));
        await File.WriteAllTextAsync(folder.File("letter.db"), text, TestContext.Current.CancellationToken);
        await Refused(folder, "letter.db", "not a SQLite database", "name another file");
        Assert.Equal(text, await File.ReadAllTextAsync(folder.File("letter.db"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused()
    {
        using var folder = new TempFolder();
        LogFile.Execute(folder.File("shop.db"), "create table customers (name text)");
        await Refused(folder, "shop.db", "no log", "name another file");
    }

    [Theory]
    [InlineData("99", "use the newer program")]
    [InlineData("0", "use the program that wrote it")]
    public async Task A_log_of_another_schema_is_refused(string schema, string remedy)
    {
        using var folder = new TempFolder();
        await using (var silo = await SiloProcess.Start(folder.Path))
            Assert.Equal(0, await silo.Terminate(TimeSpan.FromSeconds(10)));
        LogFile.Execute(folder.File("log.db"), $"update log_meta set value = '{schema}' where key = 'schema'");
        await Refused(folder, "log.db", $"schema {schema}", remedy);
    }

    [Fact]
    public async Task A_read_only_file_is_refused()
    {
        using var folder = new TempFolder();
        LogFile.Execute(folder.File("log.db"), "create table t (c)");
        File.SetAttributes(folder.File("log.db"), FileAttributes.ReadOnly);
        await Refused(folder, "log.db", "read-only", "writable");
    }

    [Fact]
    public async Task A_folder_is_no_database()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("log.db"));
        await Refused(folder, "log.db", "is a directory", "name a file");
    }

    [Theory]
    [InlineData("--silo-port")]
    [InlineData("--gateway-port")]
    [InlineData("--http")]
    public async Task A_busy_port_is_named_with_the_remedy(string option)
    {
        using var folder = new TempFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var ports = s_ports.ToArray();
        ports[ports.IndexOf(option) + 1] = option == "--http" ? $"http://127.0.0.1:{port}" : $"{port}";
        var ended = await SiloProcess.Refused(folder.Path, ["--data", "log.db", .. ports]);
        Assert.Equal((3, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains($"{option} {port} is taken", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("give another port", ended.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prot 5", "--prot", "--help")]
    [InlineData("--silo-port 70000", "'70000'", "0 to 65535")]
    [InlineData("--silo-port 5000 --gateway-port 5000", "both 5000", "different")]
    [InlineData("--http ftp://x", "'ftp://x'", "none")]
    [InlineData("--store oracle", "'oracle'", "sqlite or postgres")]
    [InlineData("--store postgres", "--connection", "Host=localhost")]
    [InlineData("--store postgres --connection Host=db --data x.db", "--data", "leave it out")]
    [InlineData("--store postgres --connection Database=ledger", "Host", "Host=localhost")]
    [InlineData("--store postgres --connection Host=db;Prot=5432", "prot", "Host=localhost")]
    [InlineData("--store postgres --connection Host=db;Port=abc", "port", "Host=localhost")]
    [InlineData("--store postgres --connection Host", "connection string", "Host=localhost")]
    [InlineData("--store postgres --connection Host=db --database-timeout 2m", "'2m'", "0 to 3600")]
    [InlineData("--connection Host=db", "--connection", "--store postgres")]
    [InlineData("--data ", "--data", "leave it out")]
    public async Task A_wrong_option_is_named_with_the_remedy(string options, string names, string remedy)
    {
        using var folder = new TempFolder();
        var ended = await SiloProcess.Refused(folder.Path, options.Split(' '));
        Assert.Equal((2, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains(names, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(remedy, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_full_disk_refuses_commands_and_loses_nothing()
    {
        using var folder = new TempFolder();
        var disk = Directory.CreateDirectory(folder.File("disk")).FullName;
        Assert.SkipUnless(await Mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", disk), "mounting a small disk needs root");
        try
        {
            await using (var silo = await SiloProcess.Start(folder.Path, "disk/log.db"))
            {
                await ClientProcess.Json(silo, "account", "open", "a");
                Fill(disk);
                await Eventually.Holds(
                    async () => (await Deposit(silo)).ExitCode != 0, TimeSpan.FromSeconds(60), "a deposit is refused");
                // Where the disk runs out in the middle of a commit, nobody can know until it is read again: that is told, too.
                var refused = await Deposit(silo);
                Assert.InRange(refused.ExitCode, 3, 4);
                Assert.Contains(
                    refused.ExitCode == 3 ? "unavailable: " : "outcome-unknown: ", refused.ErrorLine, StringComparison.Ordinal);
                var stored = await ClientProcess.Json(silo, "account", "show", "a");

                File.Delete(Path.Combine(disk, "filler"));
                var after = await Deposit(silo);
                Assert.True(after.ExitCode == 0, after.Stderr);
                var shown = await ClientProcess.Json(silo, "account", "show", "a");
                Assert.Equal((long)stored["version"]! + 1, (long)shown["version"]!);
                await silo.Terminate(TimeSpan.FromSeconds(10));
            }
            var rows = LogFile.Read(Path.Combine(disk, "log.db")).Where(row => row.Journal == "account/a").ToArray();
            Assert.Equal(Enumerable.Range(1, rows.Length), rows.Select(row => (int)row.Version));
        }
        finally
        {
            using var unmount = Process.Start("umount", [disk]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Task<Ended> Deposit(SiloProcess silo) =>
        ClientProcess.Call("account", "deposit", "a", "1", "EUR", "--gateway", silo.Gateway);

    // The silo writes meanwhile, so nobody can say beforehand how much fits.
    private static void Fill(string disk)
    {
        using var filler = new FileStream(Path.Combine(disk, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var block = new byte[4_096];
        var full = Record.Exception(() =>
        {
            for (var written = 0; written < 16 * 1_024 * 1_024; written += block.Length)
                filler.Write(block);
        });
        Assert.IsType<IOException>(full);
    }

    private static async Task<bool> Mount(params string[] args)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return false;
        using var mount = Process.Start(new ProcessStartInfo("mount", args) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync();
        return mount.ExitCode == 0;
    }

    private static async Task Refused(TempFolder folder, string data, string names, string remedy)
    {
        var ended = await SiloProcess.Refused(folder.Path, ["--data", data, .. s_ports]);
        Assert.Equal((3, ""), (ended.ExitCode, ended.Stdout));
        Assert.Contains(data, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(names, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(remedy, ended.ErrorLine, StringComparison.Ordinal);
        var embedded = await ClientProcess.Call("log", "stats", "--embedded", "--data", folder.File(data));
        Assert.Equal(3, embedded.ExitCode);
        Assert.Contains(names, embedded.ErrorLine, StringComparison.Ordinal);
    }
}
