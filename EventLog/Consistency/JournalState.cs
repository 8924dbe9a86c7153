namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// A state and how much of the journal it includes. It is replaced and never changed: each append evolves a fork of the view.
/// </summary>
/// <param name="View">The grain's state.</param>
/// <param name="Version">The version of the last event included; 0 when there is none.</param>
/// <param name="ClearedAt">The version of the last clear included; 0 when there is none.</param>
/// <param name="LastPosition">The place of the last event included; null when there is none.</param>
internal sealed record JournalState<TView>(TView View, long Version, long ClearedAt, LogPosition? LastPosition)
{
    /// <summary>What Orleans calls the version: confirmed events since the last clear.</summary>
    public int EventsSinceClear => checked((int)(Version - ClearedAt));
}
