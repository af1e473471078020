-- The audiences of jobs that end some time after their creation, and what takes their place.
create table lineup.audience_lives (
  job_id         text not null references lineup.jobs (id) on delete cascade,
  audience_id    text not null,
  name           text,
  ends_at        timestamptz,
  -- The run that fills the successor, or has filled it. Null before.
  successor_run  text,
  successor_name text,
  -- Null until a run has created it.
  successor_id   text,
  -- Since when the job fills the successor. Null before.
  renewed_at     timestamptz,
  primary key (job_id, audience_id)
);
-- A half-filled successor belongs to its job.
create index audience_lives_successor on lineup.audience_lives (successor_id) where successor_id is not null;
