using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace OrleansEs.Faults.Harness;

/// <summary>
/// One connection through the proxy. It follows the protocol so far that it knows which answers belong to an append batch: what a
/// client sends up to a Sync (or in one simple query) is one cycle, and the server ends its answer to each with ReadyForQuery.
/// </summary>
internal sealed class ProxiedConnection(TcpClient client, TcpClient server, Func<CutPlan?> plan, Func<Task> gate)
{
    private readonly ConcurrentQueue<bool> _cycles = new();
    private readonly HashSet<string> _appendStatements = new(StringComparer.Ordinal);
    private int _isReset;

    /// <summary>Passes bytes both ways until one side has ended or the connection is cut.</summary>
    public async Task Run()
    {
        try
        {
            await Task.WhenAny(Ended(FromClient()), Ended(FromServer())).Unwrap();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Ends both sides at once. The client sees a reset, as from a network that broke.</summary>
    public void Reset()
    {
        // Whoever drops it and its own end may come here at the same time, and a client that is closed has no state to set.
        if (Interlocked.Exchange(ref _isReset, 1) == 1)
            return;
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        server.Close();
    }

    // A connection that breaks is what this class is for.
    private static async Task Ended(Task pump)
    {
        try
        {
            await pump;
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task FromClient()
    {
        var reader = new MessageReader(client.GetStream(), startsUntyped: true);
        using var held = new MemoryStream();
        var append = false;
        while (await reader.Next() is { } message)
        {
            held.Write(message.Whole.Span);
            append |= IsAppend(message.Type, message.Body.Span);
            if (message.Type is 'P' or 'B' or 'D' or 'E' or 'C')
                continue;
            if (message.Type is 'S' or 'Q')
            {
                if (append && plan()?.ShouldCut(CutPoint.BeforeForwarding) == true)
                    return;
                _cycles.Enqueue(append);
                append = false;
            }
            await PassOn(held, server);
        }
    }

    private async Task FromServer()
    {
        var reader = new MessageReader(server.GetStream(), startsUntyped: false);
        using var held = new MemoryStream();
        var (written, failed) = (false, false);
        while (await reader.Next() is { } message)
        {
            held.Write(message.Whole.Span);
            failed |= message.Type == 'E';
            if (message.Type == 'Z')
            {
                written |= _cycles.TryDequeue(out var append) && append;
                if (message.Body.Span[0] == (byte)'I')
                {
                    if (written && !failed && plan()?.ShouldCut(CutPoint.AfterCommit) == true)
                        return;
                    (written, failed) = (false, false);
                }
            }
            // The answer to an append is held until it is known whether the silo may have it.
            if (_cycles.TryPeek(out var answersAppend) && answersAppend)
                continue;
            if (!reader.HasMore || held.Length > 64 * 1_024)
                await PassOn(held, client);
        }
    }

    private async Task PassOn(MemoryStream held, TcpClient to)
    {
        await gate();
        await to.GetStream().WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length));
        held.SetLength(0);
    }

    private bool IsAppend(char type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case 'Q':
                return InsertsEvents(Text(ref body));
            case 'P':
                var prepared = Text(ref body);
                if (InsertsEvents(Text(ref body)))
                    _appendStatements.Add(prepared);
                else
                    _appendStatements.Remove(prepared);
                return false;
            case 'B':
                _ = Text(ref body);
                return _appendStatements.Contains(Text(ref body));
            default:
                return false;
        }
    }

    // A bulk copies its events first; what moves the heads of its partitions then brings the commit with it.
    private static bool InsertsEvents(string sql) => sql.Contains("insert into log_event", StringComparison.OrdinalIgnoreCase)
        || sql.Contains("update log_partition", StringComparison.OrdinalIgnoreCase);

    private static string Text(ref ReadOnlySpan<byte> body)
    {
        var end = body.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(body[..end]);
        body = body[(end + 1)..];
        return text;
    }
}
