/** `lineup runs`: what the journals of this data directory tell, or, where LINEUP_URL names one, a service. */
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { id, wholeNumber } from './options.ts';
import { number, print, printJson, table } from './output.ts';
import { reportRun } from './report.ts';
import { type ListFlags, listServiceRuns, showServiceRun, watchServiceRun } from './service/runs.ts';
import { withService } from './service/session.ts';
import { withApp } from './session.ts';

const ofService = (): boolean => readConfig().remote() !== undefined;

export function runsCommand(): Command {
  const runs = new Command('runs')
    .summary('what past exports did')
    .description(
      'The runs of the service at LINEUP_URL; without one, those of this data directory, from their journals.',
    );
  runs
    .command('list', { isDefault: true })
    .description('all runs, newest first')
    .option('--limit <n>', 'show at most this many', wholeNumber('--limit', 1, 1_000_000))
    .option('--json', 'print an array of run documents')
    .option('--job <id or name>', 'only those of one job of the service')
    .action((flags: ListFlags) =>
      ofService() ? withService((session) => listServiceRuns(session, flags)) : listLocal(flags),
    );
  runs
    .command('show')
    .description('one run with every count and chunk')
    .argument('<run>', 'its id', id('<run>'))
    .option('--json', 'print the run document')
    .action((runId: string, flags: { json?: boolean }) =>
      ofService() ? withService((session) => showServiceRun(session, runId, flags)) : showLocal(runId, flags),
    );
  runs
    .command('watch')
    .description('follow a run of the service to its end, with the exit status of "export"')
    .argument('<run>', 'its id, or the id of a job for its newest run', id('<run>'))
    .option('--json', 'print the run document at its end')
    .action((called: string, flags: { json?: boolean }) =>
      withService((session) => watchServiceRun(session, called, flags)),
    );
  return runs;
}

const listLocal = (flags: ListFlags): Promise<void> =>
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
  });

const showLocal = (runId: string, flags: { json?: boolean }): Promise<void> =>
  withApp(async ({ app }) => {
    const document = app.document(await app.runs.get(runId));
    if (flags.json) printJson(document);
    else reportRun(document);
  });
