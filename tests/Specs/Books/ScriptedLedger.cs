using System.Reflection;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Books;

/// <summary>A ledger whose accounts always open, hold what they are said to, and whose transfers end as a script says.</summary>
internal sealed class ScriptedLedger(Func<string, int, CommandResult> script)
{
    private readonly Dictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _chunks;

    /// <summary>How often each transfer was sent.</summary>
    public IReadOnlyDictionary<string, int> Attempts => _attempts;

    /// <summary>What the accounts have that are there before.</summary>
    public Dictionary<string, Asset[]> Held { get; } = [];

    /// <summary>The transfers that are there before.</summary>
    public Dictionary<string, TransferView> Transfers { get; } = [];

    /// <summary>Answers a chunk; at first it leaves all transfers out, so that the script decides about each.</summary>
    public Func<IReadOnlyList<ImportedTransfer>, int, ImportAnswer> Chunks { get; init; } =
        static (chunk, _) => new ImportAnswer(new CommandResult?[chunk.Count], []);

    /// <summary>How many accounts were opened.</summary>
    public int Opened { get; private set; }

    public IGrainFactory Grains
    {
        get
        {
            var factory = DispatchProxy.Create<IGrainFactory, Factory>();
            ((Factory)factory).Ledger = this;
            return factory;
        }
    }

    public static CommandResult Result(CommandStatus status, bool duplicate = false) => new()
    {
        Status = status,
        CommandId = Guid.Empty,
        Duplicate = duplicate,
        Refusal = status == CommandStatus.Done ? null : new Refusal(RefusalCodes.Unavailable, "down", "wait"),
    };

    private Task<TransferResult> Create(string id)
    {
        int attempt;
        lock (_gate)
            attempt = _attempts[id] = _attempts.GetValueOrDefault(id) + 1;
        return Task.FromResult(new TransferResult(script(id, attempt), null, ["1:1"]));
    }

    // The factory has a dozen methods; only the one by string key is ever called.
#pragma warning disable CA1852 // A dispatch proxy is derived from at run time.
    private class Factory : DispatchProxy
#pragma warning restore CA1852
    {
        public ScriptedLedger? Ledger { get; set; }

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.ReturnType == typeof(IAccountGrain)
                ? new Account(Ledger!, (string)args![0]!)
                : targetMethod.ReturnType == typeof(ILedgerImportGrain)
                ? new Import(Ledger!)
                : new Transfer(Ledger!, (string)args![0]!);
    }

    private sealed class Account(ScriptedLedger ledger, string id) : IAccountGrain
    {
        public Task<CommandResult> Execute(AccountCommand command, CommandHeader header)
        {
            ledger.Opened++;
            return Task.FromResult(Result(CommandStatus.Done));
        }

        public Task<AccountView?> Show(AsOf asOf) => Task.FromResult(ledger.Held.TryGetValue(id, out var assets)
            ? new AccountView(
                id, "", AccountStatus.Open, 1, [], null, [.. assets.Select(asset => new BalanceView(asset, 1, 0, 1))], null)
            : null);

        public Task<IReadOnlyList<HistoryEntry>> History(long afterVersion, int countMax) =>
            Task.FromResult<IReadOnlyList<HistoryEntry>>([]);
    }

    private sealed class Import(ScriptedLedger ledger) : ILedgerImportGrain
    {
        public Task<ImportAnswer> Post(IReadOnlyList<ImportedTransfer> chunk) =>
            Task.FromResult(ledger.Chunks(chunk, ++ledger._chunks));
    }

    private sealed class Transfer(ScriptedLedger ledger, string id) : ITransferGrain
    {
        public Task<TransferResult> Create(CreateTransfer command, CommandHeader header) => ledger.Create(id);

        public Task<TransferView?> Show() => Task.FromResult(ledger.Transfers.GetValueOrDefault(id));

        public Task Resume() => Task.CompletedTask;
    }
}
