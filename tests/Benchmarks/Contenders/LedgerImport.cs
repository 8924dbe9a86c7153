using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansEs.EventLog;
using OrleansEs.EventLog.Codec;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Silo;

namespace OrleansEs.Benchmarks.Contenders;

/// <summary>The services of a silo that is not started, in this process: bulks go straight to the store.</summary>
internal sealed class LedgerImport : IDisposable
{
    // What whoever imports beside commands is told to give at once.
    private const int BulkEvents = 5_000;

    private static readonly Asset s_eur = Asset.Parse("EUR");

    private readonly IHost _host;
    private readonly IEventLogStore _store;
    private readonly IEventSerializer _serializer;

    public LedgerImport(string connection)
    {
        _host = SiloHost.Build(
            SiloHost.WithFreePorts(new SiloOptions
            {
                Store = SiloStore.Postgres, Connection = connection, SiloPort = 0, GatewayPort = 0, Http = null,
            }),
            embedded: true);
        _store = _host.Services.GetRequiredService<IEventLogStore>();
        _serializer = _host.Services.GetRequiredService<IEventSerializer>();
    }

    /// <summary>Appends deposits as the ledger's events, a command each, in bulks.</summary>
    public Task Append(Imported imported) => InLanes(imported, async bulk =>
    {
        var result = await _store.AppendBulk([.. bulk.Select(Request)], CancellationToken.None);
        if (result is not BulkAppendResult.Appended)
            throw new InvalidDataException($"A bulk ended as {result}.");
    });

    /// <summary>Writes the same as events of another log, encoded and placed already.</summary>
    public Task Restore(Imported imported)
    {
        var log = new RawLog();
        return InLanes(imported, bulk => _store.Restore([.. bulk.Select(one => Committed(log, one))], CancellationToken.None));
    }

    public void Dispose() => _host.Dispose();

    private static Task InLanes(Imported imported, Func<(int Account, long Version, long Cents)[], Task> write) =>
        Task.WhenAll(imported.Lanes.Select(lane => Task.Run(async () =>
        {
            foreach (var bulk in imported.Of(lane).Chunk(BulkEvents))
                await write(bulk);
        })));

    private AppendRequest Request((int Account, long Version, long Cents) one)
    {
        var commandId = Guid.CreateVersion7();
        var content = new AccountDeposited(new Money(one.Cents, s_eur), Memos.Of(one.Cents));
        return new AppendRequest(
            JournalId.Of("account", Accounts.Id(one.Account)), one.Version - 1, commandId,
            [_serializer.Encode(content, Metadata(commandId))]);
    }

    private static CommittedEvent Committed(RawLog log, (int Account, long Version, long Cents) one)
    {
        var row = log.Next(one.Account, one.Cents);
        return new CommittedEvent(
            new LogPosition(row.Partition, row.Position), JournalId.Parse(row.Journal), row.Version, row.CommandId, 0, RawRow.Type, 1,
            "json", Encoding.UTF8.GetBytes(row.Payload), Metadata(row.CommandId), DateTimeOffset.UnixEpoch);
    }

    private static EventMetadata Metadata(Guid commandId) => new()
    {
        CorrelationId = commandId.ToString(), Actor = "benchmark", RequestHash = commandId.ToString("N"),
    };
}
