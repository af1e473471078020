-- Valid values of a run that get no line: scanned = missing + invalid + suppressed + held_out + duplicates + unique_count.
-- Null for a run that leaves nobody out.
alter table lineup.runs add column suppressed bigint;
alter table lineup.runs add column held_out bigint;
