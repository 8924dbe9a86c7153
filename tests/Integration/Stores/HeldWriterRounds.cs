using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>
/// Rounds in which a writer is held inside its transaction, its position taken and not committed, while others write and a
/// reader follows the log. Then the held one commits, rolls back or loses its session. Two stores stand for two silos.
/// </summary>
internal sealed class HeldWriterRounds : IAsyncDisposable
{
    private const string HeldType = "test.held";
    private const string RolledBackType = "test.rolled-back";
    private const long Gate = 4_242;

    private readonly PostgresFixture _held;
    private readonly PostgresFixture _other;
    private readonly NpgsqlConnection _controller;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly List<Guid> _acknowledged = [];
    private readonly List<Guid> _seen = [];
    private Task _reading = Task.CompletedTask;
    private int _journals;

    private HeldWriterRounds(PostgresFixture held, PostgresFixture other, NpgsqlConnection controller) =>
        (_held, _other, _controller) = (held, other, controller);

    private enum End
    {
        Commit,
        RollBack,
        LoseSession,
    }

    /// <summary>What broke a rule. The rules hold when there is none.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    public static async Task<HeldWriterRounds> Create(PostgresAppendText text, int? trustAfter)
    {
        var held = await PostgresFixture.Create(text, trustAfter);
        var other = await PostgresFixture.Open(held.ConnectionString, text, trustAfter);
        var controller = new NpgsqlConnection(held.ConnectionString);
        var rounds = new HeldWriterRounds(held, other, controller);
        await controller.OpenAsync();
        await rounds.Ask<object>(
            $"""
            create sequence planted_position;
            create function hold() returns trigger language plpgsql as $$
            begin
              if new.type in ('{HeldType}', '{RolledBackType}') then
                perform pg_advisory_xact_lock({Gate});
              end if;
              if new.type = '{RolledBackType}' then
                raise exception 'rolled back as planned' using errcode = 'check_violation';
              end if;
              return new;
            end $$;
            create trigger hold before insert on log_event for each row execute function hold();
            """);
        rounds._reading = rounds.Follow();
        return rounds;
    }

    /// <summary>Runs rounds; in each, chance decides how the held transaction ends.</summary>
    public async Task Run(int rounds, Random random)
    {
        for (var round = 0; round < rounds && _violations.IsEmpty; round++)
            await Round((End)random.Next(3));
    }

    /// <summary>Waits for the reader to come to the head, and compares.</summary>
    public async Task Finish()
    {
        var log = await _other.Log.ReadPartition(new LogPosition(0, 0), 1_000_000, CancellationToken.None);
        Check(log.Select(row => row.At.Position).SequenceEqual(Enumerable.Range(1, log.Count).Select(n => (long)n)), "a hole");
        Check(log.Select(row => row.CommandId).Order().SequenceEqual(_acknowledged.Order()), "not what was acknowledged");
        if (_violations.IsEmpty)
            await Eventually.Holds(
                () => Task.FromResult(Seen() == log.Count || !_violations.IsEmpty), TimeSpan.FromSeconds(10), "all read");
        await _stopping.CancelAsync();
        await _reading;
        Check(_seen.SequenceEqual(log.Select(row => row.CommandId)), "the reader saw something else than the log");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        await _controller.DisposeAsync();
        await _other.DisposeAsync();
        await _held.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task Round(End end)
    {
        await Ask<object>($"select pg_advisory_lock({Gate})");
        var held = Append(_held, 0, end == End.RollBack ? RolledBackType : HeldType);
        await Waiting(1, held);
        var before = Seen();
        var neighbour = Append(_other, 0, "test.happened");
        await Waiting(2, neighbour);
        // One of another partition goes on meanwhile.
        Check(await Append(_other, 1, "test.happened") is AppendResult.Appended, "another partition waits for the held one");
        var uncommitted = await _other.Log.ReadHeads(CancellationToken.None);
        Check(!neighbour.IsCompleted && Seen() == before && uncommitted[0] == before, "something passed an uncommitted event");
        if (end == End.LoseSession)
            await Ask<object>("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted "
                + "and database = (select oid from pg_database where datname = current_database())");
        await Ask<object>($"select pg_advisory_unlock({Gate})");
        var (first, second) = (await held, await neighbour);
        Check(
            end switch
            {
                End.Commit => first is AppendResult.Appended,
                End.RollBack => first is AppendResult.NotAccepted,
                _ => first is AppendResult.Unknown,
            },
            $"the held one is told {first} after {end}");
        Check(second is AppendResult.Appended, $"the one behind it is told {second}");
        await Eventually.Holds(
            () => Task.FromResult(Seen() == _acknowledged.Count || !_violations.IsEmpty), TimeSpan.FromSeconds(10), "read");
    }

    private async Task<AppendResult> Append(PostgresFixture silo, int partition, string type)
    {
        JournalId journal;
        do
        {
            journal = JournalId.Of("test", (++_journals).ToString(CultureInfo.InvariantCulture));
        }
        while (journal.PartitionOf(8) != partition);
        var request = new AppendRequest(
            journal, 0, Guid.CreateVersion7(), [new ProposedEvent(type, 1, "json", Encoding.UTF8.GetBytes("{}"), EventMetadata.None)]);
        var result = (await silo.Log.AppendBatch([request], CancellationToken.None))[0];
        if (result is AppendResult.Appended && partition == 0)
        {
            lock (_acknowledged)
                _acknowledged.Add(request.CommandId);
        }
        return result;
    }

    // Until so many sessions wait for a lock, or the one that should wait has gone through.
    private Task<TimeSpan> Waiting(int sessions, Task writer) => Eventually.Holds(
        async () => writer.IsCompleted || await Ask<long>(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") >= sessions,
        TimeSpan.FromSeconds(10), $"{sessions} writers wait");

    // As every reader of a partition does: from where it is, page by page, never back.
    private async Task Follow()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        try
        {
            while (await tick.WaitForNextTickAsync(_stopping.Token))
            {
                var page = await _other.Log.ReadPartition(new LogPosition(0, Seen()), 100, _stopping.Token);
                lock (_seen)
                    _seen.AddRange(page.Select(row => row.CommandId));
            }
        }
        catch (EventLogCorruptException hole)
        {
            _violations.Enqueue($"the reader met a hole: {hole.Message}");
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private int Seen()
    {
        lock (_seen)
            return _seen.Count;
    }

    private void Check(bool holds, string violation)
    {
        if (!holds)
            _violations.Enqueue(violation);
    }

    private async Task<T?> Ask<T>(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _controller);
        return await command.ExecuteScalarAsync() is T answer ? answer : default;
    }
}
