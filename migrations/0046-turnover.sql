-- Who joins and who leaves with a run, of its first delivery or of each one. Null when it is not known.
alter table lineup.runs add column turnover jsonb;
alter table lineup.run_deliveries add column turnover jsonb;
