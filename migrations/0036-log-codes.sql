-- The code of the error that an entry of a job's log tells, so that readers can tell what a guard stopped from a failure.
alter table lineup.job_transitions add column code text;
