using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Writes down how the parts that live on this silo are doing, so that whoever asks need wake nobody, and sees when a part lives
// twice. A part that has left, and a silo that ends in order, take their rows with them, so that moving is not taken for living twice.
internal sealed partial class ReadModelReports(
    ReadModelServices services, ILocalSiloDetails silo, ILogger<ReadModelReports> logger)
{
    // A row of a silo that is not renewed for so long tells nothing any more.
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);

    // The same of a silo that is none of the cluster any more: when it goes on renewing its rows it is not dead, and contests them.
    public static readonly TimeSpan LastWordGoodFor = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Nobody waits longer for a silo to end because of its rows.
    private static readonly TimeSpan s_farewellMax = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(100);

    private static readonly RowStatement s_report = new(
        """
        insert into read_model_owner (read_model, build, partition, owner, state, error, rate, seen_at)
        select rows.read_model, rows.build, rows.partition, rows.owner, rows.state, rows.error, rows.rate, rows.seen_at
        from rows
        on conflict (read_model, build, partition, owner) do update
        set state = excluded.state, error = excluded.error, rate = excluded.rate, seen_at = excluded.seen_at
        """,
        RowColumn.Text("read_model"), RowColumn.Number("build"), RowColumn.Number("partition"), RowColumn.Text("owner"),
        RowColumn.Text("state"), RowColumn.Text("error"), RowColumn.Number("rate"), RowColumn.Number("seen_at"));

    private readonly ConcurrentDictionary<ReadModelPart, Reported> _here = new();

    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Enter(ReadModelPart part, ReadModelFollower follower)
    {
        _here[part] = new Reported(follower, follower.Applied, services.Time.GetTimestamp());
        _changed.TrySetResult();
    }

    // Only by who entered: another activation of the part may live here by now.
    public void Leave(ReadModelPart part, ReadModelFollower follower)
    {
        if (_here.TryGetValue(part, out var reported) && ReferenceEquals(reported.Follower, follower))
            _here.TryRemove(KeyValuePair.Create(part, reported));
        _changed.TrySetResult();
    }

    public async Task Run(CancellationToken cancellation)
    {
        // Whoever starts the silo must not wait for the database.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var isFailing = false;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await Write(cancellation);
                isFailing = false;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                // Told once for each outage: the parts themselves have more to say about it.
                if (!isFailing)
                    LogNotReported(failure);
                isFailing = true;
            }
            await Pause(cancellation);
        }
        await Farewell();
    }

    // Its parts are about to live elsewhere, and will be reported from there.
    private async Task Farewell()
    {
        using var patience = new CancellationTokenSource(s_farewellMax, services.Time);
        try
        {
            await services.Store.Write(
                async transaction =>
                {
                    await Forget(transaction, DateTimeOffset.UnixEpoch, patience.Token);
                    return true;
                },
                patience.Token);
        }
        catch (Exception failure)
        {
            // They tell nothing any more after a while.
            LogNotReported(failure);
        }
    }

    // A part that is new is reported soon, so that nobody takes it for one that no silo follows; those that come with it, as well.
    // So is one that left, so that nobody takes it for one that lives twice.
    private async Task Pause(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (await Task.WhenAny(_changed.Task, Task.Delay(Interval, services.Time, ended.Token)) == _changed.Task)
            await Task.Delay(s_soon, services.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.CancelAsync();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private Task<bool> Write(CancellationToken cancellation) => services.Store.Write(
        async transaction =>
        {
            var now = services.Time.GetUtcNow();
            var writes = new RowWrites(transaction, s_none);
            foreach (var (part, reported) in _here)
                writes.Add(s_report, part.Name, part.Build, part.Partition, Owner, reported.Follower.State,
                    reported.Follower.Error, reported.Rate(services.Time), StoredValues.FromTime(now));
            await writes.Flush(cancellation);
            await Forget(transaction, now, cancellation);
            return true;
        },
        cancellation);

    // What others have not renewed for long, and what this silo has not renewed just now.
    private async ValueTask Forget(DbTransaction transaction, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var command = transaction
            .Command("delete from read_model_owner where seen_at < @before or (owner = @owner and seen_at <> @now)")
            .Bind("@before", StoredValues.FromTime(now - (6 * GoodFor))).Bind("@owner", Owner).Bind("@now", StoredValues.FromTime(now));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private string Owner => silo.SiloAddress.ToString();

    // The statement names no table of a build.
    private static readonly ReadModelTables s_none = new("none", 0);

    [LoggerMessage(Level = LogLevel.Warning, Message = "How the read models are doing could not be written down; it is tried again.")]
    private partial void LogNotReported(Exception exception);

    private sealed class Reported(ReadModelFollower follower, long applied, long at)
    {
        private long _applied = applied;
        private long _at = at;

        public ReadModelFollower Follower => follower;

        // Events a second since the last report.
        public long Rate(TimeProvider time)
        {
            var (now, applied) = (time.GetTimestamp(), follower.Applied);
            var seconds = time.GetElapsedTime(_at, now).TotalSeconds;
            var rate = seconds > 0 ? (long)((applied - _applied) / seconds) : 0;
            (_applied, _at) = (applied, now);
            return rate;
        }
    }
}
