-- When Lineup has looked at the source of a job that waits for its data, and what was wrong. What was seen is in jobs.trigger_state.
create table lineup.trigger_looks (
  job_id text primary key references lineup.jobs (id) on delete cascade,
  -- The last look that got an answer; null before the first one.
  looked_at timestamptz,
  -- Since when no look has got one, and what the last one has failed with; null after an answer.
  failing_since timestamptz,
  problem jsonb,
  failures integer not null default 0,
  next_at timestamptz not null
);

-- The jobs that wait for objects and tables.
create index jobs_watching_idx on lineup.jobs ((configuration->'trigger'->>'kind'))
  where configuration->'trigger'->>'kind' in ('object', 'table');
