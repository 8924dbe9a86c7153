using OrleansEs.EventLog.Postgres;
using OrleansEs.Integration.Postgres;

namespace OrleansEs.Integration.Stores;

/// <summary>Position order is commit order: no reader has to guess, wait or skip.</summary>
public sealed class PostgresCommitOrderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(null)]
    public async Task No_reader_passes_an_uncommitted_event_however_the_writer_that_holds_it_ends(int? trustAfter)
    {
        var seed = FaultRun.Seed();
        var count = FaultRun.Size(60, 1_000);
        await using var rounds = await HeldWriterRounds.Create(PostgresAppendText.Default, trustAfter);
        await rounds.Run(count, new Random(seed));
        await rounds.Finish();
        FaultRun.Report(
            "F24 commit order", $"{count} rounds with a held writer; holes, passed or lost events: {rounds.Violations.Count}", seed);
        Assert.Empty(rounds.Violations);
    }

    [Fact]
    public async Task The_same_rounds_catch_positions_that_come_from_a_sequence()
    {
        await using var rounds = await HeldWriterRounds.Create(PlantedSequence(), trustAfter: null);
        await rounds.Run(3, new Random(1));
        Assert.NotEmpty(rounds.Violations);
    }

    [Fact]
    public async Task The_constraints_hold_the_order_even_where_an_end_that_is_remembered_is_not_compared()
    {
        static string Uncompared(string extend) => extend.Replace("and p.head = m.known", "", StringComparison.Ordinal);
        var text = PostgresAppendText.Default with
        {
            Extend = Uncompared(PostgresAppendText.Default.Extend),
            ExtendAlone = Uncompared(PostgresAppendText.Default.ExtendAlone),
        };
        await using var rounds = await HeldWriterRounds.Create(text, trustAfter: 0);
        await rounds.Run(20, new Random(1));
        await rounds.Finish();
        Assert.Empty(rounds.Violations);
    }

    // As many event stores give out positions: from a sequence, before the commit, and without a lock.
    private static PostgresAppendText PlantedSequence()
    {
        var write = PostgresAppendText.Default.Write;
        var from = write.IndexOf("moved as (", StringComparison.Ordinal);
        var to = write.IndexOf("placed as (", StringComparison.Ordinal);
        write = write[..from]
            + "moved as (select p.partition, 0::bigint as base, p.recorded_at from log_partition p), "
            + write[to..].Replace("p.base + 1 + e.command_index", "nextval('planted_position')", StringComparison.Ordinal);
        Assert.Contains("nextval", write, StringComparison.Ordinal);
        return new PostgresAppendText(
            PostgresAppendText.Default.Lock.Replace("for update", "", StringComparison.Ordinal),
            PostgresAppendText.Default.Extend, PostgresAppendText.Default.ExtendAlone, write);
    }
}
