using System.Diagnostics.Metrics;
using OrleansEs.Ledger.Overload;

namespace OrleansEs.Client.Load;

/// <summary>Counts the commands that this process refused by itself, since the silos are overloaded.</summary>
internal sealed class SparedCommands : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public SparedCommands()
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == OverloadThrottleExtensions.MeterName)
                self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _count, count));
        _listener.Start();
    }

    /// <summary>How many so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
