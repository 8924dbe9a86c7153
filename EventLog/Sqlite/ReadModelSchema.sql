-- What is kept of read models beside their rows.

-- Each filling of a read model's tables. state: building, live (queries read it), previous (a rollback leads to it), dropped.
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
