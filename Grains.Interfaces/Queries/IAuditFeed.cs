using OrleansEs.Ledger.Accounts;

namespace OrleansEs.Ledger.Queries;

/// <summary>
/// What comes into the log from a place on, as the audit shows it. It reads the log itself, so no read model that stands can
/// hold it back. A stateless worker: ask key 0.
/// </summary>
[Alias("ledger.audit-feed")]
public interface IAuditFeed : IGrainWithIntegerKey
{
    /// <summary>
    /// The next events of one partition that the filter lets through. Whoever asks with <see cref="AuditFeedPage.Next"/> again
    /// gets each of them once, in the order of their commits.
    /// </summary>
    /// <param name="filter">Which events; its page and cursor do not matter here.</param>
    /// <param name="after">After which place: a read token, such as an answer's position.</param>
    /// <param name="wait">How long to wait for an event when there is none yet, up to 20 s; the call is parked.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="InvalidQueryException">The place or the wait cannot be; the message names it.</exception>
    [Alias("next")]
    Task<AuditFeedPage> Next(AuditQuery filter, string after, TimeSpan wait, CancellationToken cancellation = default);
}

/// <summary>What came into one partition.</summary>
/// <param name="Entries">The events that the filter let through; none when there was none in time.</param>
/// <param name="Next">After which place to go on.</param>
[GenerateSerializer, Immutable, Alias("ledger.audit-feed-page")]
public sealed record AuditFeedPage(
    [property: Id(0)] IReadOnlyList<HistoryEntry> Entries, [property: Id(1)] string Next);
