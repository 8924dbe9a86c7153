namespace OrleansEs.EventLog.ReadModels;

/// <summary>What operators decided about a read model. Orleans grain state.</summary>
[GenerateSerializer, Alias("eventlog.read-model-control-state")]
public sealed class ReadModelControl
{
    /// <summary>True while paused.</summary>
    [Id(0)]
    public bool Paused { get; set; }
}
