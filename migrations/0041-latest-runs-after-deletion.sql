-- Retention deletes many old runs, and few of them are the newest of their job. Only those are looked at, as one deletion of runs
-- follows another.
create or replace function lineup.note_deleted_runs() returns trigger language plpgsql as $$
begin
  perform lineup.note_latest_runs(array(
    select distinct noted.job_id from deleted as its join lineup.latest_runs as noted on noted.job_id = its.job_id
    where coalesce(its.ended_at, its.started_at, its.queued_at) = noted.at
      or its.status = 'succeeded' and its.uploaded is not distinct from noted.size and not exists (
        select from lineup.runs as later
        where later.job_id = its.job_id and later.status = 'succeeded'
          and (later.queued_at, later.id) > (its.queued_at, its.id)
        offset 0)));
  return null;
end $$;
