using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace OrleansEs.EventLog.Streaming;

/// <summary>
/// One partition of the log for one subscriber, in a client or in a grain: every event after its checkpoint at least once, in
/// order, without a hole, a few milliseconds after the commit. Pushes make it fast; the log, read by <see cref="ILogGrain"/>,
/// makes it complete: at the start, at a hole, and when nothing was pushed for a while.
/// Invariants: the subscriber is called with one batch at a time, and the batch follows what it handled last; what waits is
/// bounded; whatever ends the subscription is told by <see cref="Completion"/>.
/// </summary>
public sealed class LogSubscription : IAsyncDisposable
{
    // Parked on a silo without pushes. A silo that died gives no answer, so none is waited for much longer.
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(5);

    private readonly int _partition;
    private readonly ILogGrain _log;
    private readonly ILogSubscriber _subscriber;
    private readonly LogSubscriptionOptions _options;
    private readonly CancellationTokenSource _ended = new();
    private readonly PushInbox _inbox;
    private StreamSubscriptionHandle<CommittedEvent>? _pushes;
    private long _position;
    private bool _isPlaced;

    private LogSubscription(IGrainFactory grains, int partition, ILogSubscriber subscriber, LogSubscriptionOptions? options)
    {
        _options = options ?? new LogSubscriptionOptions();
        _options.Validate();
        (_log, _partition, _subscriber) = (grains.GetGrain<ILogGrain>(0), partition, subscriber);
        _inbox = new PushInbox(_options.PushesMax);
    }

    /// <summary>
    /// Ends with the subscription: with an exception when it gave up (the subscriber or the log failed too often in a row, or
    /// the checkpoint is not of this log), without one when it was disposed of. Whoever does not watch it may miss its end.
    /// </summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The last position handled; 0 until the checkpoint was read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Why the last try failed; null while all goes well.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Starts from a client, or from a host beside a silo.</summary>
    /// <param name="client">The client; with pushes, it has <c>AddEventLogStreams</c>.</param>
    /// <param name="partition">The partition, from 0.</param>
    /// <param name="subscriber">Who gets the events and keeps the checkpoint.</param>
    /// <param name="options">How to follow; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The stream provider is not registered.</exception>
    public static Task<LogSubscription> Start(
        IClusterClient client, int partition, ILogSubscriber subscriber, LogSubscriptionOptions? options = null) =>
        Start(client.ServiceProvider, false, new LogSubscription(client, partition, subscriber, options));

    /// <summary>
    /// Starts from within a grain, on whose scheduler the subscriber is called. Dispose of it in <c>OnDeactivateAsync</c>. It
    /// takes over what the grain has subscribed to the partition's stream: that is what an activation that died left behind.
    /// </summary>
    /// <inheritdoc cref="Start(IClusterClient, int, ILogSubscriber, LogSubscriptionOptions?)"/>
    /// <param name="grain">The grain.</param>
    /// <param name="grains">Its grain factory.</param>
    /// <param name="partition">The partition, from 0.</param>
    /// <param name="subscriber">Who gets the events and keeps the checkpoint.</param>
    /// <param name="options">How to follow; null for the defaults.</param>
    public static Task<LogSubscription> Start(
        IGrainBase grain, IGrainFactory grains, int partition, ILogSubscriber subscriber, LogSubscriptionOptions? options = null) =>
        Start(grain.GrainContext.ActivationServices, true, new LogSubscription(grains, partition, subscriber, options));

    /// <summary>Ends it: when this returns, the subscriber is not called any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
            return;
        await _ended.CancelAsync();
        // Why it ended before is told by Completion.
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _ended.Dispose();
        if (_pushes is not null)
            await _pushes.UnsubscribeAsync();
    }

    private static async Task<LogSubscription> Start(IServiceProvider services, bool isGrain, LogSubscription subscription)
    {
        if (subscription._options.StreamProvider is { } provider)
            await subscription.Subscribe(isGrain, services.GetKeyedService<IStreamProvider>(provider)
                ?? throw new InvalidOperationException(
                    $"There is no stream provider '{provider}' here; call AddEventLogStreams, or set "
                    + $"{nameof(LogSubscriptionOptions.StreamProvider)} to null."));
        subscription.Completion = subscription.Run();
        return subscription;
    }

    // A subscription of a grain outlives the silo that it ran on; a client is a new one at each start.
    private async Task Subscribe(bool isGrain, IStreamProvider provider)
    {
        var stream = provider.GetStream<CommittedEvent>(EventLogStreams.OfPartition(_partition));
        foreach (var handle in isGrain ? await stream.GetAllSubscriptionHandles() : [])
        {
            if (_pushes is null)
                _pushes = await handle.ResumeAsync(_inbox);
            else
                await handle.UnsubscribeAsync();
        }
        _pushes ??= await stream.SubscribeAsync(_inbox);
    }

    private async Task Run()
    {
        var failures = 0;
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                if (!_isPlaced)
                    await ReadCheckpoint();
                await Advance();
                failures = 0;
                LastFailure = null;
            }
            catch (OperationCanceledException) when (_ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (++failures < _options.FailuresMax && IsWorthARetry(failure))
            {
                LastFailure = failure;
                // What it had handled before it failed, only the subscriber knows.
                _isPlaced = false;
                await Pause(failures);
            }
        }
    }

    private async Task ReadCheckpoint()
    {
        var checkpoint = await _subscriber.ReadCheckpoint(_partition, _ended.Token);
        if (checkpoint.Partition != _partition)
            throw new InvalidLogReadException($"The checkpoint {checkpoint} is of another partition than {_partition}.");
        Volatile.Write(ref _position, checkpoint.Position);
        _isPlaced = true;
        _inbox.Nudge();
    }

    private async Task Advance()
    {
        // Taken before the look, so that no push falls between the two.
        var pushed = _inbox.Next;
        var events = await NextEvents();
        if (events.Count == 0)
        {
            await Idle(pushed);
            return;
        }
        if (events[0].At.Position != _position + 1)
            throw new EventLogCorruptException(
                $"Partition {_partition} has position {events[0].At.Position} where {_position + 1} was expected.");
        await _subscriber.Handle(events, _ended.Token);
        Volatile.Write(ref _position, events[^1].At.Position);
    }

    private async Task<IReadOnlyList<CommittedEvent>> NextEvents()
    {
        if (_inbox.TakeAfter(_position, _options.PageSizeMax) is { } pushed)
            return pushed;
        var wait = _pushes is null ? LongPoll : TimeSpan.Zero;
        var after = new LogPosition(_partition, _position);
        var page = await _log.Read(after, _options.PageSizeMax, wait, _ended.Token)
            .WaitAsync(wait + AnswerMax, _options.Time, _ended.Token);
        // Without pushes it always reads; with them, until it stands at the head.
        if (_pushes is null || page.Next.Position < page.Head)
            _inbox.Nudge();
        return page.Events;
    }

    private async Task Idle(Task pushed)
    {
        if (_pushes is null)
            return;
        await pushed.WaitAsync(_options.LookInterval, _options.Time, _ended.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!pushed.IsCompleted)
            _inbox.Nudge();
    }

    private async Task Pause(int failures)
    {
        var delay = _options.RetryDelay * Math.Pow(2, Math.Min(failures - 1, 20));
        await Task.Delay(delay < RetryDelayMax ? delay : RetryDelayMax, _options.Time, _ended.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    // A checkpoint of another log stays one, and a hole in the log stays a hole.
    private static bool IsWorthARetry(Exception failure) => failure is not (InvalidLogReadException or EventLogCorruptException);
}
