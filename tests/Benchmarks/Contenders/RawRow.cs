using System.Globalization;
using OrleansEs.EventLog;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>An event as a raw contender writes it: every column of our log, filled as our log fills it.</summary>
/// <param name="Journal">The account.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Position">The place in the partition.</param>
/// <param name="Version">The place in the journal.</param>
/// <param name="Cents">The amount.</param>
internal readonly record struct RawRow(string Journal, int Partition, long Position, long Version, long Cents)
{
    public const string Columns =
        "partition, position, journal, version, command_id, command_index, type, type_version, format, payload, metadata, recorded_at";

    /// <summary>The event type.</summary>
    public const string Type = "account.deposited";

    /// <summary>The command.</summary>
    public Guid CommandId { get; } = Guid.CreateVersion7();

    /// <summary>The event itself.</summary>
    public string Payload => string.Create(
        CultureInfo.InvariantCulture, $$"""{"amount":"{{Cents / 100m:0.00}} EUR","memo":"{{Memos.Of(Cents)}}"}""");

    /// <summary>As long as ours.</summary>
    public string Metadata =>
        $$"""{"actor":"benchmark","requestHash":"{{CommandId.ToString("N")[..22]}}"}""";

    /// <summary>The time now.</summary>
    public long RecordedAt { get; } = StoredValues.FromTime(TimeProvider.System.GetUtcNow());
}

/// <summary>Gives out positions and versions in memory: the raw contenders check nothing, which is what makes them the floor.</summary>
/// <param name="accounts">How many accounts.</param>
/// <param name="heads">The last position of each partition; null for an empty log.</param>
/// <param name="version">The version that each account has.</param>
internal sealed class RawLog(int accounts = Accounts.Count, IReadOnlyList<long>? heads = null, long version = 0)
{
    /// <summary>As many as our log has.</summary>
    public const int Partitions = 8;

    private readonly JournalId[] _journals =
        [.. Enumerable.Range(0, accounts).Select(number => JournalId.Of("account", Accounts.Id(number)))];

    private readonly long[] _versions = [.. Enumerable.Repeat(version, accounts)];
    private readonly long[] _heads = [.. heads ?? new long[Partitions]];

    /// <summary>The next event of an account.</summary>
    public RawRow Next(int account, long cents)
    {
        var partition = _journals[account].PartitionOf(Partitions);
        return new RawRow(_journals[account].Value, partition, Interlocked.Increment(ref _heads[partition]),
            Interlocked.Increment(ref _versions[account]), cents);
    }

    /// <summary>What is stored, in the order of the accounts.</summary>
    public IReadOnlyList<Stored> InOrder(IReadOnlyDictionary<string, Stored> log) =>
        [.. _journals.Select(journal => log.GetValueOrDefault(journal.Value))];
}
