-- What a person has approved of the result of a run: the sizes and the reasons that the person saw. The column waives_guard is no longer
-- read: a run that an earlier version has queued with it is judged anew.
alter table lineup.runs add column approval jsonb;
