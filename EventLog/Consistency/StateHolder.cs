using Orleans.Serialization.Cloning;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Holds an aggregate's immutable state where Orleans wants a class with a constructor without parameters.
/// Invariant: what it holds is never changed, only replaced; so a copy of the holder shares it.
/// </summary>
/// <typeparam name="TState">The aggregate's state.</typeparam>
[GenerateSerializer, Alias("eventlog.state-holder`1")]
public sealed class StateHolder<TState> : IStateHolder
    where TState : class
{
    /// <summary>The state; null before the first event.</summary>
    [Id(0)]
    public TState? Value { get; set; }

    Type IStateHolder.ContentType => typeof(TState);

    object? IStateHolder.Content
    {
        get => Value;
        set => Value = (TState?)value;
    }
}

// Forking the state before each append must not cost more with a larger state.
[RegisterCopier]
internal sealed class StateHolderCopier<TState> : IDeepCopier<StateHolder<TState>>
    where TState : class
{
    public StateHolder<TState>? DeepCopy(StateHolder<TState>? input, CopyContext context) =>
        input is null ? null : new StateHolder<TState> { Value = input.Value };
}
