using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// What SQLite's result codes mean for us. Messages are for people and never looked at.
/// </summary>
internal static class SqliteFailures
{
    /// <summary>
    /// True when a commit that failed like this is certainly not in the database, now and after a crash.
    /// </summary>
    /// <remarks>
    /// SQLite undoes a failed commit, so no reader of this process ever sees it. But after an I/O error the commit record
    /// may lie in the WAL file, and a recovery after a crash could find it there until the next commit overwrites it.
    /// A refusal that comes before the record is written (full, busy, read-only, a constraint) leaves nothing behind. Memory
    /// or a file handle may also run out after the record, when it is entered into the WAL's index: these say nothing.
    /// </remarks>
    public static bool CertainlyNotCommitted(SqliteException failure) => failure.SqliteErrorCode
        is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_READONLY or raw.SQLITE_CONSTRAINT;

    /// <summary>True when the database is to blame for a failure, and not what was written.</summary>
    public static bool IsOwn(Exception failure) => failure switch
    {
        SqliteException error => error.SqliteErrorCode
            is not (raw.SQLITE_CONSTRAINT or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE),
        EventLogUnavailableException or OutcomeUnknownException or IOException or TimeoutException or OutOfMemoryException => true,
        { InnerException: { } inner } => IsOwn(inner),
        _ => false,
    };

    /// <summary>Why the file cannot be opened, with what to do about it.</summary>
    public static EventLogStartException AtStart(string path, SqliteException failure) => failure.SqliteErrorCode switch
    {
        raw.SQLITE_NOTADB => new(
            $"The file '{path}' is not a SQLite database.", "Name another file; this one was left as it is.", failure),
        raw.SQLITE_CORRUPT => new(
            $"The database '{path}' is damaged: {failure.Message}.", "Restore it from a backup.", failure),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => new(
            $"The database '{path}' cannot be opened for writing: {failure.Message}.",
            "Make the file and its directory writable for this user, or name another file.", failure),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(
            $"The database '{path}' is locked by another program.", "Close that program, and start again.", failure),
        raw.SQLITE_FULL => new(
            $"There is no space left for the database '{path}'.", "Free some space, or name a file on another disk.", failure),
        _ => new($"The database '{path}' cannot be opened: {failure.Message}.", "Name another file.", failure),
    };
}
