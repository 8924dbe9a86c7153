namespace OrleansEs.EventLog.Postgres;

/// <summary>The statements of an append. They are values so that a test can plant a fault and see it found.</summary>
/// <param name="Lock">Locks partitions in order, and says where they end; it is a statement of its own, so that what follows sees
/// what the holder before it committed.</param>
/// <param name="Extend">
/// Writes what was judged by memory: events whose places are given, in those partitions that end where they were thought to.
/// </param>
/// <param name="ExtendAlone">
/// The same in one partition, without a lock before it: its update takes the lock, and compares the end that it finds then. A row
/// for each event says when it was recorded; no row says that nothing was written.
/// </param>
/// <param name="Write">
/// Judges requests for different journals, each for itself, and writes those that are accepted. Where the version is the
/// expected one the command is not looked for: it is new but for a retry that was decided anew, and that one meets the constraint.
/// </param>
internal sealed record PostgresAppendText(string Lock, string Extend, string ExtendAlone, string Write)
{
    private const string ExtendByMemory =
        """
        with moved as (
          update log_partition p
          set head = m.head, recorded_at = greatest(p.recorded_at, $1)
          from unnest($2::int[], $3::bigint[], $4::bigint[]) as m (partition, known, head)
          where p.partition = m.partition and p.head = m.known
          returning p.partition, p.recorded_at
        )
        insert into log_event (
          partition, position, journal, version, command_id, command_index, type, type_version, format, payload,
          payload_bytes, metadata, recorded_at)
        select
          e.partition, e.position, e.journal, e.version, e.command_id, e.command_index, e.type, e.type_version, e.format,
          e.payload, e.payload_bytes, e.metadata, m.recorded_at
        from unnest(
            $5::int[], $6::bigint[], $7::text[], $8::bigint[], $9::uuid[], $10::int[], $11::text[], $12::int[], $13::text[],
            $14::text[], $15::bytea[], $16::json[])
          as e (
            partition, position, journal, version, command_id, command_index, type, type_version, format, payload,
            payload_bytes, metadata)
        join moved m on m.partition = e.partition
        """;

    private const string AsExpected = "when s.version = s.expected then false";

    /// <summary><see cref="Write"/> that looks for every command: for a batch that met a constraint.</summary>
    public string WriteSearching => Write.Replace(AsExpected, "when false then false", StringComparison.Ordinal);

    /// <summary>The statements as they are meant.</summary>
    public static PostgresAppendText Default { get; } = new(
        """
        select partition, head, recorded_at
        from log_partition
        where partition = any($1)
        order by partition
        for update
        """,
        ExtendByMemory,
        $"{ExtendByMemory}\nreturning recorded_at",
        """
        with request as materialized (
          select *
          from unnest($1::int[], $2::text[], $3::bigint[], $4::uuid[], $5::int[])
            with ordinality as r (partition, journal, expected, command_id, events, number)
        ),
        seen as materialized (
          select
            r.*,
            coalesce((
              select e.version from log_event e where e.journal = r.journal order by e.version desc limit 1), 0) as version
          from request r
        ),
        judged as materialized (
          select
            s.*,
            case
              when s.version = s.expected then false
              else coalesce((
                select true from log_event e where e.journal = s.journal and e.command_id = s.command_id limit 1), false)
            end as applied
          from seen s
        ),
        accepted as materialized (
          select
            *,
            sum(events) over (partition by partition order by number) as upto,
            sum(events) over (partition by partition) as total
          from judged
          where not applied and version = expected
        ),
        moved as (
          update log_partition p
          set head = p.head + t.total, recorded_at = greatest(p.recorded_at, $6)
          from (select distinct partition, total from accepted) t
          where p.partition = t.partition
          returning p.partition, p.head - t.total as base, p.recorded_at
        ),
        placed as (
          select a.number, a.partition, a.journal, a.command_id, a.expected, m.base + a.upto - a.events as base, m.recorded_at
          from accepted a
          join moved m on m.partition = a.partition
        ),
        written as (
          insert into log_event (
            partition, position, journal, version, command_id, command_index, type, type_version, format, payload,
            payload_bytes, metadata, recorded_at)
          select
            p.partition, p.base + 1 + e.command_index, p.journal, p.expected + 1 + e.command_index, p.command_id,
            e.command_index, e.type, e.type_version, e.format, e.payload, e.payload_bytes, e.metadata, p.recorded_at
          from unnest($7::int[], $8::int[], $9::text[], $10::int[], $11::text[], $12::text[], $13::bytea[], $14::json[])
            as e (number, command_index, type, type_version, format, payload, payload_bytes, metadata)
          join placed p on p.number = e.number
        )
        select j.number, j.applied, j.version, p.base, p.recorded_at
        from judged j
        left join placed p on p.number = j.number
        """);
}
