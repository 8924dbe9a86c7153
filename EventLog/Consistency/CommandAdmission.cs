namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Counts the commands that this silo works on, and refuses at once what it could not finish in time: whoever is let in gets
/// the full speed, and whoever is not learns it in milliseconds instead of at his deadline. One per silo.
/// </summary>
public sealed class CommandAdmission
{
    private readonly int _underWayMax;
    private int _underWay;

    /// <param name="underWayMax">How many commands may be under way at once; at least 1.</param>
    internal CommandAdmission(int underWayMax) => _underWayMax = underWayMax;

    /// <summary>How many commands are under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>
    /// True when <see cref="Enter"/> would refuse now. Whoever looks first can answer without the cost of an exception, which
    /// counts when thousands are refused.
    /// </summary>
    public bool IsFull => UnderWay >= _underWayMax;

    /// <summary>What is said to those who are refused.</summary>
    public string Full => $"{_underWayMax} commands are under way on this silo already.";

    /// <summary>
    /// Lets one piece of work in, until it is disposed of. An aggregate does this for each of its commands by itself; a grain
    /// that runs many commands for one request holds one admission over all of them, and marks those commands with
    /// <see cref="CommandContext.FinishesWork"/>.
    /// </summary>
    /// <exception cref="EventLogOverloadedException">Too much is under way.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref _underWay) <= _underWayMax)
            return new Admitted(this);
        Interlocked.Decrement(ref _underWay);
        throw new EventLogOverloadedException(Full);
    }

    private sealed class Admitted(CommandAdmission admission) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                Interlocked.Decrement(ref admission._underWay);
        }
    }
}
