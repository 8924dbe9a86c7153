using System.Data.Common;
using System.Runtime.CompilerServices;

namespace OrleansEs.EventLog.ReadModels;

// The commands of a connection, kept with what the driver prepared for them: SQLite takes as long to prepare a short query as to run it.
// Invariants: a connection, and with it its commands, is used by one query at a time; a command is kept for as long as its connection
//   at most, and not more than so many of one connection.
internal sealed class KeptCommands
{
    // More than a silo has texts of queries: one for each combination of filters that is in use.
    private const int CountMax = 128;

    private static readonly ConditionalWeakTable<DbConnection, KeptCommands> s_ofConnections = [];

    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    // The command of a text, in the transaction that is under way on its connection. It is not disposed of by who uses it.
    public static DbCommand Of(DbConnection connection, string text)
    {
        var commands = s_ofConnections.GetOrCreateValue(connection)._commands;
        var next = connection.Command(text);
        if (commands.TryGetValue(text, out var kept))
        {
            // A new command belongs to the transaction of its connection.
            kept.Transaction = next.Transaction;
            next.Dispose();
            return kept;
        }
        if (commands.Count == CountMax)
        {
            foreach (var one in commands.Values)
                one.Dispose();
            commands.Clear();
        }
        commands.Add(text, next);
        return next;
    }
}
