using System.Security.Cryptography;
using System.Text;
using OrleansEs.Grains;
using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Ledger;

/// <summary>
/// What the hash of a command's body is taken of, character by character. The hashes are in databases, where a retry is compared
/// with them: a line here never changes.
/// </summary>
public sealed class CommandHashSpecs
{
    private static readonly Money s_amount = new(12_34, Asset.Parse("EUR"));

    public static TheoryData<AccountCommand, string, string> Frozen => new()
    {
        {
            new OpenAccount("Ада", [Asset.Parse("EUR")], 100.50m),
            "account.open", """{"owner":"Ада","assets":["EUR/2"],"overdraft":100.50}"""
        },
        { new Deposit(s_amount, "rent & \"more\""), "account.deposit", """{"amount":"12.34 EUR","memo":"rent & \"more\""}""" },
        { new Withdraw(s_amount, null), "account.withdraw", """{"amount":"12.34 EUR","memo":null}""" },
        { new HoldFunds("t", [s_amount]), "account.hold", """{"transferId":"t","amounts":["12.34 EUR"]}""" },
        { new CaptureHold("t"), "account.capture", """{"transferId":"t"}""" },
        { new ReleaseHold("t"), "account.release", """{"transferId":"t"}""" },
        { new CreditFunds("t", [s_amount], "m"), "account.credit", """{"transferId":"t","amounts":["12.34 EUR"],"memo":"m"}""" },
        { new RevokeCredit("t", [s_amount]), "account.revoke-credit", """{"transferId":"t","amounts":["12.34 EUR"]}""" },
        { new BarTransfer("t"), "account.bar-transfer", """{"transferId":"t"}""" },
        { new FreezeAccount(), "account.freeze", "{}" },
        { new UnfreezeAccount(), "account.unfreeze", "{}" },
        { new CloseAccount(), "account.close", "{}" },
    };

    [Theory]
    [MemberData(nameof(Frozen), DisableDiscoveryEnumeration = true)]
    public void The_hash_of_every_command_to_an_account_is_frozen(AccountCommand command, string name, string json) =>
        Assert.Equal(HashOf(name, json), CommandHash.Of(command));

    [Fact]
    public void The_hash_of_a_transfer_is_frozen_also_of_one_with_many_postings()
    {
        Posting[] postings = [.. Enumerable.Range(0, 1_000).Select(number => new Posting($"a{number}", s_amount))];
        var text = string.Join(',', postings.Select(posting => $$"""{"accountId":"{{posting.AccountId}}","amount":"12.34 EUR"}"""));

        Assert.Equal(
            HashOf("transfer.create", $$"""{"postings":[{{text}}],"memo":null}"""),
            CommandHash.Of(new TransferCommand.Create(new CreateTransfer(postings, null))));
        // One after it on the same thread.
        Assert.Equal(HashOf("account.freeze", "{}"), CommandHash.Of(new FreezeAccount()));
    }

    [Fact]
    public void Every_command_to_an_account_has_a_frozen_hash()
    {
        var all = typeof(AccountCommand).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(AccountCommand))).ToHashSet();

        Assert.Equal(all, Frozen.Select(row => row.Data.Item1.GetType()).ToHashSet());
    }

    private static string HashOf(string name, string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"\"{name}\"{json}"))[..16]);
}
