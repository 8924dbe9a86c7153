using Orleans.Configuration;

namespace OrleansEs.EventLog.Hosting;

/// <summary>
/// How silos find out that one of them is gone: a killed one is out of the membership within about 5 s, and with it its claim on
/// its grains. Two wrong verdicts are worse than one late one, though only in time: the log refuses whoever writes on old state.
/// </summary>
internal static class FailureDetection
{
    /// <summary>Sets the values; whatever the application configures later wins.</summary>
    public static void Configure(ClusterMembershipOptions membership)
    {
        // The probing. A silo asks each other one once a period; the period and the patience adapt to the answers between the
        // two bounds. A dead process refuses connections, so three misses take three periods: 3 s at best, 5 s with the vote.
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        // Not less: half a second is a garbage collection or a busy machine.
        membership.MinProbeTimeout = TimeSpan.FromSeconds(1);
        // A silo that is slow itself doubles its patience, but not more often than that. Three times this is also how long a
        // frozen silo, whose connections stay open, is trusted because it has spoken lately.
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        // One lost answer is chance, two a hiccup. The last probe of the three goes by way of another silo, where there is one.
        membership.NumMissedProbesLimit = 3;

        // The verdict. Two votes where three or more silos live, so that a silo whose own network is broken removes nobody
        // alone; of two silos one suffices, which Orleans decides by itself.
        membership.NumVotesForDeathDeclaration = 2;
        // Votes of one incident come within seconds of each other; older ones are of another.
        membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);

        // The news. Silos tell each other at once; the table is read again for whoever did not hear it.
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

        // The sign of life in the table, one small update. Three missed ones make an entry stale: a silo that starts after a
        // crash of all of them then removes the dead entries by itself, after 6 s and three probes, on whichever ports it is.
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
        membership.NumMissedTableIAmAliveLimit = 3;

        // A start that cannot reach a silo which others hold for alive ends after this, for whoever runs it to start it again.
        membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(60);

        // The dead are kept for an hour to be looked at, and 25 of them at most, which is the default.
        membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
        membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
    }
}
