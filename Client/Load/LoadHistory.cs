using System.Text.Json;
using OrleansEs.Client.Json;

namespace OrleansEs.Client.Load;

/// <summary>What became of every command, a JSON line each, written when its caller knows it.</summary>
internal sealed class LoadHistory : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter? _file;

    /// <param name="path">The file; null keeps no history.</param>
    /// <exception cref="ClientException">The file cannot be written.</exception>
    public LoadHistory(string? path)
    {
        if (path is null)
            return;
        try
        {
            _file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ClientException.Input(
                $"--history '{path}' cannot be written ({error.Message.TrimEnd('.')})", "name a file that can");
        }
    }

    /// <summary>Writes one line.</summary>
    public void Write(HistoryJson entry)
    {
        if (_file is null)
            return;
        var line = JsonSerializer.Serialize(entry, ClientJson.Plain.HistoryJson);
        lock (_gate)
            _file.WriteLine(line);
    }

    public void Dispose() => _file?.Dispose();
}
