using System.Globalization;
using Microsoft.Extensions.Logging;
using Orleans.EventSourcing;
using Orleans.Serialization;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// What Orleans gives a log-consistency provider for one grain. Orleans' own implementation is registered by its own
/// providers only; this one serves where none of them is.
/// </summary>
internal sealed partial class GrainProtocolServices(
    GrainId grain, string clusterId, DeepCopier copier, ILogger<GrainProtocolServices> logger)
    : ILogConsistencyProtocolServices
{
    public GrainId GrainId => grain;

    public string MyClusterId => clusterId;

    public T DeepCopy<T>(T value) => copier.Copy(value)!;

    public void ProtocolError(string msg, bool throwexception)
    {
        LogProtocolError(logger, GrainId, msg);
        if (throwexception)
            throw new OrleansException($"{msg} (grain {GrainId}, cluster {MyClusterId})");
    }

    public void CaughtException(string where, Exception e) => LogCaught(logger, e, GrainId, where);

    public void CaughtUserCodeException(string callback, string where, Exception e) =>
        LogCaughtUserCode(logger, e, GrainId, callback, where);

    public void Log(LogLevel level, string format, params object[] args)
    {
        if (!logger.IsEnabled(level))
            return;
        var message = string.Format(CultureInfo.InvariantCulture, format, args);
        LogAny(logger, level, GrainId, message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Grain}: {Message}")]
    private static partial void LogProtocolError(ILogger logger, GrainId grain, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Grain}: an exception was caught at {Where}")]
    private static partial void LogCaught(ILogger logger, Exception exception, GrainId grain, string where);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Grain}: {Callback}, called from {Where}, threw an exception")]
    private static partial void LogCaughtUserCode(
        ILogger logger, Exception exception, GrainId grain, string callback, string where);

    [LoggerMessage(Message = "{Grain} {Message}")]
    private static partial void LogAny(ILogger logger, LogLevel level, GrainId grain, string message);
}
