using System.Data.Common;
using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Integration.ReadSide;

[GenerateSerializer, Immutable, Alias("test.added")]
internal sealed record Added([property: Id(0)] long Amount);

[GenerateSerializer, Immutable, Alias("test.ignored")]
internal sealed record Ignored([property: Id(0)] string Text);

/// <summary>
/// Counts and sums, and folds all amounts into a number that tells whether one was missed, repeated or out of order.
/// </summary>
internal sealed class TallyProjection(TallyFault? fault = null) : IProjection
{
    public string Name => "tally";

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [typeof(Added)];

    public string Schema(SqlDialect dialect) =>
        "create table if not exists tally_1 (journal text primary key, count bigint, sum bigint, fold bigint)";

    public async ValueTask Apply(IReadOnlyList<ProjectedEvent> events, DbTransaction transaction, CancellationToken cancellation)
    {
        foreach (var projected in events)
        {
            var amount = ((Added)projected.Content!).Amount;
            if (amount == fault?.PoisonAmount)
                throw new InvalidOperationException($"cannot take {amount}");
            await using var command = transaction.Connection!.CreateCommand();
            command.Transaction = transaction;
            command.CommandText =
                """
                insert into tally_1 (journal, count, sum, fold) values (@journal, 1, @amount, @amount)
                on conflict (journal) do update
                set count = tally_1.count + 1, sum = tally_1.sum + @amount, fold = (tally_1.fold * 31 + @amount) % 1000000007
                """;
            Add(command, "@journal", projected.Committed.Journal.Value);
            Add(command, "@amount", amount);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    public static Tally Fold(IEnumerable<long> amounts) => amounts.Aggregate(
        new Tally(0, 0, 0),
        (tally, amount) => new Tally(
            tally.Count + 1, tally.Sum + amount, tally.Count == 0 ? amount : (tally.Fold * 31 + amount) % 1_000_000_007));

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}

internal sealed record Tally(long Count, long Sum, long Fold);

/// <summary>Makes the projection fail at one amount, until it is repaired.</summary>
internal sealed class TallyFault
{
    public long? PoisonAmount { get; set; }
}
