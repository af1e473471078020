-- Who must never be in an audience. Only where the members are and how they are read: every run reads them anew, and no member or
-- hash of one is stored.
create table lineup.suppression_lists (
  id                      text primary key,
  -- Messages name a list by it.
  name                    text not null unique,
  description             text not null default '',
  source_authorization_id text references lineup.authorizations (id) on delete restrict,
  segment_id              text not null,
  file_options            jsonb,
  -- The field of each identifier type that it has.
  fields                  jsonb not null,
  applies_to              text not null check (applies_to in ('all_jobs', 'chosen_jobs')),
  max_shrink              double precision not null,
  revision                integer not null default 1,
  created_by              text not null,
  created_at              timestamptz not null,
  updated_by              text not null,
  updated_at              timestamptz not null
);
create index suppression_lists_source_idx on lineup.suppression_lists (source_authorization_id);

-- Its size when a run last read it whole: what the next read is compared with.
create table lineup.suppression_reads (
  list_id         text not null references lineup.suppression_lists (id) on delete cascade,
  identifier_type text not null,
  size            bigint not null,
  read_at         timestamptz not null,
  run_id          text not null,
  primary key (list_id, identifier_type)
);

-- How many members it kept out of each job's audience, in the job's last run.
create table lineup.suppression_results (
  list_id         text not null references lineup.suppression_lists (id) on delete cascade,
  job_id          text not null references lineup.jobs (id) on delete cascade,
  run_id          text not null,
  identifier_type text not null,
  kept_out        bigint not null,
  at              timestamptz not null,
  primary key (list_id, job_id)
);
create index suppression_results_job_idx on lineup.suppression_results (job_id);

-- The jobs until now choose none.
update lineup.jobs set configuration = configuration || '{"suppression_lists": []}'
where not configuration ? 'suppression_lists';
