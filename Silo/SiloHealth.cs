using OrleansEs.EventLog;

namespace OrleansEs.Silo;

/// <summary>
/// Whether the silo can do work, and why not: it answers at every moment of its life, in a few seconds at most. However many
/// ask, one look into the database is under way at a time.
/// </summary>
internal sealed class SiloHealth(TimeProvider time)
{
    // Whoever probes gives up about then.
    private static readonly TimeSpan s_lookTimeout = TimeSpan.FromSeconds(2);

    // Many probes at once share a look; one answer is not repeated for longer than this.
    private static readonly TimeSpan s_freshness = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private volatile string _phase = "starting";
    private volatile IServiceProvider? _silo;
    private Task<string?> _look = Task.FromResult<string?>(null);
    private long? _looked;

    /// <summary>The start is not over; says what it waits for.</summary>
    public void Starts(string phase) => _phase = phase;

    /// <summary>The silo serves from now on.</summary>
    public void Serves(IServiceProvider silo) => _silo = silo;

    /// <summary>The silo serves no more.</summary>
    public void Stops()
    {
        _phase = "stopping";
        _silo = null;
    }

    /// <summary>Why the silo cannot do work; null when it can.</summary>
    public async Task<string?> Problem(CancellationToken cancellation)
    {
        if (_silo is not { } silo)
            return _phase;
        if (silo.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
            return "stopping";
        var status = silo.GetRequiredService<ISiloStatusOracle>().CurrentStatus;
        if (status != SiloStatus.Active)
            return $"this silo is {status} in the membership of its cluster";
        try
        {
            return await Look(silo.GetRequiredService<IEventLogReader>()).WaitAsync(s_lookTimeout, time, cancellation);
        }
        catch (TimeoutException)
        {
            return $"log unavailable: no answer within {s_lookTimeout.TotalSeconds} s";
        }
    }

    private Task<string?> Look(IEventLogReader log)
    {
        lock (_gate)
        {
            if (_look.IsCompleted && !(_looked is { } at && time.GetElapsedTime(at) < s_freshness))
            {
                _looked = time.GetTimestamp();
                _look = LookNow(log);
            }
            return _look;
        }
    }

    private static async Task<string?> LookNow(IEventLogReader log)
    {
        // Not inside the gate: what a store does before its first wait is its own affair.
        await Task.Yield();
        try
        {
            await log.ReadHeads(CancellationToken.None);
            return null;
        }
        catch (EventLogUnavailableException error)
        {
            return $"log unavailable: {error.Message}";
        }
        // The edge: whoever probes is told, whatever it is.
        catch (Exception error)
        {
            return $"log not readable: {error.Message}";
        }
    }
}
