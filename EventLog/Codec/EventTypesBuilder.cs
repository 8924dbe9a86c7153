using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace OrleansEs.EventLog.Codec;

/// <summary>Names the event types of an application for the log. The names and versions are stored: they are frozen.</summary>
public sealed class EventTypesBuilder
{
    private readonly IServiceCollection _services;

    internal EventTypesBuilder(IServiceCollection services) => _services = services;

    /// <summary>Registers an event type, which is then stored as JSON under a name of its own.</summary>
    /// <param name="alias">The stored name, <c>account.opened</c>; it must not begin with <c>$</c>.</param>
    /// <param name="version">The version of the type's shape, from 1.</param>
    /// <param name="shape">The source-generated description of its JSON.</param>
    /// <exception cref="ArgumentException">The alias is empty or reserved, or the version is less than 1.</exception>
    public EventTypesBuilder Add<TEvent>(string alias, int version, JsonTypeInfo<TEvent> shape) where TEvent : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(alias);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        if (alias.StartsWith('$'))
            throw new ArgumentException(
                $"'{alias}' cannot name {typeof(TEvent)}: names that begin with '$' are the log's own.", nameof(alias));
        _services.AddSingleton(new EventTypeEntry(alias, version, typeof(TEvent), shape));
        return this;
    }

    /// <summary>Lets snapshots of a state be written as JSON; those of other states use Orleans' serializer.</summary>
    /// <param name="shape">The source-generated description of its JSON.</param>
    public EventTypesBuilder AddState<TState>(JsonTypeInfo<TState> shape) where TState : notnull
    {
        _services.AddSingleton(new StateTypeEntry(typeof(TState), shape));
        return this;
    }
}

/// <summary>Registers event types with an application's services.</summary>
public static class EventTypesServiceCollectionExtensions
{
    /// <summary>Names event types for the log. May be called many times; two types of one name are refused at start.</summary>
    public static IServiceCollection AddEventTypes(this IServiceCollection services, Action<EventTypesBuilder> configure)
    {
        configure(new EventTypesBuilder(services));
        return services;
    }
}
