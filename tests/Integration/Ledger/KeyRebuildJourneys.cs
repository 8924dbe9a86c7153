using Microsoft.Extensions.DependencyInjection;
using OrleansEs.EventLog;
using OrleansEs.EventLog.ReadModels;
using OrleansEs.Integration.Stores;
using OrleansEs.Ledger.Accounts;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>Making the rows of one account or transfer anew.</summary>
public abstract class KeyRebuildJourneys
{
    private static readonly (string Model, string[] Tables)[] s_models =
    [
        ("accounts", ["account", "balance"]), ("statements", ["account", "line"]), ("transfers", ["transfer", "leg"]),
        ("audit", ["event"]),
    ];

    protected abstract ValueTask<TestStore> NewStore();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_of_each_read_model_is_rebuilt_to_what_it_was_and_no_other_row_is_touched()
    {
        await using var store = await NewStore();
        await using var ledger = await Start(store);
        await ledger.Open("payer", 100_00);
        await ledger.Open("payee");
        await ledger.Pay("payer", null, ("payer", -40_00), ("payee", 40_00));
        await ledger.Done("payer", new HoldFunds("by hand", [Euros(1)]));
        var before = await Rows(ledger);
        await Spoil(ledger, "accounts_b1_balance", "account_id = 'payer'");
        await Spoil(ledger, "accounts_b1_account", "account_id = 'payer'");
        await Spoil(ledger, "statements_b1_line", "account_id = 'payer'");
        // This account and this transfer are called the same, and are told apart.
        await Spoil(ledger, "transfers_b1_leg", "transfer_id = 'payer'");
        await Spoil(
            ledger, "audit_b1_event",
            "(partition, position) in (select partition, position from log_event where journal = 'account/payer')");
        Assert.NotEqual(before, await Rows(ledger));

        foreach (var (model, _) in s_models)
        {
            var control = ledger.Client.GetGrain<IReadModelControlGrain>(model);
            await control.RebuildKey(JournalId.Parse("account/payer"), "ann");
            await control.RebuildKey(JournalId.Parse("transfer/payer"), "ann");
        }

        Assert.Equal(before, await Rows(ledger));
        await ledger.AssertZeroSum();
    }

    // All rows of all read models, of all that was appended.
    private static async Task<IReadOnlyList<string>> Rows(LedgerHost ledger)
    {
        var reader = ledger.Services.GetRequiredService<IReadModelReader>();
        var heads = await ledger.Services.GetRequiredService<IEventLogReader>().ReadHeads(Cancellation);
        var everything = heads.Select((head, partition) => new LogPosition(partition, head)).ToArray();
        var all = new List<string>();
        foreach (var (model, tables) in s_models)
        {
            var answer = await reader.Query(
                model, everything, Long,
                async rows =>
                {
                    var read = new List<string>();
                    foreach (var table in tables)
                    {
                        await using var command = rows.Command($"select * from {{{table}}}");
                        read.AddRange(await command.ReadAll(
                            row => $"{table}: {string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(row.GetValue))}", Cancellation));
                    }
                    return read;
                },
                Cancellation);
            Assert.False(answer.Stale);
            all.AddRange(answer.Value.Order(StringComparer.Ordinal));
        }
        return all;
    }

    private static async Task Spoil(LedgerHost ledger, string table, string where) => Assert.NotEqual(
        0,
        await ledger.Services.GetRequiredService<IReadModelStore>().Write(
            async transaction =>
            {
                await using var command = transaction.Connection!.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = $"delete from {table} where {where}";
                return await command.ExecuteNonQueryAsync(Cancellation);
            },
            Cancellation));
}
