using System.Text.Json.Serialization;
using Orleans.EventSourcing;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.EventLog.Consistency;
using OrleansEs.EventLog.Hosting;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.EventLog.Streaming;

namespace OrleansEs.Integration.Readme;

// <aggregate>
public sealed record TicketOpened(string Title);
public sealed record TicketClosed(string By);

[JsonSerializable(typeof(TicketOpened)), JsonSerializable(typeof(TicketClosed))]
public sealed partial class TicketJson : JsonSerializerContext;

[GenerateSerializer, Alias("tickets.command")]
public sealed record TicketCommand([property: Id(0)] string? Open = null, [property: Id(1)] string? CloseBy = null);

[GenerateSerializer, Alias("tickets.state")]
public sealed record Ticket([property: Id(0)] string? Title, [property: Id(1)] bool Closed);

public interface ITicketGrain : IGrainWithStringKey
{
    Task<string> Do(TicketCommand command, Guid commandId);
}

[GrainType("ticket")]
public sealed class TicketGrain : AggregateGrain<Ticket, TicketCommand, object>, ITicketGrain
{
    protected override Ticket Initial => new(null, false);

    protected override Decision<object> Decide(Ticket ticket, TicketCommand command, CommandContext context) =>
        command switch
        {
            { Open: { } title } when ticket.Title is null => Decision.Accept<object>(new TicketOpened(title)),
            { CloseBy: { } who } when ticket is { Title: not null, Closed: false } =>
                Decision.Accept<object>(new TicketClosed(who)),
            _ => Decision.Refuse<object>("not-now", "The ticket is not in that state.", "Look at it first."),
        };

    protected override Ticket Evolve(Ticket ticket, object @event) => @event switch
    {
        TicketOpened opened => ticket with { Title = opened.Title },
        TicketClosed => ticket with { Closed = true },
        _ => ticket,
    };

    public async Task<string> Do(TicketCommand command, Guid commandId) =>
        await Execute(command, new CommandContext { CommandId = commandId }) switch
        {
            CommandOutcome<object>.Applied applied => applied.Position.ToString(), // the read token
            CommandOutcome<object>.Refused refused => throw new InvalidOperationException(refused.Message),
            _ => "",
        };
}
// </aggregate>

// <read-model>
public sealed class OpenTickets : IProjection
{
    public string Name => "open-tickets";

    public int Version => 1;

    public IReadOnlyCollection<Type> Handles => [typeof(TicketOpened), typeof(TicketClosed)];

    // {ticket} becomes a name of its own for each build, so that a rebuild fills another table beside this one.
    public string Schema(SqlDialect dialect) => "create table {ticket} (id text primary key, title text not null)";

    private static readonly RowStatement Insert = new(
        "insert into {ticket} (id, title) select rows.id, rows.title from rows",
        RowColumn.Text("id"), RowColumn.Text("title"));

    private static readonly RowStatement Delete = new(
        "delete from {ticket} where id in (select rows.id from rows)", RowColumn.Text("id"));

    // A batch is summed up first: what opens and closes in it never becomes a row.
    public ValueTask Apply(IReadOnlyList<ProjectedEvent> events, RowWrites writes, CancellationToken cancellation)
    {
        var opened = new Dictionary<string, string>();
        foreach (var (committed, content) in events)
        {
            if (content is TicketOpened ticket)
                opened.Add(committed.Journal.Key, ticket.Title);
            else if (!opened.Remove(committed.Journal.Key))
                writes.Add(Delete, committed.Journal.Key);
        }
        foreach (var (id, title) in opened)
            writes.Add(Insert, id, title);
        return default;
    }

    // Makes one ticket's rows anew possible, without a rebuild of all: readmodel rebuild open-tickets --key ticket/t-1
    public ValueTask Remove(JournalId journal, RowWrites writes, CancellationToken cancellation)
    {
        writes.Add(Delete, journal.Key);
        return default;
    }
}
// </read-model>

public static class TicketService
{
    // <registration>
    public static void Register(ISiloBuilder silo)
    {
        silo.AddSqliteEventLog(log => log.DataPath = "data/tickets.db");
        silo.Services
            .AddEventTypes(types => types
                .Add("ticket.opened", 1, TicketJson.Default.TicketOpened)
                .Add("ticket.closed", 1, TicketJson.Default.TicketClosed))
            .AddReadModel<OpenTickets>();
    }
    // </registration>

    // <query>
    public static Task<ReadModelAnswer<long>> CountOpen(IReadModelReader reader, string token) => reader.Query(
        "open-tickets",
        after: [LogPosition.Parse(token)], // read your write: wait for it, at most a second
        timeout: TimeSpan.FromSeconds(1),
        async model =>
        {
            await using var command = model.Command("select count(*) from {ticket}");
            return (long)(await command.ExecuteScalarAsync())!;
        },
        CancellationToken.None);
    // </query>

    // <follow>
    public static Task<LogSubscription> Follow(IClusterClient client, int partition, string folder) =>
        LogSubscription.Start(client, partition, new Outbox(folder)); // await its Completion, dispose of it in the end

    public static Task<LogPage> Pull(IClusterClient client, string checkpoint) => client.GetGrain<ILogGrain>(0)
        .Read(after: LogPosition.Parse(checkpoint), countMax: 100, wait: TimeSpan.FromSeconds(10)); // next time: after page.Next
    // </follow>
}

// <subscriber>
public sealed class Outbox(string folder) : ILogSubscriber
{
    public async Task<LogPosition> ReadCheckpoint(int partition, CancellationToken cancellation) =>
        File.Exists(Checkpoint(partition))
            ? LogPosition.Parse(await File.ReadAllTextAsync(Checkpoint(partition), cancellation))
            : new LogPosition(partition, 0);

    public async Task Handle(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation)
    {
        foreach (var committed in events)
            await File.AppendAllTextAsync(Path.Combine(folder, "sent"), $"{committed.At} {committed.Type}\n", cancellation);
        await File.WriteAllTextAsync(Checkpoint(events[^1].At.Partition), events[^1].At.ToString(), cancellation);
    }

    private string Checkpoint(int partition) => Path.Combine(folder, $"checkpoint-{partition}");
}
// </subscriber>

// <journaled>
[GenerateSerializer, Alias("tickets.reading")]
public sealed record Reading([property: Id(0)] int Degrees);

[GenerateSerializer, Alias("tickets.thermometer")]
public sealed class Thermometer
{
    [Id(0)]
    public int Warmest { get; set; }

    public void Apply(Reading reading) => Warmest = Math.Max(Warmest, reading.Degrees);
}

public interface IThermometerGrain : IGrainWithStringKey
{
    Task<int> Read(int degrees);
}

public sealed class ThermometerGrain : JournaledGrain<Thermometer, Reading>, IThermometerGrain
{
    public async Task<int> Read(int degrees)
    {
        RaiseEvent(new Reading(degrees));
        await ConfirmEvents();
        return State.Warmest;
    }
}
// </journaled>
