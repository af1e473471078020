-- How a job is to people, so that lists and metrics can ask for it: src/contracts/job-condition.ts.
alter table lineup.jobs add column condition text;
update lineup.jobs set condition = case status
  when 'runnable' then 'running'
  when 'sleeping' then case when error_count > 0 then 'retrying' else 'scheduled' end
  when 'failed' then case when error->>'code' = 'audience_shrinks' then 'needs_approval' else 'failed' end
  when 'killed' then 'terminated'
  else status
end;
alter table lineup.jobs
  alter column condition set not null,
  add check (condition in
    ('running', 'scheduled', 'retrying', 'waiting', 'needs_approval', 'paused', 'completed', 'failed', 'terminated'));
create index jobs_condition_idx on lineup.jobs (condition);
alter table lineup.job_transitions add column to_condition text;

-- A job's slot is now the first one that no run has served. One that a run has, or that nobody knows to be to come, is not that:
-- without it, the next one is counted from the present.
update lineup.jobs as job set slot = null
where status not in ('sleeping', 'paused')
  or exists (select 1 from lineup.runs where job_id = job.id and runs.slot >= job.slot);

alter table lineup.runs
  -- What LINE holds of it, folded from run_events as the rest.
  add column at_line text not null default 'nothing' check (at_line in ('nothing', 'part', 'whole')),
  -- It is never continued: its job asks for something else now. Until now nothing that a person had stopped was.
  add column forbidden boolean not null default false;
update lineup.runs as run set
  forbidden = status = 'stopped',
  at_line = case
    when status = 'succeeded' then 'whole'
    when last_write_at is null then 'nothing'
    when uploaded > 0 then case
      when chunks = (
        select count(distinct event->>'chunk') from lineup.run_events
        where run_id = run.id and event->>'type' = 'job' and event->>'jobStatus' = 'FINISHED')
      then 'whole' else 'part' end
    -- Sent, and nobody knows whether LINE took it.
    when exists (
      select 1 from lineup.run_events as intent
      where intent.run_id = run.id and intent.event->>'type' = 'intent' and not exists (
        select 1 from lineup.run_events as answer
        where answer.run_id = run.id and answer.seq > intent.seq
          and answer.event->>'chunk' = intent.event->>'chunk'))
    then 'part' else 'nothing' end
where last_write_at is not null or status in ('succeeded', 'stopped');
create index runs_part_idx on lineup.runs (job_id) where at_line = 'part';
-- A person ended it, and its worker died before that was written down.
create index runs_ended_idx on lineup.runs (id) where stop_requested = 'end' and status in ('interrupted', 'failed');

-- Who is told of failures is told of what was one until now, and of what LINE holds after them.
update lineup.notification_channels set events = events || '["job_waiting", "audience_incomplete"]'
where events @> '["job_failed"]';
