-- What is kept of read models beside their rows.

-- Each filling of a read model's tables. state: building, live (queries read it), previous (a rollback leads to it), dropped,
-- shadow (filled to be compared with the live one, and dropped then).
-- floor: of the live one, the positions that had been shown when it became live, by partition and with commas.
-- rate_max: at most so many events a second while building.
create table read_model_build (
  read_model text collate "C" not null,
  build integer not null,
  model_version integer not null,
  state text collate "C" not null,
  floor text collate "C" not null,
  rate_max bigint,
  changed_at bigint not null,
  constraint read_model_build_unique primary key (read_model, build)
);

create unique index read_model_one_live on read_model_build (read_model) where state = 'live';

-- How far each build has come in each partition.
-- epoch: how often a journal was parked or taken back; whoever commits shows that he knows.
-- parked: how many journals are parked.
-- updated_at: microseconds since 1970-01-01T00:00:00Z; for operators.
create table read_model_checkpoint (
  read_model text collate "C" not null,
  build integer not null,
  partition integer not null,
  position bigint not null,
  epoch bigint not null,
  parked integer not null,
  updated_at bigint not null,
  constraint read_model_checkpoint_unique primary key (read_model, build, partition),
  constraint read_model_checkpoint_not_negative check (position >= 0)
) with (fillfactor = 10);

-- Who follows which part, as each silo says of itself every two seconds: two at once for one part are a conflict.
-- rate: events a second.
create table read_model_owner (
  read_model text collate "C" not null,
  build integer not null,
  partition integer not null,
  owner text collate "C" not null,
  state text collate "C" not null,
  error text,
  rate bigint not null,
  seen_at bigint not null,
  constraint read_model_owner_unique primary key (read_model, build, partition, owner)
) with (fillfactor = 10);

-- Journals of which an event cannot be applied: the part goes on without them.
-- version, position, type: the first event that is not applied. state: retrying or quarantined.
-- attempts, error: of that event, how often it was tried and how it ended the last time.
-- parked_at, next_at: microseconds since 1970; since when the journal is parked, and when it is tried again.
create table read_model_parked (
  read_model text collate "C" not null,
  build integer not null,
  partition integer not null,
  journal text collate "C" not null,
  version bigint not null,
  position bigint not null,
  type text collate "C" not null,
  state text collate "C" not null,
  attempts integer not null,
  error text not null,
  parked_at bigint not null,
  next_at bigint not null,
  constraint read_model_parked_once primary key (read_model, build, partition, journal),
  constraint read_model_parked_state check (state in ('retrying', 'quarantined'))
);

-- What was decided about read models, by whom and why; kept for good, also when the build is dropped.
-- decision: skip, retry, rebuild-key and others. reason: of a skip. partition, journal: null where it is about a whole build.
-- version, position, type, error: the event that it is about.
create table read_model_decision (
  number bigint generated always as identity,
  decided_at bigint not null,
  read_model text collate "C" not null,
  model_version integer not null,
  build integer not null,
  partition integer,
  decision text collate "C" not null,
  actor text not null,
  reason text,
  journal text collate "C",
  version bigint,
  position bigint,
  type text collate "C",
  error text,
  constraint read_model_decision_unique primary key (number)
);

create index read_model_decision_by_journal on read_model_decision (read_model, model_version, journal, version);

create function read_model_decision_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'read_model_decision is append-only: a decision is never changed and never deleted'
    using errcode = 'integrity_constraint_violation', constraint = 'read_model_decision_is_append_only';
end $$;

create trigger read_model_decision_is_never_changed before update or delete on read_model_decision
  for each row execute function read_model_decision_is_append_only();

create trigger read_model_decision_is_never_truncated before truncate on read_model_decision
  for each statement execute function read_model_decision_is_append_only();
