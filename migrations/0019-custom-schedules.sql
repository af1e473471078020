-- A schedule may be cron expressions. The jobs until now have none.
update lineup.jobs set configuration = configuration || '{"cron_expressions": null}'
where not configuration ? 'cron_expressions';
