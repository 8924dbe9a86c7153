using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Transfers;

/// <summary>
/// A transfer under the worst network: messages that are lost, late, doubled and answered to nobody; drivers that crash and
/// drivers that go on although others have taken over; people who freeze, close, open and empty the accounts meanwhile.
/// </summary>
internal sealed class TransferSimulation(int seed)
{
    private const string Id = "t";
    private static readonly Asset[] Assets = [Asset.Parse("EUR"), Asset.Parse("VBMPX/3")];
    private static readonly string[] People = ["alice", "bob", "carol", "dave"];

#pragma warning disable CA5394 // A test is to be repeated by its seed, not to be secret.
    private readonly Random _random = new(seed);
    private readonly SimulatedAccounts _accounts = new();
    private readonly List<TransferEvent> _journal = [];
    private readonly List<SimulatedDriver> _drivers = [];
    private readonly List<(SimulatedDriver To, AccountStep Step)> _messages = [];
    private Posting[] _postings = [];

    public TransferStatus Run(int actions)
    {
        foreach (var person in People.Where(_ => _random.Next(5) > 0))
            Open(person);
        _postings = Postings();
        _journal.AddRange(TransferDecisions.Create(Id, TransferState.Initial, new CreateTransfer(_postings, "memo")).Events);
        NewDriver();
        for (var i = 0; i < actions; i++)
        {
            Act();
            AssertSound();
        }
        return Finish();
    }

    private void Act()
    {
        var driver = _drivers[_random.Next(_drivers.Count)];
        switch (_random.Next(12))
        {
            case < 3:
                Send(driver);
                break;
            case < 7 when _messages.Count > 0:
                Deliver(_messages[_random.Next(_messages.Count)], isAnswered: _random.Next(4) > 0, isKept: _random.Next(3) == 0);
                break;
            case 7 when _messages.Count > 0 && _random.Next(3) == 0:
                _messages.RemoveAt(_random.Next(_messages.Count));
                break;
            case 8 when _random.Next(4) == 0:
                NewDriver();
                break;
            case 9:
                Meddle(People[_random.Next(People.Length)]);
                break;
            default:
                driver.TryAdvance();
                break;
        }
    }

    // Once somebody drives with a network that works, the transfer ends; and what arrives late changes nothing any more.
    private TransferStatus Finish()
    {
        var last = NewDriver();
        for (var round = 0; !last.State.IsEnded; round++)
        {
            Assert.True(round < 100, $"seed {seed}: no end while {last.State.Status}.");
            foreach (var step in last.Unanswered.ToList())
                last.Answered(step, _accounts.Execute(step));
            last.TryAdvance();
        }
        var eventsAtEnd = _accounts.Events.Count;
        foreach (var message in _messages.ToList())
            Deliver(message, isAnswered: true, isKept: true);
        foreach (var driver in _drivers)
        {
            for (var i = 0; i < 20 && !driver.State.IsEnded; i++)
            {
                foreach (var step in driver.Unanswered.ToList())
                    driver.Answered(step, _accounts.Execute(step));
                driver.TryAdvance();
                AssertSound();
            }
            Assert.True(driver.State.IsEnded, $"seed {seed}: a driver that was behind does not learn the end.");
        }
        Assert.Equal((seed, 0), (seed, _accounts.Events.Skip(eventsAtEnd).Count(entry => entry.Event is not TransferBarred)));
        AssertEnd(last.State.Status!.Value);
        return last.State.Status!.Value;
    }

    private void AssertSound()
    {
        Assert.True(_journal.Count(e => e is TransferCompleted or TransferFailed) <= 1, $"seed {seed}: two ends.");
        foreach (var id in _accounts.Ids)
        {
            foreach (var (asset, balance) in _accounts[id].Balances)
            {
                var held = _accounts[id].Holds.Values.SelectMany(hold => hold)
                    .Where(amount => amount.Asset == asset).Sum(amount => amount.MinorUnits);
                Assert.Equal((seed, held), (seed, balance.Held));
            }
        }
    }

    private void AssertEnd(TransferStatus status)
    {
        Assert.All(_accounts.InTransit(Id).Values, sum => Assert.Equal((seed, Int128.Zero), (seed, sum)));
        foreach (var part in TransferPlan.Of(_postings))
        {
            Assert.False(_accounts[part.AccountId].Holds.ContainsKey(Id), $"seed {seed}: a hold was left.");
            foreach (var asset in Assets)
            {
                var expected = status == TransferStatus.Completed
                    ? _postings.Where(p => p.AccountId == part.AccountId && p.Amount.Asset == asset).Sum(p => p.Amount.MinorUnits)
                    : 0;
                Assert.Equal((seed, part.AccountId, expected), (seed, part.AccountId, Effect(part.AccountId, asset)));
            }
        }
    }

    // What the transfer did to an account in the end.
    private long Effect(string accountId, Asset asset) => _accounts.Events
        .Where(entry => entry.AccountId == accountId)
        .SelectMany(entry => entry.Event switch
        {
            HoldCaptured captured when captured.TransferId == Id => captured.Amounts.Select(m => (m.Asset, -m.MinorUnits)),
            AccountCredited credited when credited.TransferId == Id => credited.Amounts.Select(m => (m.Asset, m.MinorUnits)),
            CreditRevoked revoked when revoked.TransferId == Id => revoked.Amounts.Select(m => (m.Asset, -m.MinorUnits)),
            _ => [],
        })
        .Where(change => change.Asset == asset)
        .Sum(change => change.Item2);

    private SimulatedDriver NewDriver()
    {
        var driver = new SimulatedDriver(Id, _journal);
        driver.Load();
        _drivers.Add(driver);
        return driver;
    }

    private void Send(SimulatedDriver driver)
    {
        var unanswered = driver.Unanswered.ToList();
        if (unanswered.Count > 0)
            _messages.Add((driver, unanswered[_random.Next(unanswered.Count)]));
    }

    private void Deliver((SimulatedDriver To, AccountStep Step) message, bool isAnswered, bool isKept)
    {
        var refusal = _accounts.Execute(message.Step);
        if (isAnswered)
            message.To.Answered(message.Step, refusal);
        if (!isKept)
            _messages.Remove(message);
    }

    private void Open(string person) =>
        _accounts.Execute(person, new OpenAccount(null, _random.Next(4) == 0 ? [Assets[0]] : [], _random.Next(3)), NewId());

    private void Meddle(string person)
    {
        var amount = new Money(_random.Next(1, 200), Assets[_random.Next(Assets.Length)]);
        AccountCommand[] commands =
        [
            new FreezeAccount(), new UnfreezeAccount(), new CloseAccount(), new Deposit(amount, null), new Deposit(amount, null),
            new Withdraw(amount, null), new OpenAccount(null, [], 0), new UnfreezeAccount(),
        ];
        _accounts.Execute(person, commands[_random.Next(commands.Length)], NewId());
    }

    private Posting[] Postings()
    {
        var postings = new List<Posting>();
        foreach (var asset in Assets.Take(_random.Next(1, 3)))
        {
            var sum = 0L;
            for (var i = _random.Next(1, 5); i > 0; i--)
            {
                var amount = _random.Next(1, 150) * (_random.Next(2) == 0 ? 1 : -1);
                sum += amount;
                postings.Add(new Posting(People[_random.Next(People.Length)], new Money(amount, asset)));
            }
            if (sum != 0)
                postings.Add(new Posting(People[_random.Next(People.Length)], new Money(-sum, asset)));
        }
        return postings.Count >= 2 ? [.. postings] : Postings();
    }

    private Guid NewId()
    {
        var bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }
#pragma warning restore CA5394
}
