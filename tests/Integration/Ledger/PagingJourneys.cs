using OrleansEs.EventLog;
using OrleansEs.Integration.Postgres;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Queries;
using static OrleansEs.Integration.Ledger.LedgerHost;

namespace OrleansEs.Integration.Ledger;

/// <summary>What somebody sees who turns page after page of accounts while sixteen others change them.</summary>
public abstract class PagingJourneys(LedgerFixture fixture)
{
    private const int Writers = 16;

    private readonly LedgerHost _ledger = fixture.NewScope();
    private long _changes;

    [Fact]
    public async Task Pages_stay_in_order_under_sixteen_writers_and_who_does_not_move_is_seen_once()
    {
        var seed = FaultRun.Seed();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var writers = Enumerable.Range(0, Writers).Select(writer => Write(writer, new Random(seed + writer), ended.Token)).ToList();
        var before = Enumerable.Range(0, ManyAccounts.Count).Select(ManyAccounts.Id).ToHashSet(StringComparer.Ordinal);
        var directions = new Random(seed);
        foreach (var sort in new[] { "id", "owner", "status", "version", "balance", "held", "available" })
            await Turn(new AccountsQuery { Sort = sort, Asset = Eur, Take = 200, Descending = directions.Next(2) == 0 }, before);
        await ended.CancelAsync();
        await Task.WhenAll(writers);
    }

    private async Task Turn(AccountsQuery query, IReadOnlySet<string> before)
    {
        var (seen, changesBefore) = (new List<AccountView>(), Interlocked.Read(ref _changes));
        for (var page = query; ;)
        {
            var answer = await _ledger.Queries.Accounts(page, Freshness.Any);
            Assert.False(answer.Stale);
            seen.AddRange(answer.Value.Items);
            if (answer.Value.Cursor is not { } cursor)
                break;
            page = page with { After = cursor };
            var changesThen = Interlocked.Read(ref _changes);
            await Eventually.Holds(
                () => Task.FromResult(Interlocked.Read(ref _changes) > changesThen), Long, "a change between two pages");
        }
        var changes = Interlocked.Read(ref _changes) - changesBefore;
        var times = seen.CountBy(account => account.Id).ToDictionary();
        var missed = before.Count(id => !times.ContainsKey(id));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{(query.Descending ? "-" : "")}{query.Sort}: {seen.Count} rows, {changes} changes meanwhile, "
            + $"{missed} missed, {times.Count(entry => entry.Value > 1)} seen again");

        // Within a page and from page to page: never a key out of order.
        for (var row = 1; row < seen.Count; row++)
        {
            var order = Compare(query.Sort, seen[row - 1], seen[row]);
            Assert.True(query.Descending ? order > 0 : order < 0, $"row {row}: {seen[row - 1]} before {seen[row]}");
        }
        var moves = query.Sort is not ("id" or "owner" or "status");
        foreach (var id in before.Where(id => !moves || !IsChanged(id)))
            Assert.True(times.GetValueOrDefault(id) == 1, $"{id} was seen {times.GetValueOrDefault(id)} times");
    }

    private static int Compare(string sort, AccountView left, AccountView right)
    {
        var order = sort switch
        {
            "owner" => string.CompareOrdinal(left.Owner, right.Owner),
            "status" => left.Status.CompareTo(right.Status),
            "version" => left.Version.CompareTo(right.Version),
            "balance" => left.Balances[0].Balance.CompareTo(right.Balances[0].Balance),
            "held" => left.Balances[0].Held.CompareTo(right.Balances[0].Held),
            "available" => left.Balances[0].Available.CompareTo(right.Balances[0].Available),
            _ => 0,
        };
        return order != 0 ? order : string.CompareOrdinal(left.Id, right.Id);
    }

    // Every second account is left alone.
    private static bool IsChanged(string id) => int.Parse(id[^5..], null) % 2 == 0;

    // Moves its own accounts up and down, and opens new ones, until it is told to stop.
    private async Task Write(int writer, Random random, CancellationToken ended)
    {
        var own = Enumerable.Range(0, ManyAccounts.Count).Where(number => number % 2 == 0 && number / 2 % Writers == writer).ToArray();
        var versions = own.ToDictionary(number => number, number => (long)ManyAccounts.VersionOf(number));
        for (var round = 0; !ended.IsCancellationRequested; round++)
        {
            var number = own[random.Next(own.Length)];
            AccountEvent[] events = random.Next(3) switch
            {
                0 => [new AccountDeposited(Euros(random.Next(1, 50_000)), null)],
                1 => [new AccountWithdrawn(Euros(random.Next(1, 50_000)), null)],
                _ => [new FundsHeld($"t-{round}", [Euros(random.Next(1, 90))])],
            };
            await _ledger.Append(ManyAccounts.Journal(number), versions[number], Header(), [.. events]);
            versions[number] += events.Length;
            if (round % 16 == 0)
                await _ledger.Append(
                    JournalId.Of("account", $"new-{writer}-{round}"), 0, Header(),
                    new AccountOpened($"owner {random.Next(97)}", [], null), new AccountDeposited(Euros(1), null));
            Interlocked.Increment(ref _changes);
        }
    }
}
