using OrleansEs.EventLog.ReadModels;

namespace OrleansEs.Client.Json;

// How a verification of a read model ended. Names are frozen.
internal sealed record VerificationJson(
    string Name, int Build, string Status, long Events, IReadOnlyList<VerifiedTableJson> Tables, long DifferenceCount,
    IReadOnlyList<RowDifferenceJson> Differences, DivergingEventJson? FirstEvent, IReadOnlyList<string> Positions,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt)
{
    public static VerificationJson Of(ReadModelVerification found) => new(
        found.Name, found.Build, found.Phase, found.Events,
        [.. found.Tables.Select(table => new VerifiedTableJson(table.Table, table.Rows))], found.DifferenceCount,
        [.. found.Differences.Select(row => new RowDifferenceJson(
            row.Table, row.Key, row.Kind,
            [.. row.Columns.Select(column => new ColumnDifferenceJson(column.Column, column.Live, column.Replayed))]))],
        found.FirstEvent is { } first
            ? new DivergingEventJson(first.At.ToString(), first.Journal.Value, first.Version, first.Type)
            : null,
        [.. found.Positions.Select(position => position.ToString())], found.StartedAt, found.EndedAt);
}

internal sealed record VerifiedTableJson(string Table, long Rows);

internal sealed record RowDifferenceJson(string Table, string Key, string Kind, IReadOnlyList<ColumnDifferenceJson> Columns);

internal sealed record ColumnDifferenceJson(string Column, string? Live, string? Replayed);

internal sealed record DivergingEventJson(string Token, string Journal, long Version, string Type);
