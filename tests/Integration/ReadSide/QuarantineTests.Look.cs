using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;

namespace OrleansEs.Integration.ReadSide;

/// <summary>How these tests start, and what they look at.</summary>
public abstract partial class QuarantineTests
{
    private Task<ReadSideHost> Start(
        TestStore store, Action<ReadModelOptions> options, Action<ISiloBuilder>? more = null) => ReadSideHost.Start(
            store, options,
            silo =>
            {
                silo.Services.AddSingleton(_fault);
                more?.Invoke(silo);
            });

    private static Task<TimeSpan> NothingParked(ReadSideHost host) => Eventually.Holds(
        async () => (await host.Control.Parked(10)).Count == 0, ReadSideHost.Long, "nothing parked");

    private static Task<TimeSpan> Quarantined(ReadSideHost host) => Eventually.Holds(
        async () => (await host.Control.Parked(10)) is [{ State: ParkedEvent.Quarantined }], ReadSideHost.Long, "quarantined");

    private static async Task<int> ParkedInAnswers(ReadSideHost host) => (await host.Reader.Query(
        ReadSideHost.ReadModel, [], TimeSpan.Zero, ReadSideHost.ReadRows, Cancellation)).Parked;

    private static Task<IReadOnlyList<string>> Decisions(ReadSideHost host) =>
        host.Services.GetRequiredService<IReadModelStore>().Query(
            async connection =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText =
                    "select decision, actor, journal, version, build, reason from read_model_decision order by number";
                return await command.ReadAll(
                    row => $"{row.GetString(0)} by {row.GetString(1)} of {row.GetString(2)}"
                        + (row.IsDBNull(3) ? "" : $" {row.GetInt64(3)}") + $" in build {row.GetInt32(4)}"
                        + (row.IsDBNull(5) ? "" : $": {row.GetString(5)}"),
                    Cancellation);
            },
            Cancellation);

    private static Task<int> Execute(ReadSideHost host, string sql) =>
        host.Services.GetRequiredService<IReadModelStore>().Write(
            async transaction =>
            {
                await using var command = transaction.Connection!.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = sql;
                return await command.ExecuteNonQueryAsync(Cancellation);
            },
            Cancellation);

    private static (string Sick, string Well) TwoOfOnePartition() => KeysOfPartition(5, 2) switch { var keys => (keys[0], keys[1]) };

    private static string[] KeysOfPartition(int partition, int count) =>
        [.. Enumerable.Range(0, 1_000).Select(number => $"key-{number}")
            .Where(key => JournalId.Of("test", key).PartitionOf(ReadSideHost.Partitions) == partition).Take(count)];
}
