-- The erasure list: people whom every run leaves out. A row is an HMAC-SHA-256 over the identifier type and the SHA-256 of one spelling of
-- the identifier. Its key is sealed, in the settings. Without the key nobody can test guesses against a row.
create table lineup.erasures (
  identifier_type text not null,
  keyed_hash      text not null,
  -- The keyed hash of the complete identifier, for each of its spellings. Two people may share a spelling: at home, a number of Thailand
  -- and one of Taiwan have the same digits.
  person_id       text not null,
  at              timestamptz not null,
  primary key (identifier_type, person_id, keyed_hash)
);

-- Somebody was put on the list while a run of the job was in progress: another run follows it, because it may hold them.
alter table lineup.jobs add column run_again boolean not null default false;

-- A version that does not know the list would send these people. While the list has anybody, the database gives such a version no
-- lease, as after a migration that names an oldest version, and the leases that it holds are lost.
create function lineup.leave_erasures_to_newer_version() returns trigger language plpgsql as $$
begin
  -- One change after another: each then sees whom the others have left on the list.
  perform from lineup.migrations where number = 33 for update;
  if not exists (select from lineup.erasures) then
    update lineup.migrations set oldest = null where number = 33 and oldest is not null;
  elsif exists (select from lineup.migrations where number = 33 and oldest is null) then
    -- A lease that is taken meanwhile would be one of before the bound.
    lock table lineup.leases in share row exclusive mode;
    update lineup.leases set token = nextval('lineup.lease_tokens') where coalesce(knows, 0) < 33;
    update lineup.migrations set oldest = 33 where number = 33;
  end if;
  return null;
end $$;

create trigger leave_erasures_to_newer_version after insert or delete on lineup.erasures
  for each statement execute function lineup.leave_erasures_to_newer_version();
