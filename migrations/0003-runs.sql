-- A run outlives its job: later runs to the same audience are guarded by it until retention removes it.
create table lineup.runs (
  id              text primary key,
  job_id          text references lineup.jobs (id) on delete set null,
  job_name        text not null,
  trigger         text not null check (trigger in ('created', 'schedule', 'retry', 'manual', 'anyway', 'restart')),
  slot            timestamptz,
  -- A person's word: this run passes the guard whatever its size.
  waives_guard    boolean not null default false,
  status          text not null
    check (status in ('queued', 'running', 'succeeded', 'failed', 'interrupted', 'stopped', 'dry_run')),
  queued_at       timestamptz not null,
  -- A person's wish, for the worker that has the run: `pause` keeps it for later, `end` does not.
  stop_requested  text check (stop_requested in ('pause', 'end')),

  -- Folded from run_events, in the same transaction as each append.
  events          integer not null default 0,
  started_at      timestamptz,
  ended_at        timestamptz,
  last_write_at   timestamptz,
  mode            text check (mode in ('replace', 'append')),
  ad_account_id   text,
  audience_id     text,
  audience_name   text,
  scanned         bigint,
  missing         bigint,
  invalid         bigint,
  duplicates      bigint,
  unique_count    bigint,
  uploaded        bigint,
  chunks          integer,
  warnings        integer not null default 0,
  error           jsonb,

  -- What goes on right now, for who watches; worth nothing after the run.
  progress        jsonb,
  progress_at     timestamptz,

  -- LINE's matching, as seen last.
  matching_status text,
  matching_size   text,
  matching_at     timestamptz
);
-- Two runs of one job never overlap.
create unique index runs_one_active_idx on lineup.runs (job_id) where status in ('queued', 'running');
create index runs_job_idx on lineup.runs (job_id, queued_at desc, id desc);
create index runs_queued_at_idx on lineup.runs (queued_at desc, id desc);
create index runs_audience_idx on lineup.runs (ad_account_id, audience_id, ended_at desc);

create table lineup.run_events (
  run_id text not null references lineup.runs (id) on delete cascade,
  seq    integer not null,
  -- src/contracts/run-events.ts
  event  jsonb not null,
  primary key (run_id, seq)
);

-- The log of requests that LINE recommends its partners to keep.
create table lineup.run_requests (
  id          bigint generated always as identity primary key,
  run_id      text not null references lineup.runs (id) on delete cascade,
  at          timestamptz not null,
  method      text not null,
  endpoint    text not null,
  status      integer,
  error       text,
  attempt     integer not null,
  duration_ms integer not null
);
create index run_requests_run_idx on lineup.run_requests (run_id, id);

create table lineup.matching_observations (
  run_id         text not null references lineup.runs (id) on delete cascade,
  at             timestamptz not null,
  status         text,
  -- LINE's own words: a number, "-", or "100 or fewer".
  estimated_size text,
  primary key (run_id, at)
);
