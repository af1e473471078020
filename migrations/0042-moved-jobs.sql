-- Which job went on as this one at another destination. Its name stays when it is deleted.
alter table lineup.jobs
  add column moved_from_id   text,
  add column moved_from_name text;
create index jobs_moved_from on lineup.jobs (moved_from_id) where moved_from_id is not null;
