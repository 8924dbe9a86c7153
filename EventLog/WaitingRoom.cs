namespace OrleansEs.EventLog;

/// <summary>The places of the appends that wait to be sent, in whatever lane: never more than its capacity are taken.</summary>
internal sealed class WaitingRoom(int capacity)
{
    private int _taken;

    /// <summary>How many wait.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes a place, or says that there is none.</summary>
    public bool TryEnter()
    {
        for (var taken = Taken; taken < capacity;)
        {
            var found = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (found == taken)
                return true;
            taken = found;
        }
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _taken);
}
