-- What is told in English, for readers of other languages too: a template and its values (src/contracts/sentence.ts).
-- What was written before has none, and is shown as it is.
alter table lineup.authorizations  add column health_reason_sentence jsonb;
alter table lineup.job_transitions add column reason_sentence        jsonb;
alter table lineup.notifications   add column error_sentence         jsonb;
