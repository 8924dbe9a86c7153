-- The log on SQLite. Every constraint is named after the rule it holds.
-- The primary key of log_event is the table itself (without rowid): a partition's events lie side by side, in order.

create table log_meta (
  key text not null,
  value text not null,
  constraint log_meta_key_unique primary key (key)
) strict, without rowid;

-- recorded_at: the recorded time of the last event, so that time never runs backwards along a partition.
create table log_partition (
  partition integer not null,
  head integer not null,
  recorded_at integer not null,
  constraint log_partition_unique primary key (partition),
  constraint log_partition_head_not_negative check (head >= 0)
) strict;

-- command_id: 16 bytes, most significant first, so that hex(command_id) reads like the id; a text would take 36 bytes
--   in the table and 36 more in the index.
-- command_applied_once begins with the command: ids of commands begin with their time (version 7), so that entries which come
--   together lie together, and a commit changes the last pages of the index and not one page for each command. A log that was made
--   with the journal first keeps that order for good: it holds the same rule, and only writes more.
-- payload: text when the format is json, so that a person can read it; else bytes.
-- metadata: json; null when nothing is known.
-- recorded_at: microseconds since 1970-01-01T00:00:00Z.
create table log_event (
  partition integer not null,
  position integer not null,
  journal text not null,
  version integer not null,
  command_id blob not null,
  command_index integer not null,
  type text not null,
  type_version integer not null,
  format text not null,
  payload any not null,
  metadata text,
  recorded_at integer not null,
  constraint position_unique primary key (partition, position),
  constraint journal_version_unique unique (journal, version),
  constraint command_applied_once unique (command_id, journal, command_index),
  constraint position_from_one check (position >= 1),
  constraint version_from_one check (version >= 1),
  constraint command_id_is_16_bytes check (length(command_id) = 16),
  constraint event_in_known_partition foreign key (partition) references log_partition (partition)
) strict, without rowid;

create trigger log_event_is_never_changed before update on log_event
begin
  select raise(abort, 'log_event is append-only: an event never changes');
end;

create trigger log_event_is_never_deleted before delete on log_event
begin
  select raise(abort, 'log_event is append-only: an event is never deleted');
end;

create table log_snapshot (
  journal text not null,
  version integer not null,
  cleared_at integer not null,
  schema text not null,
  format text not null,
  payload any not null,
  constraint snapshot_latest_only primary key (journal)
) strict;
