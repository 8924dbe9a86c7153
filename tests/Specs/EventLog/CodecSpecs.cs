using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;

namespace OrleansEs.Specs.EventLog;

public sealed partial class CodecSpecs
{
    private static readonly JournalId Alice = JournalId.Of("account", "alice");

    private static ServiceProvider Services(Action<EventTypesBuilder>? more = null) => new ServiceCollection()
        .AddSerializer()
        .AddEventTypes(types => types
            .Add("thing.made", 2, SpecJson.Default.ThingMade)
            .AddState(SpecJson.Default.ThingState))
        .AddEventTypes(more ?? (_ => { }))
        .AddSingleton<EventTypeRegistry>()
        .AddSingleton<OrleansTypeNames>()
        .AddSingleton<JsonEventCodec>()
        .AddSingleton<OrleansEventCodec>()
        .AddSingleton<StateSerializer>()
        .AddSingleton<IEventSerializer, EventSerializer>()
        .BuildServiceProvider();

    private static IEventSerializer Serializer() => Services().GetRequiredService<IEventSerializer>();

    [Fact]
    public void A_registered_event_is_stored_as_json_under_its_alias_and_version()
    {
        var proposed = Serializer().Encode(new ThingMade("x", 3), EventMetadata.None);

        Assert.Equal(("thing.made", 2, "json"), (proposed.Type, proposed.TypeVersion, proposed.Format));
        Assert.Equal("""{"Name":"x","Count":3}""", Encoding.UTF8.GetString(proposed.Payload.Span));
        Assert.Equal(new ThingMade("x", 3), Serializer().Decode(Committed(proposed)));
    }

    [Fact]
    public void An_event_that_nobody_registered_is_stored_by_orleans_under_its_orleans_alias()
    {
        var proposed = Serializer().Encode(new AliasedEvent { Text = "x" }, EventMetadata.None);

        Assert.Equal(("spec.aliased", 1, "orleans"), (proposed.Type, proposed.TypeVersion, proposed.Format));
        Assert.Equal("x", Assert.IsType<AliasedEvent>(Serializer().Decode(Committed(proposed))).Text);
        Assert.Equal(typeof(AliasedEvent), Serializer().Resolve(Committed(proposed)));
    }

    [Fact]
    public void An_event_without_an_alias_is_stored_by_orleans_under_its_clr_name()
    {
        var proposed = Serializer().Encode(new PlainEvent { Text = "x" }, EventMetadata.None);

        Assert.Equal((typeof(PlainEvent).FullName, 1, "orleans"), (proposed.Type, proposed.TypeVersion, proposed.Format));
        Assert.Equal("x", Assert.IsType<PlainEvent>(Serializer().Decode(Committed(proposed))).Text);
    }

    [Fact]
    public void An_older_row_under_the_clr_name_is_still_read_after_an_alias_was_given()
    {
        var proposed = Serializer().Encode(new AliasedEvent { Text = "x" }, EventMetadata.None);

        var decoded = Serializer().Decode(Committed(proposed with { Type = typeof(AliasedEvent).FullName! }));

        Assert.Equal("x", Assert.IsType<AliasedEvent>(decoded).Text);
    }

    [Fact]
    public void A_generic_event_is_named_by_its_definition_and_its_arguments()
    {
        var proposed = Serializer().Encode(
            new GenericEvent<List<AliasedEvent>> { Value = [new AliasedEvent { Text = "x" }] }, EventMetadata.None);

        Assert.Equal("spec.generic[System.Collections.Generic.List`1[spec.aliased]]", proposed.Type);
        Assert.Equal("x", Assert.IsType<GenericEvent<List<AliasedEvent>>>(
            Serializer().Decode(Committed(proposed))).Value!.Single().Text);
    }

    [Theory]
    [InlineData("spec.generic[System.Diagnostics.Process]")]
    [InlineData("spec.generic[spec.aliased,spec.aliased]")]
    [InlineData("spec.generic[]")]
    [InlineData("spec.aliased[spec.aliased]")]
    [InlineData("spec.generic[spec.generic[spec.aliased]")]
    [InlineData("]spec.generic[")]
    public void A_generic_name_of_anything_else_than_types_of_the_manifest_is_unknown(string name) =>
        Assert.Throws<EventLogCorruptException>(() => Serializer().Resolve(Committed(
            new ProposedEvent(name, 1, "orleans", ReadOnlyMemory<byte>.Empty, EventMetadata.None))));

    [Fact]
    public void An_event_that_neither_knows_is_refused_before_it_is_written() => Assert.Contains(
        "is neither registered nor known to Orleans' serializer",
        Assert.Throws<ArgumentException>(() => Serializer().Encode(new UnknownEvent(), EventMetadata.None)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_unregistered_event_cannot_take_the_name_of_a_registered_one()
    {
        var serializer = Services(types => types.Add("spec.aliased", 1, SpecJson.Default.ThingState))
            .GetRequiredService<IEventSerializer>();

        Assert.Contains("is that of another, registered type",
            Assert.Throws<ArgumentException>(() => serializer.Encode(new AliasedEvent(), EventMetadata.None)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("thing.made", 1)]
    [InlineData("thing.unmade", 2)]
    [InlineData("System.Diagnostics.Process", 1)]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process", 1)]
    [InlineData("spec.aliased", 2)]
    public void An_unknown_name_is_an_error_that_names_journal_version_and_type(string type, int version)
    {
        var committed = Committed(new ProposedEvent(type, version, "json", "{}"u8.ToArray(), EventMetadata.None));

        foreach (var attempt in (Action[])[() => Serializer().Decode(committed), () => Serializer().Resolve(committed)])
        {
            var message = Assert.Throws<EventLogCorruptException>(attempt).Message;
            Assert.StartsWith(
                $"Event 5 of journal account/alice (type '{type}' version {version}, at 1:9)", message, StringComparison.Ordinal);
            Assert.Contains("no event type of that name and version is registered", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("json", "not json")]
    [InlineData("json", "null")]
    [InlineData("json", "[1]")]
    [InlineData("orleans", "not orleans")]
    [InlineData("protobuf", "{}")]
    public void A_payload_that_does_not_decode_is_an_error_that_names_journal_version_and_type(string format, string payload)
    {
        var committed = Committed(new ProposedEvent(
            "thing.made", 2, format, Encoding.UTF8.GetBytes(payload), EventMetadata.None));

        Assert.Contains("Event 5 of journal account/alice (type 'thing.made' version 2, at 1:9)",
            Assert.Throws<EventLogCorruptException>(() => Serializer().Decode(committed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_types_of_one_name_are_refused_at_start_naming_both()
    {
        var refusal = Assert.Throws<EventLogStartException>(() =>
            Services(types => types.Add("thing.made", 2, SpecJson.Default.ThingState)).GetRequiredService<EventTypeRegistry>());

        Assert.Contains(nameof(ThingMade), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(ThingState), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_type_of_two_names_is_refused_at_start_naming_both()
    {
        var refusal = Assert.Throws<EventLogStartException>(() =>
            Services(types => types.Add("thing.made", 3, SpecJson.Default.ThingMade)).GetRequiredService<EventTypeRegistry>());

        Assert.Contains("'thing.made' version 2 and 'thing.made' version 3", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_begin_with_a_dollar_are_the_logs_own()
    {
        Assert.Throws<ArgumentException>(() => Services(types => types.Add("$cleared", 2, SpecJson.Default.ThingState)));

        var cleared = Serializer().Encode(new JournalCleared(), EventMetadata.None);
        Assert.Equal(("$cleared", 1, "json"), (cleared.Type, cleared.TypeVersion, cleared.Format));
        Assert.IsType<JournalCleared>(Serializer().Decode(Committed(cleared)));
    }

    [Fact]
    public void A_state_is_json_when_its_shape_was_registered_and_orleans_else()
    {
        var states = Services().GetRequiredService<StateSerializer>();

        var (jsonFormat, json) = states.Encode(new ThingState { Total = 3 }, typeof(ThingState));
        var (orleansFormat, bytes) = states.Encode(new AliasedEvent { Text = "x" }, typeof(AliasedEvent));

        Assert.Equal(("json", "orleans"), (jsonFormat, orleansFormat));
        Assert.Equal(3, Assert.IsType<ThingState>(states.Decode(jsonFormat, json, typeof(ThingState))).Total);
        Assert.Equal("x", Assert.IsType<AliasedEvent>(states.Decode(orleansFormat, bytes, typeof(AliasedEvent))).Text);
        Assert.Throws<ArgumentException>(() => states.Encode(new UnknownEvent(), typeof(UnknownEvent)));
    }

    private static CommittedEvent Committed(ProposedEvent proposed) => new(
        new LogPosition(1, 9), Alice, 5, Guid.Empty, 0, proposed.Type, proposed.TypeVersion, proposed.Format, proposed.Payload,
        proposed.Metadata, DateTimeOffset.UnixEpoch);

    internal sealed record ThingMade(string Name, int Count);

    internal sealed class ThingState
    {
        public int Total { get; set; }
    }

    internal sealed class UnknownEvent;

    [JsonSerializable(typeof(ThingMade))]
    [JsonSerializable(typeof(ThingState))]
    internal sealed partial class SpecJson : JsonSerializerContext;
}

[GenerateSerializer, Alias("spec.aliased")]
public sealed class AliasedEvent
{
    [Id(0)]
    public string Text { get; set; } = "";
}

[GenerateSerializer]
public sealed class PlainEvent
{
    [Id(0)]
    public string Text { get; set; } = "";
}

[GenerateSerializer, Alias("spec.generic")]
public sealed class GenericEvent<T>
{
    [Id(0)]
    public T? Value { get; set; }
}
