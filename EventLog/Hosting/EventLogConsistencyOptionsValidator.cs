using Microsoft.Extensions.Options;
using OrleansEs.EventLog.Consistency;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Refuses wrong settings of a log-consistency provider when the silo starts.</summary>
internal sealed class EventLogConsistencyOptionsValidator : IValidateOptions<EventLogConsistencyOptions>
{
    public ValidateOptionsResult Validate(string? name, EventLogConsistencyOptions options) =>
        options.Refusal() is { } reason
            ? ValidateOptionsResult.Fail($"The settings of the log-consistency provider '{name}' cannot be used: {reason}")
            : ValidateOptionsResult.Success;
}
