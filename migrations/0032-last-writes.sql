-- The runs to an audience in the order in which they wrote to it. The times of their ends are of machines whose clocks may differ.
create index runs_written_idx on lineup.runs (ad_account_id, audience_id, last_write_at desc);
drop index lineup.runs_audience_idx;
create index run_deliveries_written_idx on lineup.run_deliveries (audience_id, last_write_at desc);
drop index lineup.run_deliveries_audience_idx;
