namespace OrleansEs.EventLog.Consistency;

/// <summary>The holder of an aggregate's state, for those who do not know its type.</summary>
internal interface IStateHolder
{
    Type ContentType { get; }

    object? Content { get; set; }
}
