-- A job that fills an audience for each value of a column has a job for each of them: its part.
-- An older version leaves both alone: it does not know their configurations.
alter table lineup.jobs
  add column part_of    text,
  add column part_value text,
  -- The run of the split job that has seen the value last.
  add column part_run   text;
create unique index jobs_parts_idx on lineup.jobs (part_of, part_value) where part_of is not null;

-- The run whose scan made the file. Null for a file of a person.
alter table lineup.uploads add column split_run text;
create index uploads_split_run_idx on lineup.uploads (split_run) where split_run is not null;
