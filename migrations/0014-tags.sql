-- Words by which people find jobs; a list, never null.
alter table lineup.jobs add column tags jsonb not null default '[]';
-- Lists of jobs show, and may be in order of, what the latest succeeded run of each sent.
create index runs_succeeded_idx on lineup.runs (job_id, queued_at desc, id desc) where status = 'succeeded';
