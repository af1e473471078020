-- What had come for a run that a trigger has started, as a sentence. Null for every other run.
alter table lineup.runs add column cause jsonb;
