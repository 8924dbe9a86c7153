namespace OrleansEs.EventLog.Consistency;

/// <summary>A state that an aggregate had, and how much of its journal that state includes.</summary>
/// <typeparam name="TState">The aggregate's state.</typeparam>
/// <param name="State">The state.</param>
/// <param name="Version">The version of the last event that it includes; 0 when it includes none.</param>
/// <param name="Position">The place of that event in the log; null when it includes none.</param>
public sealed record StateAsOf<TState>(TState State, long Version, LogPosition? Position)
    where TState : class;
