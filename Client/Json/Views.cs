namespace OrleansEs.Client.Json;

// The JSON that programs read. The names are frozen; amounts are text, since JSON numbers lose digits in many readers.

// Retryable: the same command, sent again with the same id, may end otherwise.
internal sealed record RefusalJson(string Code, string Message, string Remedy, bool Retryable);

internal sealed record CommandJson(
    string Id, string Status, Guid CommandId, bool Duplicate, long Version, string? Token, RefusalJson? Refusal);

internal sealed record BalanceJson(string Asset, string Balance, string Held, string Available);

internal sealed record AccountJson(
    string Id, string Owner, string Status, long Version, IReadOnlyList<string> Assets, string Overdraft,
    IReadOnlyList<BalanceJson> Balances, string? Token);

internal sealed record PostingJson(string Account, string Amount, string Asset);

internal sealed record TransferJson(
    string Id, string Status, IReadOnlyList<PostingJson> Postings, string? Memo, RefusalJson? Failure, long Version,
    DateTimeOffset CreatedAt, DateOnly EffectiveDate, string? CorrelationId, string? Token);

internal sealed record TransferResultJson(
    string Id, string Status, Guid CommandId, bool Duplicate, long Version, string? Token, IReadOnlyList<string> Tokens,
    RefusalJson? Refusal, TransferJson? Transfer);

internal sealed record PageJson<T>(
    IReadOnlyList<T> Items, string? Cursor, IReadOnlyList<string> Positions, bool Stale, int Parked);

internal sealed record ListJson<T>(IReadOnlyList<T> Items);

internal sealed record StatementLineJson(
    DateOnly EffectiveDate, long Version, string Type, string? Reference, string? Memo, string Amount, string Balance);

internal sealed record StatementJson(
    string Account, string Asset, string Opening, IReadOnlyList<StatementLineJson> Lines, string Closing);

internal sealed record StatementsJson(
    string Account, IReadOnlyList<StatementJson> Statements, IReadOnlyList<string> Positions, bool Stale, int Parked);

internal sealed record TotalsGroupJson(
    string Group, string Asset, long Count, string Sum, string Average, string Minimum, string Maximum);

internal sealed record ZeroSumJson(string Asset, string Accounts, string World, string InTransit, string Difference);

internal sealed record TotalsJson(
    IReadOnlyList<TotalsGroupJson> Groups, IReadOnlyList<ZeroSumJson> Sums, IReadOnlyList<string> Positions, bool Stale,
    int Parked);

internal sealed record EntryJson(
    string Journal, long Version, string Token, string Type, DateTimeOffset RecordedAt, DateOnly EffectiveDate, string? Actor,
    Guid CommandId, string? CorrelationId, string? CausationId, System.Text.Json.JsonElement Content);

internal sealed record PartJson(
    int Partition, long Position, long Head, long Behind, double LagSeconds, long Rate, int Parked, string State, string? Error,
    string Silo);

internal sealed record BuildJson(
    int Build, int Version, string State, long Position, long Head, long Behind, long Rate, DateTimeOffset ChangedAt,
    IReadOnlyList<long> Floor);

internal sealed record ReadModelJson(
    string Name, int Version, int Build, bool Paused, string State, long Position, long Head, long Behind, double LagSeconds,
    long Rate, int Parked, IReadOnlyList<PartJson> Parts, IReadOnlyList<BuildJson> Builds);

internal sealed record ParkedJson(
    string ReadModel, string Journal, long Version, string Token, string Type, string State, int Attempts, string Error,
    DateTimeOffset Since, DateTimeOffset? NextAt, int Build);

internal sealed record DecisionJson(string ReadModel, string Journal, string Status, long? Version);

internal sealed record PartitionJson(int Partition, long Head);

internal sealed record LogStatsJson(Guid LogId, int Schema, long Events, IReadOnlyList<PartitionJson> Partitions);

internal sealed record LogCopyJson(Guid LogId, long Copied, long Events, IReadOnlyList<PartitionJson> Partitions);

internal sealed record LoadJson(
    string Mix, int Accounts, int Callers, double Seconds, int Seed, string Run, double CommandsPerSecond,
    double P50Ms, double P95Ms, double P99Ms, long Acknowledged, long Refused, long Unavailable, long Unknown,
    long Shed, long Spared, double ShedP99Ms, long NotBegun);

internal sealed record HistoryJson(
    Guid CommandId, string Journal, string Kind, string Status, string? Token, long Version, bool Duplicate, int Attempts,
    string? Code);

internal sealed record ImportFailureJson(int Line, string Message, string Remedy);

internal sealed record ImportJson(
    string File, int Opened, int Posted, int AlreadyThere, int Skipped, IReadOnlyList<ImportFailureJson> Failures,
    RefusalJson? Stopped, IReadOnlyList<string> Tokens);

internal sealed record ExportJson(string File, string Format, long Entries, IReadOnlyList<string> Positions);

internal sealed record DemoJson(string Run, string Place, bool Balanced, IReadOnlyList<ZeroSumJson> Sums);

/// <summary>The file that <c>transfer create --file</c> reads.</summary>
internal sealed record PostingsFileJson(string? Id, string? Memo, IReadOnlyList<PostingJson>? Postings);
