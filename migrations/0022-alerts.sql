-- Alerts: a rule of a job is broken from `raised_at` until `cleared_at`.
create table lineup.alerts (
  id         bigint generated always as identity primary key,
  job_id     text not null references lineup.jobs (id) on delete cascade,
  -- src/contracts/alert-rules.ts
  rule       text not null,
  -- In the unit of the rule.
  threshold  double precision not null,
  measured   double precision not null,
  message    text not null,
  sentence   jsonb,
  run_id     text,
  raised_at  timestamptz not null,
  cleared_at timestamptz
);
-- An alert that is open is not raised again.
create unique index alerts_one_open_idx on lineup.alerts (job_id, rule) where cleared_at is null;
create index alerts_job_idx on lineup.alerts (job_id, id desc);
create index alerts_cleared_at_idx on lineup.alerts (cleared_at);

-- Alerts need a person. So channels that have chosen everything that needs a person get them too.
update lineup.notification_channels set events = events || '["alert_raised", "alert_cleared"]'
where events @> '["job_failed", "job_waiting", "guard_stopped", "audience_incomplete", "job_recovered", "run_late",
  "nobody_matched", "authorization_unhealthy"]';
