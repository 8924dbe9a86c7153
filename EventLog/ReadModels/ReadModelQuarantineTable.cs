using System.Data.Common;
using System.Text;

namespace OrleansEs.EventLog.ReadModels;

// The parked journals of read models, and what was decided about them, as rows: one text for both databases.
internal static class ReadModelQuarantineTable
{
    private const int ErrorLengthMax = 1_000;

    private const string Columns =
        "read_model, build, partition, journal, version, position, type, state, attempts, error, parked_at, next_at";

    // What is known of a part that is parked: all of it, since a part parks a bounded number.
    public static Task<IReadOnlyList<ParkedEvent>> Read(DbConnection connection, ReadModelPart part, CancellationToken cancellation) =>
        Read(OfPart(connection.Command(
            $"""
            select {Columns}
            from read_model_parked
            where read_model = @read_model and build = @build and partition = @partition
            """), part), cancellation);

    // Of all builds of all read models, the longest parked first.
    public static Task<IReadOnlyList<ParkedEvent>> Read(
        DbConnection connection, int countMax, CancellationToken cancellation) =>
        Read(connection.Command(
            $"""
            select {Columns}
            from read_model_parked
            order by parked_at, read_model, build, journal
            limit @count
            """).Bind("@count", countMax), cancellation);

    // Of all builds of a read model, likewise.
    public static Task<IReadOnlyList<ParkedEvent>> Read(
        DbConnection connection, string name, int countMax, CancellationToken cancellation) =>
        Read(connection.Command(
            $"""
            select {Columns}
            from read_model_parked
            where read_model = @read_model
            order by parked_at, build, journal
            limit @count
            """).Bind("@read_model", name).Bind("@count", countMax), cancellation);

    // What a journal is parked for, in each build of a read model.
    public static Task<IReadOnlyList<ParkedEvent>> Read(
        DbConnection connection, string name, JournalId journal, CancellationToken cancellation) =>
        Read(connection.Command(
            $"""
            select {Columns}
            from read_model_parked
            where read_model = @read_model and journal = @journal
            order by build
            """).Bind("@read_model", name).Bind("@journal", journal.Value), cancellation);

    // The events that were skipped by decision for this version of the read model, in whatever build.
    public static async Task<IReadOnlyList<SkippedEvent>> ReadSkipped(
        DbConnection connection, string name, int modelVersion, int partition, CancellationToken cancellation)
    {
        await using var command = connection.Command(
            """
            select journal, version, actor, reason, build
            from read_model_decision
            where read_model = @read_model and model_version = @model_version and partition = @partition
              and decision = 'skip' and version is not null
            order by number
            """).Bind("@read_model", name).Bind("@model_version", modelVersion).Bind("@partition", partition);
        return await command.ReadAll(
            row => new SkippedEvent(
                JournalId.Parse(row.GetString(0)), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetInt32(4)),
            cancellation);
    }

    // Parks a journal, or takes in how it stands now.
    public static async ValueTask Put(
        DbTransaction transaction, ReadModelPart part, ParkedEvent parked, CancellationToken cancellation)
    {
        await using var command = OfPart(transaction.Command(
            $"""
            insert into read_model_parked ({Columns})
            values (@read_model, @build, @partition, @journal, @version, @position, @type, @state, @attempts, @error, @parked_at,
                @next_at)
            on conflict (read_model, build, partition, journal) do update
            set version = excluded.version, position = excluded.position, type = excluded.type, state = excluded.state,
                attempts = excluded.attempts, error = excluded.error, next_at = excluded.next_at
            """), part)
            .Bind("@journal", parked.Journal.Value).Bind("@version", parked.Version).Bind("@position", parked.At.Position)
            .Bind("@type", parked.Type).Bind("@state", parked.State).Bind("@attempts", parked.Attempts)
            .Bind("@error", Storable(parked.Error)).Bind("@parked_at", StoredValues.FromTime(parked.Since))
            .Bind("@next_at", StoredValues.FromTime(parked.NextAt ?? parked.Since));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async ValueTask Delete(
        DbTransaction transaction, ReadModelPart part, JournalId journal, CancellationToken cancellation)
    {
        await using var command = OfPart(transaction.Command(
            """
            delete from read_model_parked
            where read_model = @read_model and build = @build and partition = @partition and journal = @journal
            """), part).Bind("@journal", journal.Value);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // Whoever commits next shows that he knows of the change. The row is locked: it was moved before in this transaction.
    public static async ValueTask MoveEpoch(
        DbTransaction transaction, ReadModelPart part, int parkedMore, CancellationToken cancellation)
    {
        await using var command = OfPart(transaction.Command(
            """
            update read_model_checkpoint
            set epoch = epoch + 1, parked = parked + @more
            where read_model = @read_model and build = @build and partition = @partition
            """), part).Bind("@more", parkedMore);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async ValueTask Audit(
        DbTransaction transaction, ReadModelPart part, int modelVersion, ReadModelDecision decision, DateTimeOffset now,
        CancellationToken cancellation)
    {
        // What is derived from the log need not be durable at once, and what a person decided must be.
        if (transaction.Connection!.Dialect() == SqlDialect.Postgres)
        {
            await using var durable = transaction.Command("set local synchronous_commit = on");
            await durable.ExecuteNonQueryAsync(cancellation);
        }
        await using var command = transaction.Command(
            """
            insert into read_model_decision (decided_at, read_model, model_version, build, partition, decision, actor, reason,
                journal, version, position, type, error)
            values (@decided_at, @read_model, @model_version, @build, @partition, @decision, @actor, @reason,
                @journal, @version, @position, @type, @error)
            """)
            .Bind("@read_model", part.Name).Bind("@build", part.Build)
            .Bind("@partition", decision.Journal is null ? null : part.Partition)
            .Bind("@decided_at", StoredValues.FromTime(now)).Bind("@model_version", modelVersion)
            .Bind("@decision", decision.Decision).Bind("@actor", decision.Actor).Bind("@reason", decision.Reason)
            .Bind("@journal", decision.Journal?.Value).Bind("@version", decision.About?.Version)
            .Bind("@position", decision.About?.At.Position).Bind("@type", decision.About?.Type)
            .Bind("@error", decision.About is { } about ? Storable(about.Error) : null);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<IReadOnlyList<ParkedEvent>> Read(DbCommand command, CancellationToken cancellation)
    {
        await using (command)
            return await command.ReadAll(ParkedOf, cancellation);
    }

    private static ParkedEvent ParkedOf(DbDataReader row) => new(
        row.GetString(0), row.GetInt32(1), JournalId.Parse(row.GetString(3)), row.GetInt64(4),
        new LogPosition(row.GetInt32(2), row.GetInt64(5)), row.GetString(6), row.GetString(7), row.GetInt32(8), row.GetString(9),
        StoredValues.ToTime(row.GetInt64(10)),
        row.GetString(7) == ParkedEvent.Retrying ? StoredValues.ToTime(row.GetInt64(11)) : null);

    // An exception's text may hold what no database takes, and as much as it likes.
    private static string Storable(string text) => text.EnumerateRunes().Where(rune => rune.Value != 0).Take(ErrorLengthMax)
        .Aggregate(new StringBuilder(), (kept, rune) => kept.Append(rune.ToString())).ToString();

    private static DbCommand OfPart(DbCommand command, ReadModelPart part) => command
        .Bind("@read_model", part.Name).Bind("@build", part.Build).Bind("@partition", part.Partition);
}

// An event that was skipped by decision, in which build, by whom and why.
internal sealed record SkippedEvent(JournalId Journal, long Version, string Actor, string Reason, int Build);
