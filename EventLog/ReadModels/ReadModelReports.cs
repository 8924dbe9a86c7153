using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Writes down how the parts that live on this silo are doing, so that whoever asks need wake nobody, and sees when a part lives
// twice.
internal sealed partial class ReadModelReports(
    ReadModelServices services, ILocalSiloDetails silo, ILogger<ReadModelReports> logger)
{
    // A row of a silo that is not renewed for so long tells nothing any more.
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

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

    private volatile TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Enter(ReadModelPart part, ReadModelFollower follower)
    {
        _here[part] = new Reported(follower, follower.Applied, services.Time.GetTimestamp());
        _entered.TrySetResult();
    }

    // Only by who entered: another activation of the part may live here by now.
    public void Leave(ReadModelPart part, ReadModelFollower follower)
    {
        if (_here.TryGetValue(part, out var reported) && ReferenceEquals(reported.Follower, follower))
            _here.TryRemove(KeyValuePair.Create(part, reported));
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
    }

    // A part that is new is reported soon, so that nobody takes it for one that no silo follows; those that come with it, as well.
    private async Task Pause(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (await Task.WhenAny(_entered.Task, Task.Delay(Interval, services.Time, ended.Token)) == _entered.Task)
            await Task.Delay(s_soon, services.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.CancelAsync();
        _entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
            await Forget(transaction, now - (6 * GoodFor), cancellation);
            return true;
        },
        cancellation);

    private static async ValueTask Forget(DbTransaction transaction, DateTimeOffset before, CancellationToken cancellation)
    {
        await using var command = transaction.Command("delete from read_model_owner where seen_at < @before")
            .Bind("@before", StoredValues.FromTime(before));
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
