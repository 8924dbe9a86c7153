using Microsoft.Data.Sqlite;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.Integration.Stores;

/// <summary>What the SQLite store refuses at start, each with its remedy and with nothing changed.</summary>
public sealed class SqliteStartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string DatabasePath => _directory.File("log.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_file_is_made_with_its_directory_and_opens_again_as_the_same_log()
    {
        var path = _directory.File("a/b/log.db");

        var first = Open(path);

        Assert.Equal((8, SqliteSchema.Version), (first.Partitions, first.Schema));
        Assert.Equal(first, Open(path));
        Assert.Equal(first, Open(path));
    }

    [Fact]
    public void A_second_opening_is_refused_while_the_first_one_lives()
    {
        using (SqliteDatabase.Open(DatabasePath, partitions: 8))
        {
            Refused(DatabasePath, "in use by another process", "Stop that silo");
            File.CreateSymbolicLink(_directory.File("alias.db"), DatabasePath);
            Refused(_directory.File("alias.db"), "in use by another process", "Stop that silo");
        }

        Open(DatabasePath);
    }

    [Fact]
    public void Another_partition_count_than_the_stored_one_is_refused()
    {
        Open(DatabasePath);

        Refused(DatabasePath, "created with 8 partitions; 4 were asked for", "Set Partitions to 8 or leave it out", partitions: 4);
    }

    [Fact]
    public void A_newer_schema_is_refused()
    {
        Open(DatabasePath);
        Execute("update log_meta set value = '99' where key = 'schema'");

        Refused(DatabasePath, "has schema 99", "newer program");
    }

    [Fact]
    public void An_older_schema_that_nobody_knows_is_refused()
    {
        Open(DatabasePath);
        Execute("update log_meta set value = '0' where key = 'schema'");

        Refused(DatabasePath, "has schema 0", "program that wrote it");
    }

    [Fact]
    public void A_log_that_does_not_say_its_schema_is_refused()
    {
        Open(DatabasePath);
        Execute("delete from log_meta where key = 'schema'");

        Refused(DatabasePath, "does not say its schema", "backup");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("these are my tax returns\n", 100));
        File.WriteAllText(DatabasePath, text);

        Refused(DatabasePath, "is not a SQLite database", "another file");

        Assert.Equal(text, File.ReadAllText(DatabasePath));
    }

    [Fact]
    public void A_database_of_something_else_is_refused_and_left_as_it_is()
    {
        Execute("create table recipes (name text)");

        Refused(DatabasePath, "holds tables, but no log", "another file");

        Execute("drop table recipes");
        Open(DatabasePath);
    }

    [Fact]
    public void A_directory_is_refused() => Refused(_directory.Path, "is a directory", "Name a file in it");

    [Fact]
    public void A_file_below_a_file_is_refused()
    {
        File.WriteAllText(_directory.File("file"), "");

        Refused(_directory.File("file/log.db"), "cannot be written", "Make the file and its directory writable");
    }

    [Fact]
    public void A_read_only_file_is_refused()
    {
        Open(DatabasePath);
        File.SetAttributes(DatabasePath, FileAttributes.ReadOnly);

        Refused(DatabasePath, "read-only", "Make the file and its directory writable");

        File.SetAttributes(DatabasePath, FileAttributes.Normal);
    }

    [Fact]
    public void A_read_only_directory_is_refused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "a privileged user may write to any directory");
        if (OperatingSystem.IsWindows())
            return;
        var closed = Directory.CreateDirectory(_directory.File("closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Refused(Path.Combine(closed.FullName, "log.db"), "cannot be written", "Make the file and its directory writable");
    }

    [Fact]
    public void Every_connection_runs_the_durable_settings()
    {
        using var database = SqliteDatabase.Open(DatabasePath, partitions: 8);
        foreach (var access in Enum.GetValues<SqliteAccess>())
        {
            using var connection = database.Connect(access);
            Assert.Equal("wal", Scalar(connection, "pragma journal_mode"));
            Assert.Equal(2L, Scalar(connection, "pragma synchronous"));
            Assert.Equal(1L, Scalar(connection, "pragma foreign_keys"));
            Assert.Equal(5_000L, Scalar(connection, "pragma busy_timeout"));
        }
    }

    [Fact]
    public void The_writer_keeps_in_memory_what_it_may_have_to_take_back_and_not_in_a_file()
    {
        using var database = SqliteDatabase.Open(DatabasePath, partitions: 8);
        using var connection = database.Connect(SqliteAccess.Write);

        Assert.Equal(2L, Scalar(connection, "pragma temp_store"));
    }

    private static LogIdentity Open(string path)
    {
        using var database = SqliteDatabase.Open(path, partitions: 8);
        return database.Identity;
    }

    private static void Refused(string path, string problem, string remedy, int partitions = 8)
    {
        var refusal = Assert.Throws<EventLogStartException>(() => SqliteDatabase.Open(path, partitions));
        Assert.Contains(problem, refusal.Problem, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Remedy, StringComparison.Ordinal);
        Assert.Equal($"{refusal.Problem} {refusal.Remedy}", refusal.Message);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false");
        connection.Open();
        Scalar(connection, sql);
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the tests' own constants
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
