using System.Text;
using Microsoft.Data.Sqlite;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Sqlite;
using SQLitePCL;

namespace OrleansEs.Integration.Stores;

/// <summary>What only the SQLite store promises.</summary>
public sealed class SqliteStoreTests : IAsyncLifetime
{
    private static readonly JournalId Alice = JournalId.Of("account", "alice");

    private readonly SqliteFixture _fixture = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task An_event_is_never_changed_and_never_deleted_whoever_tries()
    {
        await Append(Alice, 0);

        foreach (var sql in (string[])["update log_event set type = 'x'", "delete from log_event"])
        {
            var refused = await Assert.ThrowsAsync<SqliteException>(() => Write(sql));
            Assert.Contains("log_event is append-only", refused.Message, StringComparison.Ordinal);
        }

        Assert.Single(await _fixture.Log.ReadJournal(Alice, 0, 10, Cancellation));
    }

    [Fact]
    public async Task Json_is_readable_in_the_database_and_the_command_id_reads_like_itself()
    {
        var command = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef");
        await _fixture.Log.AppendBatch([Request(Alice, 0, command)], Cancellation);

        var row = await _fixture.ReadModels.Query(
            async connection =>
            {
                await using var select = connection.CreateCommand();
                select.CommandText = "select typeof(payload), payload, hex(command_id), typeof(metadata) from log_event";
                await using var rows = await select.ExecuteReaderAsync(Cancellation);
                await rows.ReadAsync(Cancellation);
                return (rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3));
            },
            Cancellation);

        Assert.Equal(("text", """{"é":1}""", "0123456789ABCDEF0123456789ABCDEF", "null"), row);
    }

    [Fact]
    public async Task The_constraints_of_the_database_stop_what_the_checks_of_a_wrong_program_would_let_through()
    {
        await Append(Alice, 0);
        const string other = "insert into log_event select partition, position + 1, journal, version{0}, {1}, command_index, "
            + "type, type_version, format, payload, metadata, recorded_at from log_event";

        await Assert.ThrowsAsync<SqliteException>(() => Write(other.Replace("{0}", "", StringComparison.Ordinal)
            .Replace("{1}", "randomblob(16)", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<SqliteException>(() => Write(other.Replace("{0}", " + 1", StringComparison.Ordinal)
            .Replace("{1}", "command_id", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_hole_in_a_journal_or_a_partition_is_met_with_an_error_that_names_it()
    {
        await Append(Alice, 0);
        await Write("insert into log_event select partition, position + 2, journal, version + 2, randomblob(16), command_index, "
            + "type, type_version, format, payload, metadata, recorded_at from log_event");
        var partition = Alice.PartitionOf(8);

        var journal = await Assert.ThrowsAsync<EventLogCorruptException>(() =>
            _fixture.Log.ReadJournal(Alice, 0, 10, Cancellation));
        var page = await Assert.ThrowsAsync<EventLogCorruptException>(() =>
            _fixture.Log.ReadPartition(new LogPosition(partition, 1), 10, Cancellation));

        Assert.Equal("Journal account/alice has a hole: version 2 was expected, 3 found.", journal.Message);
        Assert.Equal($"Partition {partition} has a hole: position 2 was expected, 3 found.", page.Message);
    }

    [Fact]
    public async Task A_full_disk_is_not_accepted_and_the_log_goes_on_when_there_is_space_again()
    {
        await Append(Alice, 0);
        await Write("pragma max_page_count = 30");
        var big = Request(JournalId.Of("account", "bob"), 0, Guid.NewGuid()) with
        {
            Events = [new ProposedEvent("t", 1, "orleans", new byte[1_000_000], EventMetadata.None)],
        };

        var results = await _fixture.Log.AppendBatch([big, Request(Alice, 1, Guid.NewGuid())], Cancellation);

        Assert.All(results, result => Assert.Equal(
            NotAcceptedReason.StorageFailed, Assert.IsType<AppendResult.NotAccepted>(result).Reason));
        await Write("pragma max_page_count = 1000000");
        Assert.IsType<AppendResult.Appended>((await _fixture.Log.AppendBatch([big], Cancellation))[0]);
        Assert.Single(await _fixture.Log.ReadJournal(Alice, 0, 10, Cancellation));
        Assert.Equal(2, (await _fixture.Log.ReadHeads(Cancellation)).Sum());
    }

    [Fact]
    public async Task A_commit_that_the_database_refuses_is_not_accepted_and_the_next_one_goes_on()
    {
        var refused = _fixture.Writer.Write(session =>
        {
            raw.sqlite3_commit_hook(session.Connection.Handle, _ => 1, null);
            session.ExecuteOnce("insert into log_meta (key, value) values ('refused', 'x')");
            return true;
        });

        await Assert.ThrowsAsync<EventLogUnavailableException>(() => refused);
        await Append(Alice, 0);
    }

    [Theory]
    [InlineData(raw.SQLITE_FULL, true)]
    [InlineData(raw.SQLITE_BUSY, true)]
    [InlineData(raw.SQLITE_READONLY, true)]
    [InlineData(raw.SQLITE_CONSTRAINT, true)]
    [InlineData(raw.SQLITE_IOERR, false)]
    [InlineData(raw.SQLITE_CORRUPT, false)]
    [InlineData(raw.SQLITE_LOCKED, true)]
    [InlineData(raw.SQLITE_NOMEM, false)]
    [InlineData(raw.SQLITE_CANTOPEN, false)]
    [InlineData(raw.SQLITE_INTERRUPT, false)]
    public void Only_what_leaves_no_trace_of_a_commit_counts_as_certainly_not_written(int code, bool certain) =>
        Assert.Equal(certain, SqliteFailures.CertainlyNotCommitted(new SqliteException("", code)));

    [Fact]
    public async Task A_query_on_a_file_that_cannot_be_opened_or_read_says_unavailable_and_a_wrong_query_is_its_own()
    {
        var gone = _fixture.Directory.File("gone.db");
        File.Move(_fixture.Directory.File("log.db"), gone);
        await Assert.ThrowsAsync<EventLogUnavailableException>(() => Query("select 1"));
        File.Move(gone, _fixture.Directory.File("log.db"));

        await Assert.ThrowsAsync<SqliteException>(() => Query("select nothing from nowhere"));
        Assert.Equal(1L, await Query("select 1"));

        await Write("alter table log_meta rename to log_meta_lost");
        await Assert.ThrowsAsync<EventLogUnavailableException>(() => Query("select 1"));
    }

    [Fact]
    public async Task A_job_that_throws_takes_back_its_own_writes_and_leaves_its_neighbours_alone()
    {
        var failing = _fixture.Writer.Write<bool>(session =>
        {
            session.ExecuteOnce("insert into log_meta (key, value) values ('half', 'x')");
            throw new FormatException("mine");
        });
        var neighbour = Write("insert into log_meta (key, value) values ('whole', 'x')");

        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => failing)).Message);
        await neighbour;

        Assert.Equal("whole", await _fixture.Writer.Write(session =>
            session.Statement("select group_concat(key) from log_meta where value = 'x'").Scalar()));
    }

    [Fact]
    public async Task A_job_of_rows_that_fails_is_taken_back_alone_from_a_group_without_savepoints()
    {
        using var isHeld = new ManualResetEventSlim();
        var holding = _fixture.Writer.WriteRows(_ => Wait(isHeld));
        var runs = 0;
        var before = WriteRows("before", () => runs++);
        var failing = WriteRows("half", () => throw new FormatException("mine"));
        var after = WriteRows("after", () => { });
        var once = 0;
        var other = _fixture.Writer.Write(_ => ++once);
        isHeld.Set();

        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => failing)).Message);
        await Task.WhenAll(holding, before, after, other);

        Assert.Equal((2, 1), (runs, once));
        Assert.Equal("after,before", await _fixture.Writer.Write(session =>
            session.Statement("select group_concat(key) from log_meta where value = 'x'").Scalar()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a text with an é")]
    public async Task What_a_statement_is_given_is_what_is_stored(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var longText = string.Concat(Enumerable.Repeat(text, 1_000));

        var read = await _fixture.Writer.Write(session =>
        {
            using var rows = session.Statement("select @text, @long, @bytes, @number, @none")
                .Set("@text", text).Set("@long", longText).Set("@bytes", bytes).Set("@number", long.MinValue)
                .Set("@none", (string?)null).Read();
            rows.Read();
            return (rows.GetValue(0), rows.GetValue(1), rows.GetBytes(2), rows.GetValue(3), rows.IsNull(4));
        });

        Assert.Equal((text, longText, long.MinValue, true), (read.Item1, read.Item2, read.Item4, read.Item5));
        Assert.Equal(bytes, read.Item3);
    }

    [Fact]
    public async Task A_command_that_expects_the_version_of_now_and_was_applied_is_a_duplicate_and_its_neighbours_are_written()
    {
        var (alice, bob) = (Request(Alice, 0, Guid.CreateVersion7()), Request(JournalId.Of("account", "bob"), 0, Guid.CreateVersion7()));
        await _fixture.Log.AppendBatch([alice], Cancellation);

        var results = await _fixture.Log.AppendBatch([alice with { ExpectedVersion = 1 }, bob], Cancellation);

        Assert.Equal(1, Assert.Single(Assert.IsType<AppendResult.Duplicate>(results[0]).Events).Version);
        Assert.IsType<AppendResult.Appended>(results[1]);
        Assert.Single(await _fixture.Log.ReadJournal(Alice, 0, 10, Cancellation));
    }

    [Fact]
    public async Task A_closed_writer_answers_that_nothing_was_written()
    {
        _fixture.Writer.Dispose();

        var result = (await _fixture.Log.AppendBatch([Request(Alice, 0, Guid.NewGuid())], Cancellation))[0];

        Assert.Equal(NotAcceptedReason.StorageFailed, Assert.IsType<AppendResult.NotAccepted>(result).Reason);
    }

    private async Task Append(JournalId journal, long version) => Assert.IsType<AppendResult.Appended>(
        (await _fixture.Log.AppendBatch([Request(journal, version, Guid.NewGuid())], Cancellation))[0]);

    private Task<object?> Query(string sql) => _fixture.ReadModels.Query(
        async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(Cancellation);
        },
        Cancellation);

    private Task<bool> Write(string sql) => _fixture.Writer.Write(session =>
    {
        session.ExecuteOnce(sql);
        return true;
    });

    private Task<bool> WriteRows(string key, Action before) => _fixture.Writer.WriteRows(session =>
    {
        session.Statement("insert into log_meta (key, value) values (@key, 'x')").Set("@key", key).Execute();
        before();
        return true;
    });

    // Holds the writer until all that belongs to the group is in its queue.
    private static bool Wait(ManualResetEventSlim isHeld) => isHeld.Wait(TimeSpan.FromSeconds(10), Cancellation);

    private static AppendRequest Request(JournalId journal, long version, Guid command) => new(
        journal,
        version,
        command,
        [new ProposedEvent("t", 1, "json", Encoding.UTF8.GetBytes("""{"é":1}"""), EventMetadata.None)]);
}
