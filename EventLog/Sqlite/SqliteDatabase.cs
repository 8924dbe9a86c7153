using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OrleansEs.EventLog.Sqlite;

/// <summary>
/// The database file: opened once per process, held against other processes, checked and installed before anybody reads.
/// </summary>
/// <remarks>
/// Invariants: every connection runs WAL, synchronous=FULL, foreign keys on, and was asked whether it does; no second
/// process writes the file while this one lives; a file that is not ours, or of another schema or partition count, is
/// refused unchanged.
/// </remarks>
internal sealed class SqliteDatabase : IDisposable
{
    // How long a statement waits for a lock that another program (the sqlite3 shell, a backup) holds.
    private const int BusyTimeoutMs = 5_000;

    // Pages of the write-ahead log before they are brought home, 64 MiB: many commands change the same pages, and each of these is
    // written home once for all of them. SQLite's own 1,000 pages are full after 250 commands.
    private const int CheckpointPages = 16_384;

    // The writer's pages in memory, 32 MiB (a minus says KiB): SQLite's own 2 MiB do not hold the ends and the middles of the indexes
    // that one group of commands changes, so it reads pages again and writes some of them before the commit.
    private const int WriterCacheKiB = -32 * 1_024;

    // What a savepoint would have to take back is kept in memory. A file for it would be written for every group, and take more time
    // than the log itself: it is as long as the pages that change, and is made and thrown away each time.
    private const int TempStoreMemory = 2;

    private readonly FileStream _lock;

    private SqliteDatabase(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>What was fixed when the log was created.</summary>
    public LogIdentity Identity { get; private set; } = null!;

    /// <summary>Opens the file, and creates it and its directory when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="partitions">How many partitions the log must have; null for 8 of a new one, and any of another.</param>
    /// <exception cref="EventLogStartException">It cannot be opened like that; the message says the remedy.</exception>
    public static SqliteDatabase Open(string path, int? partitions)
    {
        var full = SqliteFile.Resolve(path);
        var database = new SqliteDatabase(full, SqliteFile.Lock(full));
        try
        {
            database.Identity = database.Install(partitions);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection and makes sure that it keeps the promises above.</summary>
    public SqliteConnection Connect(SqliteAccess access)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = access == SqliteAccess.Read ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            DefaultTimeout = BusyTimeoutMs / 1_000,
            ForeignKeys = true,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            Promise(connection, "busy_timeout", BusyTimeoutMs.ToString(CultureInfo.InvariantCulture));
            Promise(connection, "journal_mode", "wal");
            Promise(connection, "synchronous", "2");
            Promise(connection, "foreign_keys", "1");
            Promise(connection, "wal_autocheckpoint", CheckpointPages.ToString(CultureInfo.InvariantCulture));
            if (access == SqliteAccess.Write)
            {
                Promise(connection, "cache_size", WriterCacheKiB.ToString(CultureInfo.InvariantCulture));
                Promise(connection, "temp_store", TempStoreMemory.ToString(CultureInfo.InvariantCulture));
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Leaves one file behind, with nothing beside it, where nobody else has it open; and lets go of it.</summary>
    public void Dispose()
    {
        try
        {
            // The last connection that closes brings the -wal file home; the readers', which may not write, cannot do it.
            if (Identity is not null && File.Exists(Path))
                Connect(SqliteAccess.Write).Dispose();
        }
        catch (Exception failure) when (failure is SqliteException or EventLogStartException)
        {
            // A full or broken disk. What was committed stays in the -wal file, and the next start reads it from there.
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private LogIdentity Install(int? partitions)
    {
        try
        {
            using var session = new SqliteSession(Connect(SqliteAccess.Write));
            return SqliteSchema.Install(session, Path, partitions);
        }
        catch (SqliteException failure)
        {
            throw SqliteFailures.AtStart(Path, failure);
        }
    }

    // A pragma that is not understood is ignored in silence: only reading it back tells.
    private void Promise(SqliteConnection connection, string pragma, string value)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"pragma {pragma}";
        if (Is(command.ExecuteScalar()))
            return;
        command.CommandText = $"pragma {pragma} = {value}";
        command.ExecuteNonQuery();
        command.CommandText = $"pragma {pragma}";
        var found = command.ExecuteScalar();
        if (!Is(found))
            throw new EventLogStartException(
                $"The database '{Path}' runs with {pragma} = {found}, not {value}.",
                "Put it on a local file system that supports write-ahead logging and locks.");

        bool Is(object? found) => Convert.ToString(found, CultureInfo.InvariantCulture) == value;
    }
}
