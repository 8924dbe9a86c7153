using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog.FailPoints;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.EventLog.Hosting;

/// <summary>Makes a silo fail on purpose, for tests of what a crash leaves behind.</summary>
public static class FailPointExtensions
{
    /// <summary>
    /// Adds fail points to a silo that has the log: <c>append.before-commit</c>, <c>append.after-commit</c>,
    /// <c>checkpoint.before-commit</c> and <c>checkpoint.after-commit</c>, each with <c>throw</c> (the answer is lost, or the
    /// transaction rolled back) or <c>kill</c> (the process ends as by a power cut).
    /// </summary>
    /// <param name="silo">The silo; the log must have been added before.</param>
    /// <param name="plan">
    /// What fails, such as <c>append.after-commit=kill@50;checkpoint.before-commit=throw%10</c>: at the fiftieth pass, at each tenth.
    /// </param>
    /// <exception cref="FormatException">The plan cannot be read; the message says what there is.</exception>
    /// <exception cref="InvalidOperationException">The environment is Production, or the log was not added yet.</exception>
    public static ISiloBuilder AddFailPoints(this ISiloBuilder silo, string plan)
    {
        if (IsProduction())
            throw new InvalidOperationException(
                "Fail points are refused in the environment Production, which is also meant when none is named: "
                + "set DOTNET_ENVIRONMENT to Development.");
        var parsed = FailPointPlan.Parse(plan);
        Wrap<IEventLogStore>(silo.Services, inner => new FailingEventLog(inner, parsed));
        Wrap<IReadModelStore>(silo.Services, inner => new FailingReadModelStore(inner, parsed));
        return silo;
    }

    /// <summary>True when the environment is Production, or none is named.</summary>
    internal static bool IsProduction()
    {
        var environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT");
        return string.IsNullOrWhiteSpace(environment)
            || string.Equals(environment.Trim(), "Production", StringComparison.OrdinalIgnoreCase);
    }

    private static void Wrap<TService>(IServiceCollection services, Func<TService, TService> wrap)
        where TService : class
    {
        var registered = services.LastOrDefault(service => service.ServiceType == typeof(TService))
            ?? throw new InvalidOperationException($"Add the log before its fail points: there is no {typeof(TService).Name}.");
        services.Remove(registered);
        services.AddSingleton(provider => wrap((TService)Make(provider, registered)));
    }

    private static object Make(IServiceProvider provider, ServiceDescriptor service) =>
        service.ImplementationInstance
        ?? service.ImplementationFactory?.Invoke(provider)
        ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!);
}
