-- What lists of jobs are sorted by. To ask the runs of ten thousand jobs for it takes too long.
create table lineup.latest_runs (
  job_id text primary key references lineup.jobs (id) on delete cascade,
  -- Of the newest run: when it ended; before that, when it started or was queued.
  at     timestamptz,
  -- What the newest successful run has sent.
  size   bigint
);

-- Triggers keep it, in the transaction of each change. So it is also right while an older version writes, which does not know it.
create function lineup.note_latest_runs(job_ids text[]) returns void language plpgsql as $$
begin
  -- Who changes another run of one of these jobs waits here, in an order that nobody reverses. The next statement then sees that change.
  perform from lineup.latest_runs where job_id = any (job_ids) order by job_id for no key update;
  update lineup.latest_runs as its set
    at = (
      select coalesce(ended_at, started_at, queued_at) from lineup.runs
      where runs.job_id = its.job_id order by queued_at desc, id desc limit 1),
    size = (
      select uploaded from lineup.runs
      where runs.job_id = its.job_id and status = 'succeeded' order by queued_at desc, id desc limit 1)
  where job_id = any (job_ids);
end $$;

create function lineup.note_added_runs() returns trigger language plpgsql as $$
begin
  insert into lineup.latest_runs (job_id)
    select distinct job_id from added where job_id is not null order by job_id on conflict do nothing;
  perform lineup.note_latest_runs(array(select distinct job_id from added where job_id is not null));
  return null;
end $$;

create function lineup.note_changed_run() returns trigger language plpgsql as $$
begin
  perform lineup.note_latest_runs(array[new.job_id]);
  return null;
end $$;

create function lineup.note_deleted_runs() returns trigger language plpgsql as $$
begin
  perform lineup.note_latest_runs(array(select distinct job_id from deleted where job_id is not null));
  return null;
end $$;

create trigger note_added_runs after insert on lineup.runs referencing new table as added
  for each statement execute function lineup.note_added_runs();
-- Most changes of a run are steps in its middle, and change nothing here.
create trigger note_changed_run after update on lineup.runs for each row
  when (new.job_id is not null and (
    (new.queued_at, new.started_at, new.ended_at) is distinct from (old.queued_at, old.started_at, old.ended_at)
    or (new.status = 'succeeded') <> (old.status = 'succeeded')
    or new.status = 'succeeded' and new.uploaded is distinct from old.uploaded))
  execute function lineup.note_changed_run();
create trigger note_deleted_runs after delete on lineup.runs referencing old table as deleted
  for each statement execute function lineup.note_deleted_runs();

-- Creating the triggers has waited for all who write, so no run is left out.
insert into lineup.latest_runs (job_id, at, size)
select job.id, newest.at, (
  select uploaded from lineup.runs
  where runs.job_id = job.id and status = 'succeeded' order by queued_at desc, id desc limit 1)
from lineup.jobs as job cross join lateral (
  select coalesce(ended_at, started_at, queued_at) as at from lineup.runs
  where runs.job_id = job.id order by queued_at desc, id desc limit 1) as newest;
