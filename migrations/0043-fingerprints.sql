-- Where the keyed fingerprints of the members of a run are: in a sealed file of the directory of uploads
-- (src/store/fingerprints). The key of a file is made of the key of all fingerprints, which is a sealed setting, and of the
-- salt. So without its row a file is noise. The last run that has filled an audience completely keeps its row.
create table lineup.fingerprints (
  run_id          text not null references lineup.runs (id) on delete cascade,
  delivery        integer not null,
  -- Deleted with the job.
  job_id          text not null references lineup.jobs (id) on delete cascade,
  identifier_type text not null,
  id_field        text not null,
  -- The name of the file.
  file            text not null,
  salt            text not null,
  -- Of the content.
  bytes           bigint not null,
  created_at      timestamptz not null,
  primary key (run_id, delivery)
);
create index fingerprints_job_idx on lineup.fingerprints (job_id);
