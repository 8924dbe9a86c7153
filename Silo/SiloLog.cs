namespace OrleansEs.Silo;

/// <summary>What is logged: to standard error, and while the silo stops next to nothing.</summary>
internal sealed class SiloLog(SiloOptions options, bool embedded)
{
    private volatile bool _stopping;

    public void Configure(ILoggingBuilder logging)
    {
        var levelMin = options.Verbose ? LogLevel.Information : embedded ? LogLevel.Error : LogLevel.Warning;
        logging.SetMinimumLevel(levelMin);
        // What is under way when the silo stops is refused in many words by each layer; its caller is told, and goes on later.
        UntilStopping(logging, "Orleans.", levelMin);
        UntilStopping(logging, "Polly", levelMin);
        // At its first round it takes the machine's uptime for a pause, and warns of it.
        UntilStopping(logging, "Orleans.Runtime.Watchdog", options.Verbose ? LogLevel.Information : LogLevel.Error);
        // A client that goes away is no event, however it goes.
        UntilStopping(logging, "Orleans.Runtime.Messaging.Connection", options.Verbose ? LogLevel.Information : LogLevel.Error);
        // Standard output carries the ready line, or the client's answer, and nothing else.
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>From the host's stop on, only what is critical is logged, unless everything is.</summary>
    public void FallSilentWith(IHostApplicationLifetime lifetime) =>
        lifetime.ApplicationStopping.Register(() => _stopping = !options.Verbose);

    private void UntilStopping(ILoggingBuilder logging, string category, LogLevel levelMin) =>
        logging.AddFilter(category, level => level >= (_stopping ? LogLevel.Critical : levelMin));
}
