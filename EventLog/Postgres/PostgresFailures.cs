using System.Net.Sockets;
using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>What PostgreSQL's error codes mean for us. Messages are for people and never looked at.</summary>
internal static class PostgresFailures
{
    /// <summary>
    /// True when a transaction that failed like this is certainly not in the database: the server said that it ended it, for
    /// a reason that cannot come after a commit.
    /// </summary>
    /// <remarks>
    /// A lost connection says nothing. Neither does a session that was terminated (class 57), nor a cancelled statement: the
    /// server may notice either only after it has committed.
    /// </remarks>
    public static bool CertainlyNotCommitted(Exception failure) => failure switch
    {
        PostgresException { InvariantSeverity: not ("FATAL" or "PANIC") } error =>
            Class(error) is not ("08" or "57" or "58" or "XX" or "F0")
            && error.SqlState is not PostgresErrorCodes.StatementCompletionUnknown,
        // Not a word of the end of the batch was sent, without which the server commits nothing.
        NpgsqlException => false,
        ArgumentException or InvalidCastException or NotSupportedException => true,
        _ => false,
    };

    /// <summary>True when nobody else's change is needed for another try to end otherwise: somebody was faster, or a deadlock.</summary>
    public static bool IsRace(Exception failure) => failure is PostgresException
    {
        SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected,
    };

    /// <summary>True when a lock was not to be had in time.</summary>
    public static bool IsLockTimeout(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>True when one request may be the cause: its values are refused, whatever else is in the batch.</summary>
    public static bool IsBadValue(Exception failure) => failure is ArgumentException
        || (failure is PostgresException error && Class(error) is "22" or "23" or "54");

    /// <summary>True when a statement is refused for what it says, now and at any other time.</summary>
    public static bool IsWrong(Exception failure) =>
        failure is PostgresException error && (Class(error) is "22" or "42" || error.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction);

    /// <summary>True when the connection is gone, so that the others of the pool are likely to be gone as well.</summary>
    public static bool IsConnectionLost(Exception failure) => failure switch
    {
        PostgresException error => Class(error) is "08" or "57" && error.SqlState != PostgresErrorCodes.QueryCanceled,
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException or SocketException or IOException => true,
        _ => false,
    };

    /// <summary>True when the server is to blame for a failure, and not what was written.</summary>
    /// <remarks>
    /// What is written is to blame for bad values (21, 22), broken constraints (23, 27, 44), bad statements (0A, 42, but for missing
    /// rights), what functions and triggers raise (2F, 38, 39, P0), and more of something than the server takes (54).
    /// </remarks>
    public static bool IsOwn(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => true,
        // Whoever wrote went on after a statement had failed.
        PostgresException { SqlState: PostgresErrorCodes.InFailedSqlTransaction } => false,
        PostgresException error => Class(error)
            is not ("0A" or "21" or "22" or "23" or "27" or "2F" or "38" or "39" or "42" or "44" or "54" or "P0"),
        NpgsqlException => true,
        EventLogUnavailableException or OutcomeUnknownException => true,
        SocketException or IOException or TimeoutException or OutOfMemoryException => true,
        { InnerException: { } inner } => IsOwn(inner),
        _ => false,
    };

    /// <summary>The database cannot be used now.</summary>
    /// <param name="database">Its name, for people.</param>
    /// <param name="failure">What the driver said.</param>
    public static EventLogUnavailableException Unavailable(string database, Exception failure) =>
        new($"The database {database} cannot be used now: {Reason(failure)}.", failure);

    /// <summary>True when a start may wait for it: the server is not there yet, or is still starting.</summary>
    public static bool MayPass(Exception failure) => failure switch
    {
        PostgresException error => Class(error) is "08" or "53" or "55" or "57",
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Why the database cannot be opened, with what to do about it.</summary>
    public static EventLogStartException AtStart(string database, Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new(
            $"There is no database {database}.", "Create it (createdb), or name another one.", failure),
        PostgresException error when Class(error) == "28" => new(
            $"The database {database} does not let this user in: {Reason(failure)}.",
            "Correct Username and Password in the connection string.", failure),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => new(
            $"The user may not install the log in {database}: {Reason(failure)}.",
            "Grant it create on the schema, or let its owner start the first silo.", failure),
        PostgresException { SqlState: PostgresErrorCodes.DuplicateTable } => new(
            $"The database {database} holds a table of the log's name, but no log: {Reason(failure)}.",
            "Name another database; this one was left as it is.", failure),
        _ when MayPass(failure) => new(
            $"The database {database} does not answer: {Reason(failure)}.",
            "Start PostgreSQL, or correct Host and Port in the connection string.", failure),
        _ => new($"The database {database} cannot be opened: {Reason(failure)}.", "Correct the connection string.", failure),
    };

    /// <summary>What went wrong, in one line.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        PostgresException error => $"{error.MessageText} ({error.SqlState})",
        { InnerException: TimeoutException } => "no answer in time",
        NpgsqlException { InnerException: { } inner } => inner.Message.TrimEnd('.'),
        _ => failure.Message.TrimEnd('.'),
    };

    private static string Class(PostgresException error) => error.SqlState.Length >= 2 ? error.SqlState[..2] : "";
}
