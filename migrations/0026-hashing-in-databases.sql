-- The database of a job's source may hash the identifiers. Lineup hashes those of the jobs until now.
update lineup.jobs set configuration = configuration || '{"hash_in_database": false}'
where not configuration ? 'hash_in_database';
