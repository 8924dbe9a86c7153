namespace OrleansEs.EventLog.Sqlite;

/// <summary>The file on the disk: where it is, and who holds it.</summary>
internal static class SqliteFile
{
    /// <summary>The real file behind a path, so that one file has one lock however it is named. Makes its directory.</summary>
    /// <exception cref="EventLogStartException">The path is no file that can be made.</exception>
    public static string Resolve(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            if (Directory.Exists(full))
                throw new EventLogStartException(
                    $"'{full}' is a directory, not a database file.", "Name a file in it, such as 'orleanses.db'.");
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CannotWrite(path, failure);
        }
    }

    /// <summary>Takes the lock file beside the database; the system frees it when the process ends, however it ends.</summary>
    /// <exception cref="EventLogStartException">Another process holds it, or it cannot be made.</exception>
    public static FileStream Lock(string database)
    {
        var path = database + ".lock";
        try
        {
            RefuseReadOnly(database);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        // What FileShare.None answers to the second one is a bare IOException; other troubles have types of their own.
        catch (IOException failure) when (failure.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new EventLogStartException(
                $"The database '{database}' is in use by another process.",
                "Stop that silo, or name another file.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(database, failure);
        }
    }

    private static void RefuseReadOnly(string database)
    {
        if (File.Exists(database) && File.GetAttributes(database).HasFlag(FileAttributes.ReadOnly))
            throw CannotWrite(database, null);
    }

    private static EventLogStartException CannotWrite(string path, Exception? failure) => new(
        $"The database '{path}' cannot be written: {failure?.Message.TrimEnd('.') ?? "the file is read-only"}.",
        "Make the file and its directory writable for this user, or name another file.", failure);
}
