-- A job may have a hold-out group. The jobs until now have none.
update lineup.jobs set configuration = configuration || '{"hold_out": null}'
where not configuration ? 'hold_out';
