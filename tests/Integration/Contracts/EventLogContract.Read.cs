using OrleansEs.EventLog;

namespace OrleansEs.Integration.Contracts;

public abstract partial class EventLogContract
{
    [Fact]
    public async Task A_journal_is_read_in_pages_that_join_without_a_gap()
    {
        var journal = Journal("alice");
        for (var version = 0; version < 25; version += 5)
            await MustAppend(Request(journal, version, events: 5));

        var read = new List<CommittedEvent>();
        while (await Log.ReadJournal(journal, read.Count, countMax: 7, Cancellation) is { Count: > 0 } page)
        {
            Assert.InRange(page.Count, 1, 7);
            read.AddRange(page);
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(version => (long)version), read.Select(e => e.Version));
    }

    [Fact]
    public async Task A_partition_is_read_in_pages_that_join_without_a_gap_while_writers_go_on()
    {
        var journal = Journal("alice");
        var partition = journal.PartitionOf(Log.Identity.Partitions);
        var writing = WriteOneByOne(journal, 60);

        var read = new List<CommittedEvent>();
        while (read.Count < 60)
            read.AddRange(await Log.ReadPartition(new LogPosition(partition, read.Count), countMax: 9, Cancellation));
        await writing;

        Assert.Equal(Enumerable.Range(1, 60).Select(position => (long)position), read.Select(e => e.At.Position));
    }

    [Fact]
    public async Task What_is_not_there_reads_as_nothing()
    {
        var journal = Journal("alice");
        await MustAppend(Request(journal, 0));

        Assert.Empty(await WholeJournal(Journal("nobody")));
        Assert.Empty(await Log.ReadJournal(journal, afterVersion: 1, countMax: 1, Cancellation));
        Assert.Empty(await Log.ReadJournal(journal, afterVersion: 99, countMax: 1, Cancellation));
        Assert.Empty(await Log.ReadPartition(new LogPosition(journal.PartitionOf(8), 99), 1, Cancellation));
        Assert.Empty(await Log.FindCommand(journal, Guid.NewGuid(), Cancellation));
    }

    [Fact]
    public async Task An_append_that_was_answered_is_seen_by_every_read_after_it()
    {
        var journal = Journal("alice");
        for (var version = 0; version < 20; version++)
        {
            var appended = await MustAppend(Request(journal, version));
            Assert.Single(await Log.ReadJournal(journal, version, 10, Cancellation));
            Assert.Equal(appended.Last.Position, (await Log.ReadHeads(Cancellation))[appended.Last.Partition]);
        }
    }

    [Fact]
    public async Task A_command_is_found_in_its_journal_with_all_its_events_in_order()
    {
        var journal = Journal("alice");
        var request = Request(journal, 0, events: 3);
        await MustAppend(request);
        await MustAppend(Request(journal, 3));

        var found = await Log.FindCommand(journal, request.CommandId, Cancellation);

        Assert.Equal([1L, 2L, 3L], found.Select(e => e.Version));
        Assert.Empty(await Log.FindCommand(Journal("bob"), request.CommandId, Cancellation));
    }

    private async Task WriteOneByOne(JournalId journal, int count)
    {
        for (var version = 0; version < count; version++)
            await MustAppend(Request(journal, version));
    }
}
