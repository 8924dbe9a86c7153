using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Specs.Consistency;

/// <summary>When a snapshot is due, and which one still fits the code.</summary>
public sealed class SnapshotSpecs
{
    [Theory]
    [InlineData(100, 0, 99, false)]
    [InlineData(100, 0, 100, true)]
    [InlineData(100, 0, 150, true)]
    [InlineData(100, 150, 249, false)]
    [InlineData(100, 150, 250, true)]
    [InlineData(1, 7, 8, true)]
    [InlineData(1, 8, 8, false)]
    [InlineData(0, 0, 1_000_000, false)]
    public void A_snapshot_is_due_after_so_many_events(int every, long snapshotVersion, long version, bool due) =>
        Assert.Equal(due, SnapshotPolicy.IsDue(every, snapshotVersion, version));

    [Fact]
    public void Each_shape_of_a_state_has_a_schema_of_its_own()
    {
        string[] schemas =
        [
            StateShape<First.State>.Schema, StateShape<OneMore.State>.Schema, StateShape<OtherType.State>.Schema,
            StateShape<Deep.State>.Schema, StateShape<DeepOneMore.State>.Schema, StateShape<Renumbered.State>.Schema,
            StateShape<Listed.State>.Schema,
        ];

        Assert.Equal(schemas.Length, schemas.Distinct().Count());
        Assert.StartsWith("1:", StateShape<First.State>.Schema, StringComparison.Ordinal);
        Assert.StartsWith("2:", StateShape<Renumbered.State>.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_of_a_shape_is_the_same_after_every_restart() =>
        // Written down once: if this fails, every snapshot that exists is thrown away by an upgrade.
        Assert.Equal("1:57c60ecab84f36f1", StateShape<First.State>.Schema);

    [Fact]
    public void A_new_subtype_of_an_abstract_part_changes_the_schema()
    {
        var walk = new StateShapeWalk();
        walk.Visit(typeof(Zoo.State));

        Assert.Contains(nameof(Zoo.Cat), walk.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void The_holder_of_an_aggregates_state_has_the_schema_of_what_it_holds() =>
        Assert.Equal(StateShape<First.State>.Schema, StateShape<StateHolder<First.State>>.Schema);

    [Fact]
    public void Members_that_the_serializer_would_lose_are_known()
    {
        Assert.Equal(["Partly.Lost"], StateShape<Partly>.LostMembers);
        Assert.Equal(["Partly.Lost"], StateShape<Around>.LostMembers);
        Assert.Empty(StateShape<Whole>.LostMembers);
        Assert.Empty(StateShape<Positional>.LostMembers);
    }

    private static class First
    {
        internal sealed class State
        {
            public int Sum { get; set; }
        }
    }

    private static class OneMore
    {
        internal sealed class State
        {
            public int Sum { get; set; }

            public int Count { get; set; }
        }
    }

    private static class OtherType
    {
        internal sealed class State
        {
            public long Sum { get; set; }
        }
    }

    private static class Listed
    {
        internal sealed class State
        {
            public List<int> Sum { get; set; } = [];
        }
    }

    private static class Deep
    {
        internal sealed class Part
        {
            public int Number { get; set; }
        }

        internal sealed class State
        {
            public Dictionary<string, Part> Parts { get; set; } = [];
        }
    }

    private static class DeepOneMore
    {
        internal sealed class Part
        {
            public int Number { get; set; }

            public int More { get; set; }
        }

        internal sealed class State
        {
            public Dictionary<string, Part> Parts { get; set; } = [];
        }
    }

    private static class Renumbered
    {
        [SnapshotSchema(2)]
        internal sealed class State
        {
            public int Sum { get; set; }
        }
    }

    private static class Zoo
    {
        internal abstract class Animal
        {
            public string Name { get; set; } = "";
        }

        internal sealed class Cat : Animal
        {
            public int Lives { get; set; }
        }

        internal sealed class State
        {
            public List<Animal> Animals { get; set; } = [];
        }
    }

#pragma warning disable ORLEANS0004 // That a member lacks an id is what the test is about.
    [GenerateSerializer]
#pragma warning restore ORLEANS0004
    public sealed class Partly
    {
        [Id(0)]
        public int Kept { get; set; }

        public int Lost { get; set; }
    }

    [GenerateSerializer]
    public sealed class Around
    {
        [Id(0)]
        public List<Partly> Parts { get; set; } = [];
    }

    [GenerateSerializer]
    public sealed class Whole
    {
        [Id(0)]
        private int _hidden;

        [Id(1)]
        public string Shown { get; set; } = "";

        [field: NonSerialized]
        public int Passing { get; set; }

        public int Hide() => ++_hidden;
    }

    [GenerateSerializer]
    public sealed record Positional(int Sum, string Name);
}
