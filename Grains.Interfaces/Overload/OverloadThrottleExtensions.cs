using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansEs.Ledger.Overload;

/// <summary>For clients that spare their silos.</summary>
public static class OverloadThrottleExtensions
{
    /// <summary>
    /// The name of the meter whose counter <c>orleanses.client.spared</c> says how many commands a client refused by itself.
    /// </summary>
    public const string MeterName = "OrleansEs.Ledger.Client";

    /// <summary>
    /// Has the client refuse by itself what its silos would refuse: when they refuse more than half of its commands for overload, it
    /// sends about twice what they take and answers the rest at once, with <see cref="CommandStatus.Unavailable"/> and the code
    /// <see cref="RefusalCodes.Overloaded"/>, just as they do. So they work instead of refusing. It looks at the last second, and
    /// is over at most a second after the overload.
    /// <para>
    /// Never refused: anything while no silo refuses; retries (<see cref="CommandHeader.IsRetry"/>), since only they tell what became
    /// of a command; queries, imports and whatever else is no command of an account or a transfer.
    /// </para>
    /// </summary>
    /// <param name="client">The client.</param>
    public static IClientBuilder AddOverloadThrottle(this IClientBuilder client)
    {
        client.Services.AddMetrics();
        client.Services.TryAddSingleton(TimeProvider.System);
        client.Services.AddSingleton(services =>
        {
            var time = services.GetRequiredService<TimeProvider>();
            return new OverloadThrottle(time, (ulong)time.GetTimestamp());
        });
        return client.AddOutgoingGrainCallFilter<OverloadThrottleFilter>();
    }
}
