-- What the trigger of a job has seen; null for a job without one.
alter table lineup.jobs add column trigger_state jsonb;

-- A job that waits for its trigger sleeps without a time. An older version leaves such a job alone: it does not know its configuration.
alter table lineup.jobs
  drop constraint jobs_check,
  add constraint jobs_sleep_check check (status = 'sleeping' or sleep_until is null);

-- The jobs that wait for the success of another one.
create index jobs_trigger_idx on lineup.jobs ((configuration->'trigger'->>'job_id'))
  where configuration->'trigger'->>'job_id' is not null;
