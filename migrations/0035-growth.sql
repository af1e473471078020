-- Lists of runs by status, and how many there are of each.
create index runs_status_idx on lineup.runs (status, queued_at desc, id desc);
-- Runs whose job was deleted.
create index runs_deleted_job_idx on lineup.runs (queued_at desc, id desc) where job_id is null;
