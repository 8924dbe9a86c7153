using System.CommandLine;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Cli;

/// <summary>One verb under way: its options, its output, its deadline and, once asked for, its connection.</summary>
internal sealed class Session(
    ParseResult parse, GlobalOptions globals, Output output, TimeProvider time, CancellationToken cancellation) : IAsyncDisposable
{
    private long _started = time.GetTimestamp();
    private Connection? _connection;

    public Output Output => output;

    public TimeProvider Time => time;

    public CancellationToken Cancellation => cancellation;

    public ParseResult Parse => parse;

    /// <summary>How long the person waits for one answer.</summary>
    public TimeSpan Timeout { get; } = Input.Duration("--timeout", parse.GetValue(globals.Timeout)) ?? TimeSpan.FromSeconds(10);

    /// <summary>What of it is left; at least a little, so that who asks gets an answer and not an argument error.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = Timeout - time.GetElapsedTime(_started);
            return left > TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10);
        }
    }

    /// <summary>The text of an option or argument; null when it was not given.</summary>
    public string? this[Option<string> option] => parse.GetValue(option);

    /// <inheritdoc cref="this[Option{string}]"/>
    public string this[Argument<string> argument] => parse.GetRequiredValue(argument);

    public bool this[Option<bool> option] => parse.GetValue(option);

    /// <summary>The cluster: connects at the first use. Check all input before.</summary>
    public async Task<IGrainFactory> Cluster() => (await Connect()).Grains;

    /// <inheritdoc cref="Cluster"/>
    /// <param name="timeoutMin">Waits at least so long, where --timeout is about something else.</param>
    /// <param name="throttled">False sends commands also while the silos refuse most of them for overload.</param>
    public async Task<Connection> Connect(TimeSpan timeoutMin = default, bool throttled = true) =>
        _connection ??= await Connection.Open(
            ConnectionOptions() with { Throttled = throttled }, Timeout > timeoutMin ? Timeout : timeoutMin, cancellation);

    /// <summary>Where to connect, as the options say.</summary>
    /// <param name="offline">True for what opens the database by itself: then --data names the file.</param>
    public ConnectionOptions ConnectionOptions(bool offline = false)
    {
        var embedded = parse.GetValue(globals.Embedded);
        var gateway = this[globals.Gateway];
        var database = this[globals.Connection];
        if (embedded && gateway is not null)
            throw ClientException.Input("--embedded and --gateway exclude each other", "leave one out");
        if (database is not null && (embedded || gateway is not null))
            throw ClientException.Input($"--connection and {(embedded ? "--embedded" : "--gateway")} exclude each other", "leave one out");
        if (!embedded && !offline && this[globals.Data] is not null)
            throw ClientException.Input("--data is for --embedded", "add --embedded, or leave it out");
        return new ConnectionOptions
        {
            Gateway = Input.Gateway(gateway ?? "127.0.0.1:30000"),
            GatewayGiven = gateway is not null,
            Database = Input.ConnectionString(database ?? (embedded || gateway is not null ? null : ConnectionVariable())),
            Embedded = embedded,
            DataPath = Input.NotEmpty("--data", this[globals.Data]) ?? Path.Combine("data", "orleanses.db"),
            ClusterId = Input.NotEmpty("--cluster-id", this[globals.ClusterId]) ?? "orleanses",
            ServiceId = Input.NotEmpty("--service-id", this[globals.ServiceId]) ?? "orleanses",
        };
    }

    /// <summary>A database that a verb opens by itself, and that its own options name.</summary>
    public ConnectionOptions OfflineAt(string? database, string? file)
    {
        Option[] others = [globals.Gateway, globals.Connection, globals.Embedded, globals.Data];
        if (others.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } given)
            throw ClientException.Input($"{given.Name} has no meaning here", "leave it out");
        return new ConnectionOptions { Database = database, DataPath = file ?? "" };
    }

    /// <summary>Uses a connection that somebody else opened and this session closes.</summary>
    public void Use(Connection connection) => _connection = connection;

    /// <summary>Waits for an answer to a query, as long as the person waits.</summary>
    public Task<T> Ask<T>(Task<T> answer) => answer.WaitAsync(Left, time, cancellation);

    /// <summary>
    /// Sends a command with what is left of the timeout; an answer that does not come leaves its outcome unknown.
    /// </summary>
    public async Task<T> Send<T>(CommandHeader header, Func<CommandHeader, Task<T>> send)
    {
        try
        {
            // The server answers by itself before the deadline; the rest is for the way.
            var answer = send(header with { Timeout = Left * 0.9 });
            return await answer.WaitAsync(Left, time, cancellation);
        }
        catch (Exception error) when (error is GatewayTooBusyException or LimitExceededException)
        {
            // Both are said before the command reaches its grain.
            throw ClientException.Unavailable(
                $"the silo has too much to do ({error.Message.TrimEnd('.')})",
                $"nothing was done; try again later with --command-id {header.CommandId}");
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // A silo that died, a gateway that went away, a connection that broke, no answer in time: what was sent may have
            // been done before any of these, and no kind of error says that it was not.
            throw new ClientException(
                ExitCodes.Unknown, RefusalCodes.OutcomeUnknown, $"the answer was lost ({error.Message.TrimEnd('.')})",
                $"retry with --command-id {header.CommandId}: it tells the truth and is never done twice");
        }
    }

    /// <summary>Lets the timeout begin anew: a verb of many steps waits that long for each.</summary>
    public void Renew() => _started = time.GetTimestamp();

    public async ValueTask DisposeAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    // The variables that name the silo's database, in the same order.
    private static string? ConnectionVariable() =>
        Environment.GetEnvironmentVariable("ORLEANSES_CONNECTION")
        ?? Environment.GetEnvironmentVariable("ConnectionStrings__EventLog");
}
