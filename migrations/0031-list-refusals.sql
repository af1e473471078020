-- What a run found of a suppression list when it stopped because the list has shrunk. A person may accept that much, and not less.
create table lineup.suppression_refusals (
  list_id         text not null references lineup.suppression_lists (id) on delete cascade,
  identifier_type text not null,
  -- Null: the list itself has shrunk. Otherwise it keeps out fewer members of this job, with another source than before.
  job_id          text references lineup.jobs (id) on delete cascade,
  before          bigint not null,
  after           bigint not null,
  at              timestamptz not null,
  run_id          text not null,
  accepted        boolean not null default false
);
create index suppression_refusals_list_idx on lineup.suppression_refusals (list_id);
