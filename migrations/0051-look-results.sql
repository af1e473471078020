-- What the last look with an answer has found; null before it, and after a look of an older version.
alter table lineup.trigger_looks add column found text;
