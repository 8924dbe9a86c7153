namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The number of a state's meaning. A changed shape (fields, their types) throws old snapshots away by itself; raise the
/// number when the same fields come to mean something else, or the same events lead to another state.
/// </summary>
/// <param name="number">The number; 1 when the attribute is absent.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SnapshotSchemaAttribute(int number) : Attribute
{
    /// <summary>The number.</summary>
    public int Number { get; } = number;
}
