-- Orleans' own tables: the contract of Microsoft.Orleans.Clustering.AdoNet, which reads its statements from OrleansQuery.
-- Names of tables, keys, parameters and result columns are that contract; the text is ours. Runs at every start, by one silo at
-- a time, beside others that are at work.

create table if not exists OrleansQuery (
  QueryKey text not null primary key,
  QueryText text not null
);

-- One row per cluster: whoever changes the membership must have seen the newest version of it.
create table if not exists OrleansMembershipVersionTable (
  DeploymentId text not null primary key,
  Version integer not null default 0
);

-- One row per start of a silo.
create table if not exists OrleansMembershipTable (
  DeploymentId text not null,
  Address text not null,
  Port integer not null,
  Generation integer not null,
  SiloName text not null,
  HostName text not null,
  Status integer not null,
  ProxyPort integer null,
  SuspectTimes text null,
  StartTime timestamptz not null,
  IAmAliveTime timestamptz not null,
  primary key (DeploymentId, Address, Port, Generation)
);

-- True when the silo is in; false when somebody else changed the membership first, or the silo is in already.
create or replace function orleanses_member_insert(
  cluster text, seen integer, silo_address text, silo_port integer, silo_generation integer, silo_name text, host_name text,
  silo_status integer, proxy_port integer, started timestamptz, alive timestamptz)
returns boolean language plpgsql as $$
begin
  update OrleansMembershipVersionTable set Version = Version + 1
  where DeploymentId = cluster and Version = seen
    and not exists (
      select from OrleansMembershipTable m
      where m.DeploymentId = cluster and m.Address = silo_address and m.Port = silo_port and m.Generation = silo_generation);
  if not found then
    return false;
  end if;
  insert into OrleansMembershipTable (
    DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
  values (cluster, silo_address, silo_port, silo_generation, silo_name, host_name, silo_status, proxy_port, started, alive);
  return true;
end
$$;

-- True when the row is changed; false when somebody else changed the membership first, or there is no such silo.
-- The silo's row is locked before the version's, as everywhere.
create or replace function orleanses_member_update(
  cluster text, seen integer, silo_address text, silo_port integer, silo_generation integer,
  silo_status integer, suspect_times text, alive timestamptz)
returns boolean language plpgsql as $$
begin
  perform from OrleansMembershipTable
  where DeploymentId = cluster and Address = silo_address and Port = silo_port and Generation = silo_generation
  for update;
  if not found then
    return false;
  end if;
  update OrleansMembershipVersionTable set Version = Version + 1 where DeploymentId = cluster and Version = seen;
  if not found then
    return false;
  end if;
  update OrleansMembershipTable set Status = silo_status, SuspectTimes = suspect_times, IAmAliveTime = alive
  where DeploymentId = cluster and Address = silo_address and Port = silo_port and Generation = silo_generation;
  return true;
end
$$;

-- Statements are replaced, so that a newer program brings its own.
insert into OrleansQuery (QueryKey, QueryText) values ('InsertMembershipVersionKey', '
with added as (
  insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId)
  on conflict do nothing
  returning 1
)
select exists (select from added);
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('InsertMembershipKey', '
select orleanses_member_insert(
  @DeploymentId, @Version, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime);
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('UpdateMembershipKey', '
select orleanses_member_update(
  @DeploymentId, @Version, @Address, @Port, @Generation, @Status, @SuspectTimes, @IAmAliveTime);
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- A sign of life changes nothing that others decide on, so it moves no version.
insert into OrleansQuery (QueryKey, QueryText) values ('UpdateIAmAlivetimeKey', '
update OrleansMembershipTable
set IAmAliveTime = @IAmAliveTime
where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- The version is told even where there is no silo.
insert into OrleansQuery (QueryKey, QueryText) values ('MembershipReadRowKey', '
select
  v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
  m.StartTime, m.IAmAliveTime, v.Version
from OrleansMembershipVersionTable v
left join OrleansMembershipTable m
  on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
where v.DeploymentId = @DeploymentId;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('MembershipReadAllKey', '
select
  v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
  m.StartTime, m.IAmAliveTime, v.Version
from OrleansMembershipVersionTable v
left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
where v.DeploymentId = @DeploymentId;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('GatewaysQueryKey', '
select Address, ProxyPort, Generation
from OrleansMembershipTable
where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

insert into OrleansQuery (QueryKey, QueryText) values ('DeleteMembershipTableEntriesKey', '
delete from OrleansMembershipTable where DeploymentId = @DeploymentId;
delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;

-- 6 is dead. Whoever is in any other state may be alive and slow, and would take its missing row for its death.
insert into OrleansQuery (QueryKey, QueryText) values ('CleanupDefunctSiloEntriesKey', '
delete from OrleansMembershipTable
where DeploymentId = @DeploymentId and Status = 6 and IAmAliveTime < @IAmAliveTime;
')
on conflict (QueryKey) do update set QueryText = excluded.QueryText;
