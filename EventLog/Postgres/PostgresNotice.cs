using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OrleansEs.EventLog.Postgres;

/// <summary>What one silo tells the others: who it is, and to which partitions it committed. It says so as text.</summary>
/// <param name="Sender">Tells this silo from every other one.</param>
/// <param name="Partitions">The partitions; they carry no more than that there is something to read.</param>
// The longest one, of all 1,024 partitions that a log may have, has 5,100 characters; the server takes 8,000.
internal sealed record PostgresNotice(string Sender, IReadOnlyList<int> Partitions)
{
    /// <summary>The channel on which it is told, of the log's database.</summary>
    public const string Channel = "orleanses_committed";

    /// <summary>Reads a notice, or says no: anybody may notify on any channel.</summary>
    /// <param name="text">What was heard.</param>
    /// <param name="partitions">How many partitions the log has.</param>
    /// <param name="notice">The notice.</param>
    public static bool TryParse(string text, int partitions, [NotNullWhen(true)] out PostgresNotice? notice)
    {
        notice = null;
        if (text.Split(' ') is not [{ Length: > 0 } sender, var list])
            return false;
        var told = new List<int>();
        foreach (var part in list.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var partition) || partition >= partitions)
                return false;
            told.Add(partition);
        }
        notice = new PostgresNotice(sender, told);
        return true;
    }

    /// <summary>The text that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{Sender} {string.Join(',', Partitions)}";
}
