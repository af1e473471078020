-- How often sign-in has failed: by account, by address, and by both. The keys are digests under the key of the secrets, so that
-- neither an address nor an e-mail address is readable here.

create table lineup.sign_in_attempts (
  key           text primary key,
  failures      integer not null,
  last_at       timestamptz not null,
  -- Before this moment nothing is tried.
  blocked_until timestamptz,
  -- When somebody has last come in this way: of an account and an address together.
  succeeded_at  timestamptz
);
create index sign_in_attempts_last_at_idx on lineup.sign_in_attempts (last_at);

-- They were digests that anybody could try secrets against; from now on the key of the secrets is needed for that.
delete from lineup.idempotency_keys;
