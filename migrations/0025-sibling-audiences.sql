-- A job may send further identifiers of the same members, each to an audience of its own (`configuration.siblings`).

-- Their audiences at LINE, in the order of the configuration: chosen, or created by the first run.
alter table lineup.jobs add column sibling_audience_ids jsonb not null default '[]';
create index jobs_sibling_audiences_idx on lineup.jobs using gin (sibling_audience_ids) where sibling_audience_ids <> '[]';

-- The jobs until now have none.
update lineup.jobs set configuration = configuration || '{"siblings": []}'
where not configuration ? 'siblings';

-- How many deliveries a run has. The row of a run keeps the audience and the counts of the first one.
alter table lineup.runs add column deliveries integer not null default 1;
create index runs_several_idx on lineup.runs (job_id, queued_at desc, id desc) where deliveries > 1;

-- All deliveries of a run that has several, the first one too. Folded from run_events, as the row of the run.
create table lineup.run_deliveries (
  run_id          text not null references lineup.runs (id) on delete cascade,
  -- From 1.
  delivery        integer not null,
  identifier_type text not null,
  id_field        text not null,
  audience_id     text,
  audience_name   text,
  last_write_at   timestamptz,
  at_line         text not null check (at_line in ('nothing', 'part', 'whole')),
  scanned         bigint,
  missing         bigint,
  invalid         bigint,
  suppressed      bigint,
  held_out        bigint,
  duplicates      bigint,
  unique_count    bigint,
  uploaded        bigint,
  chunks          integer,
  -- LINE's matching, as seen last.
  matching_status text,
  matching_size   text,
  matching_at     timestamptz,
  primary key (run_id, delivery)
);
create index run_deliveries_audience_idx on lineup.run_deliveries (audience_id);

-- The deliveries of all runs, for what is asked about an audience. A run with a single delivery is one itself.
create view lineup.single_deliveries as
select run.id as run_id, 1 as delivery, run.job_id, run.status, run.mode, run.queued_at, run.started_at, run.ended_at,
  run.ad_account_id, run.audience_id, run.audience_name, run.last_write_at, run.at_line, run.unique_count, run.uploaded,
  run.matching_status, run.matching_size, run.matching_at
from lineup.runs as run where run.deliveries = 1;

create view lineup.several_deliveries as
select its.run_id, its.delivery, run.job_id, run.status, run.mode, run.queued_at, run.started_at, run.ended_at,
  run.ad_account_id, its.audience_id, its.audience_name, its.last_write_at, its.at_line, its.unique_count, its.uploaded,
  its.matching_status, its.matching_size, its.matching_at
from lineup.run_deliveries as its join lineup.runs as run on run.id = its.run_id where run.deliveries > 1;

create view lineup.deliveries as
select * from lineup.single_deliveries union all select * from lineup.several_deliveries;

-- LINE matches each audience on its own.
alter table lineup.matching_observations
  add column delivery integer not null default 1,
  drop constraint matching_observations_pkey,
  add primary key (run_id, delivery, at);

-- A job may use a list with several identifier types.
alter table lineup.suppression_results
  drop constraint suppression_results_pkey,
  add primary key (list_id, job_id, identifier_type);
