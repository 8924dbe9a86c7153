using System.Text.Json.Serialization.Metadata;

namespace OrleansEs.EventLog.Codec;

/// <summary>One line of the registry: a stored name and version, the CLR type it stands for, and its shape in JSON.</summary>
internal sealed record EventTypeEntry(string Alias, int Version, Type Type, JsonTypeInfo Shape);

/// <summary>A state whose snapshots are written as JSON.</summary>
internal sealed record StateTypeEntry(Type Type, JsonTypeInfo Shape);
