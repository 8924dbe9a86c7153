using System.Text.Json.Nodes;

namespace OrleansEs.Faults.Harness;

/// <summary>The history that <c>load</c> writes.</summary>
internal static class LoadHistory
{
    /// <summary>What became of one command.</summary>
    public sealed record Line(Guid CommandId, string Journal, string Kind, string Status, long Version, string? Token)
    {
        public bool IsDone => Status == "done";
    }

    /// <summary>Reads the lines that are complete.</summary>
    public static IReadOnlyList<Line> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        return
        [
            .. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!)
                .Select(line => new Line(
                    (Guid)line["commandId"]!, (string)line["journal"]!, (string)line["kind"]!, (string)line["status"]!,
                    (long)line["version"]!, (string?)line["token"])),
        ];
    }

    /// <summary>Waits until it has so many lines.</summary>
    public static Task Grows(string path, int lines) => Eventually.Holds(
        () => Task.FromResult(Read(path).Count >= lines), TimeSpan.FromSeconds(90), $"{path} has {lines} lines");
}
