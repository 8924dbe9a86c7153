namespace OrleansEs.Client.Load;

/// <summary>When a phase of a run is over, and how long one try may take.</summary>
internal sealed class LoadClock(TimeProvider time, TimeSpan duration, TimeSpan attemptTimeout, CancellationToken cancellation)
{
    private readonly long _started = time.GetTimestamp();

    public TimeProvider Time => time;

    public CancellationToken Cancellation => cancellation;

    public TimeSpan AttemptTimeout => attemptTimeout;

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    public bool IsOver => Elapsed >= duration;

    public Task Pause(TimeSpan pause) => Task.Delay(pause, time, cancellation);
}
