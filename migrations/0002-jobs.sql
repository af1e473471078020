create table lineup.authorizations (
  id                text primary key,
  provider          text not null,
  method            text not null,
  label             text not null,
  description       text not null default '',
  -- Sealed (src/store/secret-box.ts); `key_id` repeats the envelope's, so that rotation finds what is left to do.
  configuration     text not null,
  key_id            text not null references lineup.secret_keys (key_id),
  health            text not null default 'unknown' check (health in ('healthy', 'unhealthy', 'unknown')),
  health_reason     text,
  health_checked_at timestamptz,
  revision          integer not null default 1,
  created_by        text not null,
  created_at        timestamptz not null,
  updated_by        text not null,
  updated_at        timestamptz not null
);

create table lineup.jobs (
  id                      text primary key,
  type                    text not null,
  name                    text not null,
  description             text not null default '',
  -- "Cannot be deleted while a job uses it" is kept by the database itself.
  authorization_id        text not null references lineup.authorizations (id) on delete restrict,
  source_authorization_id text references lineup.authorizations (id) on delete restrict,
  configuration           jsonb not null,
  -- LINE's audience: the chosen one, or the one that the first run made; never changed after that by a run.
  audience_id             text,
  status                  text not null
    check (status in ('runnable', 'sleeping', 'paused', 'completed', 'failed', 'killed')),
  sleep_until             timestamptz,
  -- The slot that it sleeps for, or that its latest scheduled run serves.
  slot                    timestamptz,
  error_count             integer not null default 0,
  errors_since            timestamptz,
  -- Why it failed or backs off: code, message, reason.
  error                   jsonb,
  revision                integer not null default 1,
  created_by              text not null,
  created_at              timestamptz not null,
  updated_by              text not null,
  updated_at              timestamptz not null,
  check ((status = 'sleeping') = (sleep_until is not null)),
  check ((error_count > 0) = (errors_since is not null))
);
create index jobs_due_idx on lineup.jobs (sleep_until) where status = 'sleeping';
create index jobs_authorization_idx on lineup.jobs (authorization_id);
create index jobs_source_authorization_idx on lineup.jobs (source_authorization_id);
create index jobs_audience_idx on lineup.jobs (audience_id);

-- Every change of a job's status, and what did not change it but must be known (a slot skipped).
create table lineup.job_transitions (
  id          bigint generated always as identity primary key,
  job_id      text not null references lineup.jobs (id) on delete cascade,
  at          timestamptz not null,
  action      text not null,
  from_status text,
  to_status   text not null,
  actor_id    text not null,
  actor       text not null,
  reason      text,
  run_id      text
);
create index job_transitions_job_idx on lineup.job_transitions (job_id, id);
