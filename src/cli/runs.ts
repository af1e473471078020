/** `lineup runs`: what the journals tell. */
import { Command } from 'commander';
import { id, wholeNumber } from './options.ts';
import { number, print, printJson, table } from './output.ts';
import { reportRun } from './report.ts';
import { withApp } from './session.ts';

export function runsCommand(): Command {
  const runs = new Command('runs')
    .summary('what past exports did')
    .description('The runs of this data directory, from their journals.');
  runs
    .command('list', { isDefault: true })
    .description('all runs, newest first')
    .option('--limit <n>', 'show at most this many', wholeNumber('--limit', 1, 1_000_000))
    .option('--json', 'print an array of run documents')
    .action((flags: { limit?: number; json?: boolean }) =>
      withApp(async ({ app }) => {
        const documents = (await app.runs.list()).slice(0, flags.limit).map((state) => app.document(state));
        if (flags.json) return printJson(documents);
        if (documents.length === 0) return print('No runs yet. "lineup export" makes the first.');
        print(
          table(
            [
              { title: 'Run' },
              { title: 'Status' },
              { title: 'Started (UTC)' },
              { title: 'Ad account' },
              { title: 'Audience' },
              { title: 'Unique', right: true },
              { title: 'Source' },
            ],
            documents.map((run) => [
              run.runId ?? '',
              run.status,
              (run.startedAt ?? '').slice(0, 19).replace('T', ' '),
              run.adAccountId ?? '',
              [run.audience?.id, run.audience?.name].filter(Boolean).join(' '),
              run.counts ? number(run.counts.unique) : '–',
              run.source ?? '',
            ]),
          ),
        );
      }),
    );
  runs
    .command('show')
    .description('one run with every count and chunk')
    .argument('<run>', 'its id', id('<run>'))
    .option('--json', 'print the run document')
    .action((runId: string, flags: { json?: boolean }) =>
      withApp(async ({ app }) => {
        const document = app.document(await app.runs.get(runId));
        if (flags.json) printJson(document);
        else reportRun(document);
      }),
    );
  return runs;
}
