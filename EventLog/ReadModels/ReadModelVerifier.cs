using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace OrleansEs.EventLog.ReadModels;

// Compares the live build of a read model with what its events make when they are applied again, while everybody goes on.
// Invariants: what is compared is of one moment, positions and what is left out with it, so load raises no false alarm; tables and
//   checkpoints of a shadow go at the end; one verification at a time works on a silo, so that others keep their connections.
internal sealed partial class ReadModelVerifier(
    ReadModelBuilds builds, ReadModelServices services, EventLogMeter meter, ILogger<ReadModelVerifier> logger) : IDisposable
{
    // Whoever is overtaken so often verifies a read model whose quarantine changes all the time.
    private const int AttemptsMax = 3;

    // Partitions that are applied again at once. The others who write the database get most of it.
    private const int ParallelMax = 3;

    // A shadow that is so near is brought to the live build's positions within a moment, in which the database keeps what it would
    // throw away else.
    private const long NearMax = 2_000;

    // After so many rounds those who write are as fast as the shadow, and nearer it does not get.
    private const int RoundsMax = 5;

    // Well within the time after which a database ends a transaction that says nothing.
    private static readonly TimeSpan AwakeInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);

    private int Partitions => services.Log.Identity.Partitions;

    public void Dispose() => _turn.Dispose();

    // Says how far it is whenever that changes. How it ended is what it returns.
    public async Task<ReadModelVerification> Verify(
        ReadModelVerification begun, Action<ReadModelVerification> report, CancellationToken cancellation)
    {
        var known = begun;
        void Report(ReadModelVerification now) => report(known = now);
        try
        {
            await _turn.WaitAsync(cancellation);
            try
            {
                known = await Attempts(begun, Report, cancellation);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            known = known with { Phase = ReadModelVerification.Cancelled };
        }
        // Whoever asked is told; nothing waits for it.
        catch (Exception failure)
        {
            LogFailed(begun.Name, failure);
            known = known with { Phase = ReadModelVerification.Failed, Error = $"{failure.GetType().Name}: {failure.Message}" };
        }
        return known with { EndedAt = services.Time.GetUtcNow() };
    }

    private async Task<ReadModelVerification> Attempts(
        ReadModelVerification begun, Action<ReadModelVerification> report, CancellationToken cancellation)
    {
        await builds.Refresh(cancellation);
        var live = builds.OneOf(begun.Name, ReadModelBuildState.Live) ?? throw new ReadModelBusyException(
            $"Read model '{begun.Name}' has no live build of a version that this silo knows.", "Ask a silo that runs the newer program.");
        begun = begun with { Build = live.Number };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Attempt(live, begun, report, cancellation);
            }
            catch (ShadowOvertakenException overtaken) when (attempt < AttemptsMax)
            {
                LogOvertaken(begun.Name, attempt, overtaken);
            }
        }
    }

    private async Task<ReadModelVerification> Attempt(
        ReadModelBuild live, ReadModelVerification begun, Action<ReadModelVerification> report, CancellationToken cancellation)
    {
        var found = await InShadow(
            live,
            async shadow =>
            {
                ShadowPart[] parts = [.. Enumerable.Range(0, Partitions).Select(partition =>
                    new ShadowPart(shadow, partition, builds.ProjectionOf(shadow), services))];
                await ComeNear(live, parts, begun, report, cancellation);
                return await services.Store.Query(
                    connection => Compare(connection, live, shadow, parts, begun, report, cancellation), cancellation);
            },
            cancellation);
        if (found.First is not { } first)
            return found.Result with { Phase = ReadModelVerification.Equal };
        meter.Drifted(begun.Name, found.Result.DifferenceCount);
        LogDiffers(begun.Name, live.Number, found.Result.DifferenceCount, found.Result.Differences[0]);
        var tracing = found.Result with { Phase = ReadModelVerification.Tracing };
        report(tracing with { Applied = 0 });
        var diverging = await InShadow(
            live,
            shadow => new ReadModelTrace(first.Table, first.Key, first.Live, shadow, builds.ProjectionOf(shadow), services)
                .Run(found.Moment, applied => report(tracing with { Applied = applied }), cancellation),
            cancellation);
        LogDiverges(begun.Name, diverging?.ToString() ?? "none");
        return found.Result with { Phase = ReadModelVerification.Differs, FirstEvent = diverging };
    }

    // Far behind, nobody's moment is kept.
    private async Task ComeNear(
        ReadModelBuild live, ShadowPart[] parts, ReadModelVerification begun, Action<ReadModelVerification> report,
        CancellationToken cancellation)
    {
        for (var round = 1; round <= RoundsMax; round++)
        {
            var moment = await services.Store.Query(
                connection => ReadModelMoment.Read(connection, live, Partitions, cancellation), cancellation);
            if (moment.Events - parts.Sum(part => part.Position) <= NearMax)
                return;
            await MoveAll(parts, moment, begun, report, cancellation);
        }
    }

    private async Task<Found> Compare(
        DbConnection connection, ReadModelBuild live, ReadModelBuild shadow, ShadowPart[] parts, ReadModelVerification begun,
        Action<ReadModelVerification> report, CancellationToken cancellation)
    {
        var moment = await ReadModelMoment.Read(connection, live, Partitions, cancellation);
        await WhileAwake(connection, stop => MoveAll(parts, moment, begun, report, stop), cancellation);
        var comparing = begun with
        {
            Phase = ReadModelVerification.Comparing,
            Applied = moment.Events,
            Events = moment.Events,
            Positions = moment.Positions,
        };
        report(comparing);
        return await services.Store.Query(
            async other =>
            {
                var comparison = new ReadModelComparison(
                    connection, live.Tables, other, shadow.Tables,
                    rows => report(comparing with { Tables = [new VerifiedTable("", rows)] }));
                await comparison.Run(cancellation);
                var result = comparing with
                {
                    Tables = comparison.Verified,
                    DifferenceCount = comparison.DifferenceCount,
                    Differences = comparison.Differences,
                };
                return new Found(result, moment, comparison.First);
            },
            cancellation);
    }

    private static Task MoveAll(
        ShadowPart[] parts, ReadModelMoment moment, ReadModelVerification begun, Action<ReadModelVerification> report,
        CancellationToken cancellation) => Parallel.ForEachAsync(
        parts, new ParallelOptions { MaxDegreeOfParallelism = ParallelMax, CancellationToken = cancellation },
        (part, cancelled) => new ValueTask(part.MoveTo(
            moment.Parts[part.Partition],
            () => report(begun with
            {
                Phase = ReadModelVerification.Replaying,
                Applied = parts.Sum(one => one.Position),
                Events = moment.Events,
            }),
            cancelled)));

    // A transaction that says nothing for some seconds is ended by the database. When this returns, the work has ended.
    private async Task WhileAwake(
        DbConnection connection, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var working = work(stop.Token);
        try
        {
            while (!working.IsCompleted)
            {
                await Task.WhenAny(working, Task.Delay(AwakeInterval, services.Time, stop.Token));
                if (!working.IsCompleted && !cancellation.IsCancellationRequested)
                    await ReadModelComparison.KeepAwake(connection, cancellation);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(working);
        }
        await working;
    }

    private async Task<T> InShadow<T>(ReadModelBuild live, Func<ReadModelBuild, Task<T>> work, CancellationToken cancellation)
    {
        var shadow = await builds.BeginShadow(live, cancellation);
        try
        {
            return await work(shadow);
        }
        finally
        {
            await Drop(shadow);
        }
    }

    // Also when nobody waits for the answer any more.
    private async Task Drop(ReadModelBuild shadow)
    {
        try
        {
            await builds.Drop(shadow.Name, shadow.Number, CancellationToken.None);
        }
        // The next look at the read model drops it.
        catch (Exception failure)
        {
            LogNotDropped(shadow.ToString(), failure);
        }
    }

    private sealed record Found(
        ReadModelVerification Result, ReadModelMoment Moment, (ComparedTable Table, ComparedRow Key, ComparedRow? Live)? First);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The verification of read model {ReadModel} failed.")]
    private partial void LogFailed(string readModel, Exception exception);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "The verification of read model {ReadModel} begins anew after attempt {Attempt}.")]
    private partial void LogOvertaken(string readModel, int attempt, Exception exception);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Build {Build} of read model {ReadModel} has {Count} rows that are not as its events make them, first {Difference}.")]
    private partial void LogDiffers(string readModel, int build, long count, RowDifference difference);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "In read model {ReadModel} the first of these rows differs from this event on: {Event}.")]
    private partial void LogDiverges(string readModel, string @event);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The shadow {Build} could not be dropped; it is tried again.")]
    private partial void LogNotDropped(string build, Exception exception);
}
