namespace OrleansEs.EventLog.Consistency;

/// <summary>What the parts of an adaptor tell it, and it tells the grain.</summary>
internal interface IAdaptorEvents
{
    /// <summary>The confirmed state is another one.</summary>
    /// <param name="tentative">False when the tentative state was that already.</param>
    void StateChanged(bool tentative);

    /// <summary>Pending events were dropped: the tentative state is another one.</summary>
    void PendingChanged();

    /// <summary>Pending events are in the log.</summary>
    /// <param name="raisedAt">The timestamp of each event's raising.</param>
    void Written(IReadOnlyList<long> raisedAt);

    /// <summary>The state cannot be trusted any more: the grain has to go.</summary>
    void CannotBeTrusted(Exception reason);
}
