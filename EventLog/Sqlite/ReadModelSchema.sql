-- What is kept of read models beside their rows.

-- Each filling of a read model's tables. state: building, live (queries read it), previous (a rollback leads to it), dropped,
-- shadow (filled to be compared with the live one, and dropped then).
-- floor: of the live one, the positions that had been shown when it became live, by partition and with commas.
-- rate_max: at most so many events a second while building.
create table read_model_build (
  read_model text not null,
  build integer not null,
  model_version integer not null,
  state text not null,
  floor text not null,
  rate_max integer,
  changed_at integer not null,
  constraint read_model_build_unique primary key (read_model, build)
) strict, without rowid;

create unique index read_model_one_live on read_model_build (read_model) where state = 'live';

-- How far each build has come in each partition.
-- epoch: how often a journal was parked or taken back; whoever commits shows that he knows.
-- parked: how many journals are parked.
-- updated_at: microseconds since 1970-01-01T00:00:00Z; for operators.
create table read_model_checkpoint (
  read_model text not null,
  build integer not null,
  partition integer not null,
  position integer not null,
  epoch integer not null,
  parked integer not null,
  updated_at integer not null,
  constraint read_model_checkpoint_unique primary key (read_model, build, partition),
  constraint read_model_checkpoint_not_negative check (position >= 0)
) strict, without rowid;

-- Who follows which part, as each silo says of itself every two seconds: two at once for one part are a conflict.
-- rate: events a second.
create table read_model_owner (
  read_model text not null,
  build integer not null,
  partition integer not null,
  owner text not null,
  state text not null,
  error text,
  rate integer not null,
  seen_at integer not null,
  constraint read_model_owner_unique primary key (read_model, build, partition, owner)
) strict, without rowid;

-- Journals of which an event cannot be applied: the part goes on without them.
-- version, position, type: the first event that is not applied. state: retrying or quarantined.
-- attempts, error: of that event, how often it was tried and how it ended the last time.
-- parked_at, next_at: microseconds since 1970; since when the journal is parked, and when it is tried again.
create table read_model_parked (
  read_model text not null,
  build integer not null,
  partition integer not null,
  journal text not null,
  version integer not null,
  position integer not null,
  type text not null,
  state text not null,
  attempts integer not null,
  error text not null,
  parked_at integer not null,
  next_at integer not null,
  constraint read_model_parked_once primary key (read_model, build, partition, journal),
  constraint read_model_parked_state check (state in ('retrying', 'quarantined'))
) strict, without rowid;

-- What was decided about read models, by whom and why; kept for good, also when the build is dropped.
-- decision: skip, retry, rebuild-key and others. reason: of a skip. partition, journal: null where it is about a whole build.
-- version, position, type, error: the event that it is about.
create table read_model_decision (
  number integer primary key autoincrement,
  decided_at integer not null,
  read_model text not null,
  model_version integer not null,
  build integer not null,
  partition integer,
  decision text not null,
  actor text not null,
  reason text,
  journal text,
  version integer,
  position integer,
  type text,
  error text
) strict;

create index read_model_decision_by_journal on read_model_decision (read_model, model_version, journal, version);

create trigger read_model_decision_is_never_changed before update on read_model_decision
begin
  select raise(abort, 'read_model_decision is append-only: a decision never changes');
end;

create trigger read_model_decision_is_never_deleted before delete on read_model_decision
begin
  select raise(abort, 'read_model_decision is append-only: a decision is never deleted');
end;
