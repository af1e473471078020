-- The secrets that sign the webhooks of jobs. After a new one was made, the one before is valid for some time.
create table lineup.webhook_secrets (
  id          text primary key,
  job_id      text not null references lineup.jobs (id) on delete cascade,
  -- Sealed.
  secret      text not null,
  -- A version that does not know this table rotates and forgets keys, too. Nobody can open what was sealed with a key that is gone.
  key_id      text not null references lineup.secret_keys (key_id) on delete cascade,
  made_at     timestamptz not null,
  -- Null for the newest one of a job.
  valid_until timestamptz
);
create index webhook_secrets_job on lineup.webhook_secrets (job_id);
create unique index webhook_secrets_newest on lineup.webhook_secrets (job_id) where valid_until is null;

-- The webhooks that have come, so that a repeated one makes no second run.
create table lineup.webhooks_seen (
  job_id text not null references lineup.jobs (id) on delete cascade,
  id     text not null,
  at     timestamptz not null,
  primary key (job_id, id)
);
create index webhooks_seen_at on lineup.webhooks_seen (at);
