using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Sqlite;

namespace OrleansEs.Specs.ReadSide;

public sealed class QuarantineSpecs
{
    [Theory]
    [InlineData("23505", false)] // unique_violation
    [InlineData("22001", false)] // string_data_right_truncation
    [InlineData("22021", false)] // character_not_in_repertoire
    [InlineData("42703", false)] // undefined_column
    [InlineData("P0001", false)] // raise_exception
    [InlineData("25P02", false)] // in_failed_sql_transaction
    [InlineData("40001", true)] // serialization_failure
    [InlineData("40P01", true)] // deadlock_detected
    [InlineData("42501", true)] // insufficient_privilege
    [InlineData("53100", true)] // disk_full
    [InlineData("53300", true)] // too_many_connections
    [InlineData("55P03", true)] // lock_not_available
    [InlineData("57014", true)] // query_canceled
    [InlineData("57P01", true)] // admin_shutdown
    [InlineData("58030", true)] // io_error
    [InlineData("XX001", true)] // data_corrupted
    [InlineData("25006", true)] // read_only_sql_transaction
    public void Nobodys_event_is_to_blame_for_a_failure_of_PostgreSQL(string sqlState, bool isOwn)
    {
        var failure = new Npgsql.PostgresException("no", "ERROR", "ERROR", sqlState);

        Assert.Equal(isOwn, PostgresFailures.IsOwn(failure));
        Assert.Equal(isOwn, PostgresFailures.IsOwn(new InvalidOperationException("wrapped by a projection", failure)));
    }

    [Theory]
    [InlineData(19, false)] // SQLITE_CONSTRAINT
    [InlineData(1, false)] // SQLITE_ERROR
    [InlineData(20, false)] // SQLITE_MISMATCH
    [InlineData(5, true)] // SQLITE_BUSY
    [InlineData(7, true)] // SQLITE_NOMEM
    [InlineData(10, true)] // SQLITE_IOERR
    [InlineData(11, true)] // SQLITE_CORRUPT
    [InlineData(13, true)] // SQLITE_FULL
    public void Nobodys_event_is_to_blame_for_a_failure_of_SQLite(int code, bool isOwn)
    {
        var failure = new SqliteException("no", code);

        Assert.Equal(isOwn, SqliteFailures.IsOwn(failure));
        Assert.Equal(isOwn, SqliteFailures.IsOwn(new InvalidOperationException("wrapped by a projection", failure)));
    }

    [Fact]
    public void A_lost_connection_and_an_unknown_outcome_are_nobodys_fault_and_a_bug_is()
    {
        Assert.True(PostgresFailures.IsOwn(new Npgsql.NpgsqlException("broken")));
        foreach (var isOwn in new Func<Exception, bool>[] { PostgresFailures.IsOwn, SqliteFailures.IsOwn })
        {
            Assert.True(isOwn(new OutcomeUnknownException("lost")));
            Assert.True(isOwn(new EventLogUnavailableException("gone")));
            Assert.False(isOwn(new NullReferenceException()));
            Assert.False(isOwn(new EventLogCorruptException("does not decode")));
        }
    }

    [Fact]
    public void Parked_journals_are_counted_by_read_model_and_state_and_those_of_a_part_that_left_are_not()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) => seen.Add($"{instrument.Name} {tags[0].Value} {tags[1].Value} {value}"));
        var tally = new ParkedTally();
        new EventLogMeter(factory).ObserveParked(tally.Measure);
        listener.Start();
        tally.Set(new ReadModelPart("accounts", 1, 0), [Parked("retrying"), Parked("quarantined")]);
        tally.Set(new ReadModelPart("accounts", 1, 1), [Parked("quarantined")]);
        tally.Set(new ReadModelPart("audit", 1, 0), [Parked("quarantined")]);

        tally.Forget(new ReadModelPart("audit", 1, 0));
        listener.RecordObservableInstruments();

        Assert.Equal(
            ["orleanses.read_model.parked accounts quarantined 2", "orleanses.read_model.parked accounts retrying 1"], seen.Order());
    }

    private static ParkedEvent Parked(string state) => new(
        "accounts", 1, JournalId.Of("test", "x"), 1, new LogPosition(0, 1), "test.added", state, 1, "no", DateTimeOffset.UnixEpoch, null);
}
