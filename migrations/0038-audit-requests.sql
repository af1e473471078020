-- The request that made a change, as the log of the process has it.
alter table lineup.audit_log add column request_id text;
