-- Orleans' own tables: the contract of Microsoft.Orleans.Persistence.AdoNet, which reads its statements from OrleansQuery.
-- Names of tables, keys, parameters and result columns are that contract; the text is ours. Runs at every start, by one silo at
-- a time, beside others that are at work.

create table if not exists OrleansQuery (
  QueryKey text not null primary key,
  QueryText text not null
);

create table if not exists OrleansStorage (
  GrainIdHash integer not null,
  GrainIdN0 bigint not null,
  GrainIdN1 bigint not null,
  GrainTypeHash integer not null,
  GrainTypeString text not null,
  GrainIdExtensionString text null,
  ServiceId text not null,
  PayloadBinary bytea null,
  ModifiedOn timestamptz not null,
  Version integer not null
);

-- Two nulls are no duplicates to PostgreSQL: the empty text stands for them here.
create unique index if not exists orleans_storage_grain_unique on OrleansStorage (
  GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, coalesce(GrainIdExtensionString, ''), ServiceId
);

-- Statements are replaced, so that a newer program brings its own.
-- A write yields the new version, or no row when the version that the grain knows is not the stored one.
insert into OrleansQuery (QueryKey, QueryText) values ('WriteToStorageKey', '
update OrleansStorage
set PayloadBinary = @PayloadBinary, ModifiedOn = now(), Version = Version + 1
where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
  and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
  and GrainTypeString = @GrainTypeString
  and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')
  and ServiceId = @ServiceId
  and Version = @GrainStateVersion
returning Version as NewGrainStateVersion;

insert into OrleansStorage (
  GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId,
  PayloadBinary, ModifiedOn, Version)
select
  @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId,
  @PayloadBinary, now(), 1
where @GrainStateVersion is null
on conflict do nothing
returning Version as NewGrainStateVersion;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('ReadFromStorageKey', '
select PayloadBinary, Version
from OrleansStorage
where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
  and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
  and GrainTypeString = @GrainTypeString
  and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')
  and ServiceId = @ServiceId;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- Clearing keeps the row and its version, so that a late writer is still refused.
insert into OrleansQuery (QueryKey, QueryText) values ('ClearStorageKey', '
update OrleansStorage
set PayloadBinary = null, ModifiedOn = now(), Version = Version + 1
where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
  and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
  and GrainTypeString = @GrainTypeString
  and coalesce(GrainIdExtensionString, '''') = coalesce(@GrainIdExtensionString, '''')
  and ServiceId = @ServiceId
  and Version = @GrainStateVersion
returning Version as NewGrainStateVersion;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;
