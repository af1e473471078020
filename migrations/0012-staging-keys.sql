-- The keys of what runs have staged, sealed as authorizations are. The chunks lie sealed on the machines of the workers
-- (src/store/sealed-files): nothing of them is here, and without its key a chunk is noise. One key a run, on whatever machines
-- it is staged; gone as soon as nobody can go on with the run.
create table lineup.staging_keys (
  run_id   text primary key references lineup.runs (id) on delete cascade,
  file_key text not null,
  key_id   text not null references lineup.secret_keys (key_id)
);
