/** `lineup runs`: the runs of the service at LINEUP_URL, or without one, those in the journals of the data directory. */
import { Command } from 'commander';
import { readConfig } from '../../config/config.ts';
import { LineupError } from '../../contracts/errors.ts';
import { type ServiceRunStatus, serviceRunStatus } from '../../contracts/runs.ts';
import { withApi } from '../api/session.ts';
import { withLocalExports } from '../local-session.ts';
import { id, oneOf, wholeNumber } from '../options.ts';
import { number, print, printJson, table } from '../output.ts';
import { printedLocalRun, reportRun } from '../report.ts';
import { adAccount } from '../schema-options.ts';
import {
  type ListFlags,
  listServiceRuns,
  runFilterOf,
  showServiceRun,
  watchServiceRun,
} from './service-runs.ts';

const statuses = serviceRunStatus.options;

const ofService = async (): Promise<boolean> => (await (await readConfig()).remote()) !== undefined;

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
    .option('--status <list>', `only those with these, joined by commas: ${statuses.join(', ')}`, statusList)
    .option('--ad-account <id>', 'only those of one ad account', adAccount)
    .option('--from <time>', 'only those from then on: 2026-11-01 (UTC), or 2026-11-01T09:00:00Z')
    .option('--to <time>', 'only those until then; of a day, all of it')
    .option('--job <id or name>', 'only those of one job of the service')
    .option('--deleted-job', 'only those of deleted jobs of the service')
    .action(async (flags: ListFlags) =>
      (await ofService()) ? withApi((session) => listServiceRuns(session, flags)) : listLocal(flags),
    );
  runs
    .command('show')
    .description('one run with every count and chunk')
    .argument('<run>', 'its id', id('<run>'))
    .option('--json', 'print the run document')
    .action(async (runId: string, flags: { json?: boolean }) =>
      (await ofService())
        ? withApi((session) => showServiceRun(session, runId, flags))
        : showLocal(runId, flags),
    );
  runs
    .command('watch')
    .description('follow a run of the service to its end, with the exit status of "export"')
    .argument('<run>', 'its id, or the id of a job for its newest run', id('<run>'))
    .option('--json', 'print the run document at its end')
    .action((idOrName: string, flags: { json?: boolean }) =>
      withApi((session) => watchServiceRun(session, idOrName, flags)),
    );
  return runs;
}

/** The statuses of the service. Runs in a data directory have a part of them. */
function statusList(value: string): ServiceRunStatus[] {
  return value.split(',').map((one) => oneOf('--status', statuses)(one.trim()));
}

function listLocal(flags: ListFlags): Promise<void> {
  const ofJobs = flags.job !== undefined ? '--job' : flags.deletedJob && '--deleted-job';
  if (ofJobs) {
    throw new LineupError(
      'invalid_argument',
      `${ofJobs} goes with a service: set LINEUP_URL and LINEUP_TOKEN to use it.`,
    );
  }
  const { status, adAccountId, from, to } = runFilterOf(flags);
  return withLocalExports(async ({ exports, command }) => {
    const all = (await exports.runs.list()).map((state) => printedLocalRun(exports.document(state), command));
    const documents = all
      .filter((run) => {
        const begun = Date.parse(run.startedAt ?? '');
        return (
          (status?.includes(run.status) ?? true) &&
          (adAccountId === undefined || run.adAccountId === adAccountId) &&
          (from === undefined || begun >= from.getTime()) &&
          (to === undefined || begun < to.getTime())
        );
      })
      .slice(0, flags.limit);
    if (flags.json) return printJson(documents);
    if (documents.length === 0) {
      return print(
        all.length > 0 ? 'No run matches these flags.' : 'No runs yet. "lineup export" makes the first.',
      );
    }
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
}

const showLocal = (runId: string, flags: { json?: boolean }): Promise<void> =>
  withLocalExports(async ({ exports, command }) => {
    const document = printedLocalRun(exports.document(await exports.runs.get(runId)), command);
    if (flags.json) printJson(document);
    else reportRun(document);
  });
