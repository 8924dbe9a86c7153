using System.Reflection;
using Orleans.Serialization.Invocation;

namespace OrleansEs.Specs.Overload;

/// <summary>A call to a grain that gets a prepared answer when it is sent; an exception is thrown.</summary>
internal sealed class ScriptedCall(object?[] arguments, object answer) : IOutgoingGrainCallContext, IInvokable
{
    public bool IsSent { get; private set; }

    public IInvokable Request => this;

    public GrainId TargetId { get; } = GrainId.Create("account", "alice");

    public Response? Response { get; set; }

    public object? Result
    {
        get => Response?.Result;
        set => Response = Response.FromResult(value);
    }

    public object Grain => throw new NotSupportedException();

    public GrainId? SourceId => null;

    public IGrainContext? SourceContext => null;

    public GrainInterfaceType InterfaceType => throw new NotSupportedException();

    public string InterfaceName => throw new NotSupportedException();

    public string MethodName => throw new NotSupportedException();

    public MethodInfo InterfaceMethod => throw new NotSupportedException();

    public Task Invoke()
    {
        IsSent = true;
        if (answer is Exception lost)
            return Task.FromException(lost);
        Result = answer;
        return Task.CompletedTask;
    }

    public int GetArgumentCount() => arguments.Length;

    public object? GetArgument(int index) => arguments[index];

    public void SetArgument(int index, object value) => throw new NotSupportedException();

    public object? GetTarget() => throw new NotSupportedException();

    public void SetTarget(ITargetHolder holder) => throw new NotSupportedException();

    ValueTask<Response> IInvokable.Invoke() => throw new NotSupportedException();

    public string GetMethodName() => throw new NotSupportedException();

    public string GetInterfaceName() => throw new NotSupportedException();

    public string GetActivityName() => throw new NotSupportedException();

    public MethodInfo GetMethod() => throw new NotSupportedException();

    public Type GetInterfaceType() => throw new NotSupportedException();

    public void Dispose() { }
}
