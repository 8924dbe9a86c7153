using System.Globalization;

namespace OrleansEs.EventLog.ReadModels;

/// <summary>One partition's share of a build of a read model: the unit that has a checkpoint and a grain.</summary>
/// <param name="Name">The read model.</param>
/// <param name="Build">The number of the build.</param>
/// <param name="Partition">The partition of the log.</param>
public readonly record struct ReadModelPart(string Name, int Build, int Partition)
{
    /// <summary>The key of its grain and of its stream: <c>accounts/1/3</c>.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Name}/{Build}/{Partition}");

    /// <summary>The part that a key names.</summary>
    /// <exception cref="ArgumentException">It is not of the form of a key.</exception>
    public static ReadModelPart Parse(string key) =>
        key.Split('/') is [var name, var build, var partition]
        && int.TryParse(build, NumberStyles.None, CultureInfo.InvariantCulture, out var buildNumber)
        && int.TryParse(partition, NumberStyles.None, CultureInfo.InvariantCulture, out var partitionNumber)
            ? new ReadModelPart(name, buildNumber, partitionNumber)
            : throw new ArgumentException($"'{key}' is no part of a read model; one looks like accounts/1/3.");
}

/// <summary>How far a part has come.</summary>
/// <param name="Position">The position up to which everything is applied, but for the journals that are parked.</param>
/// <param name="Epoch">
/// How often a journal of it was parked or taken back: whoever commits must know all that are parked, and shows it by this.
/// </param>
/// <param name="Parked">How many journals are parked.</param>
public readonly record struct ReadModelCheckpoint(long Position, long Epoch, int Parked);
