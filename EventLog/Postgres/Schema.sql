-- The log on PostgreSQL. Every constraint is named after the rule it holds.
-- Text compares by bytes, so that an order is the same on every server whatever its locale.

create table log_meta (
  key text collate "C" not null,
  value text not null,
  constraint log_meta_key_unique primary key (key)
);

-- head: the last position given out; whoever appends locks the row up to the commit, so position order is commit order.
-- recorded_at: the recorded time of the last event, so that time never runs backwards along a partition.
-- fillfactor: the row changes with every batch; the room lets a change stay in its page, without touching the index.
create table log_partition (
  partition integer not null,
  head bigint not null,
  recorded_at bigint not null,
  constraint log_partition_unique primary key (partition),
  constraint log_partition_head_not_negative check (head >= 0)
) with (fillfactor = 10);

-- payload: the text of an event whose format is json, so that a person can read it; else payload_bytes holds it.
-- metadata: null when nothing is known.
-- recorded_at: microseconds since 1970-01-01T00:00:00Z.
-- command_applied_once begins with the command: ids of version 7 begin with the time, so that new entries stand side by side at the
--   end of the index, and not each in a page of its own. A log of an older build has the journal first, which is as right.
-- There is no foreign key to log_partition: positions come from its locked rows, and the check would cost each event a look-up.
create table log_event (
  position bigint not null,
  version bigint not null,
  recorded_at bigint not null,
  command_id uuid not null,
  partition integer not null,
  command_index integer not null,
  type_version integer not null,
  journal text collate "C" not null,
  type text collate "C" not null,
  format text collate "C" not null,
  metadata json,
  payload text,
  payload_bytes bytea,
  constraint position_unique primary key (partition, position),
  constraint journal_version_unique unique (journal, version),
  constraint command_applied_once unique (command_id, journal, command_index),
  constraint position_from_one check (position >= 1),
  constraint version_from_one check (version >= 1),
  constraint payload_once check ((payload is null) <> (payload_bytes is null))
);

create function log_event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'log_event is append-only: an event is never changed and never deleted'
    using errcode = 'integrity_constraint_violation', constraint = 'log_event_is_append_only';
end $$;

create trigger log_event_is_never_changed before update or delete on log_event
  for each row execute function log_event_is_append_only();

create trigger log_event_is_never_truncated before truncate on log_event
  for each statement execute function log_event_is_append_only();

create table log_snapshot (
  journal text collate "C" not null,
  version bigint not null,
  cleared_at bigint not null,
  schema text not null,
  format text not null,
  payload bytea not null,
  constraint snapshot_latest_only primary key (journal)
);
