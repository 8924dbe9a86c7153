namespace OrleansEs.Client.Load;

/// <summary>
/// When a phase of a run is over, and how long one try may take. A person who stops the run ends it in order: no command
/// is begun any more, and those under way are waited for.
/// </summary>
internal sealed class LoadClock(TimeProvider time, TimeSpan duration, TimeSpan attemptTimeout, CancellationToken stop)
{
    private readonly long _started = time.GetTimestamp();

    public TimeProvider Time => time;

    public TimeSpan AttemptTimeout => attemptTimeout;

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    public bool IsOver => stop.IsCancellationRequested || Elapsed >= duration;

    public Task Pause(TimeSpan pause) => Task.Delay(pause, time, CancellationToken.None);
}
