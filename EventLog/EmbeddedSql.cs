namespace OrleansEs.EventLog;

/// <summary>SQL scripts that are part of the assembly.</summary>
internal static class EmbeddedSql
{
    /// <summary>The text of a script.</summary>
    /// <param name="name">Its folder and file name with dots: <c>Sqlite.Schema.sql</c>.</param>
    public static string Read(string name)
    {
        var assembly = typeof(EmbeddedSql).Assembly;
        using var stream = assembly.GetManifestResourceStream($"OrleansEs.EventLog.{name}")
            ?? throw new InvalidOperationException($"The script '{name}' is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
