-- oldest: 29
-- Each migration may name the oldest version that may work on the tables from then on, by the last migration that this version knows.
-- Only a lease lets a process work. So the database gives none to an older version, and renews none, as if another process held it: the
-- older version takes no run, and gives away those that it has, without an error. A version before this migration says nothing of itself,
-- and gets none either.
alter table lineup.migrations add column oldest integer;

alter table lineup.leases add column knows integer;

create function lineup.leave_to_newer_version() returns trigger language plpgsql as $$
begin
  -- An expired lease lets nobody work. A move to another database copies those too.
  if new.expires_at > clock_timestamp() and coalesce(new.knows, 0) < (select max(oldest) from lineup.migrations) then
    return null;
  end if;
  return new;
end $$;

create trigger leave_to_newer_version before insert or update on lineup.leases
  for each row execute function lineup.leave_to_newer_version();
