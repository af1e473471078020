/**
 * `lineup runs`: the runs of the service at LINEUP_URL, or without one, those in the journals of the data directory.
 */

import { Command } from 'commander';
import { readConfig } from '../../config/config.ts';
import { calledAs } from '../../config/environment.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { EXITS_OF_WAITING } from '../../domain/errors/exit-status.ts';
import { type RunFilter, readRunFilter, runFilter } from '../../domain/runs/filter.ts';
import { type ServiceRunStatus, serviceRunStatus } from '../../domain/runs/run.ts';
import { findJob } from '../api/find.ts';
import { type ApiSession, withApi } from '../api/session.ts';
import { nextAfter, withLocalExports } from '../local-session.ts';
import { afterLocalRun } from '../next-step.ts';
import { id, oneOf, wholeNumber } from '../options.ts';
import { number, print, printJson, safe, second, table } from '../output.ts';
import { printedRun, reportRun, turnoverText } from '../report.ts';
import { adAccount } from '../schema-options.ts';
import { followRun, nextOf, readReport, type WaitFlags } from './follow.ts';
import { journalCommand, requestsCommand } from './log.ts';
import { timeoutOption } from './wait-options.ts';

const statuses = serviceRunStatus.options;

const ofService = async (): Promise<boolean> => (await (await readConfig()).remote()) !== undefined;

export function runsCommand(): Command {
  const runs = new Command('runs').description(
    'Shows the runs of the service at LINEUP_URL. Without LINEUP_URL, shows the local runs in the data directory.',
  );
  runs
    .command('list', { isDefault: true })
    .description('list runs, newest first')
    .option('--limit <n>', 'maximum number of runs', wholeNumber('--limit', 1, 1_000_000))
    .option('--json', 'print an array of run documents')
    .option('--status <list>', `only runs with these statuses, separated by commas: ${statuses.join(', ')}`, statusList)
    .option('--ad-account <id>', 'only runs of this ad account', adAccount)
    .option('--from <time>', 'only runs from this time: 2026-11-01 (UTC), or 2026-11-01T09:00:00Z')
    .option('--to <time>', 'only runs until this time; a date includes the whole day')
    .option('--job <id or name>', 'only runs of this job of the service')
    .option('--deleted-job', 'only runs of deleted jobs of the service')
    .action(async (flags: ListFlags) =>
      (await ofService()) ? withApi((session) => listServiceRuns(session, flags)) : listLocal(flags),
    );
  runs
    .command('show')
    .description('show a run with all counts and chunks')
    .argument('<run>', 'its id', id('<run>'))
    .option('--json', 'print the run document')
    .action(async (runId: string, flags: { json?: boolean }) =>
      (await ofService()) ? withApi((session) => showServiceRun(session, runId, flags)) : showLocal(runId, flags),
    );
  timeoutOption(
    runs
      .command('watch')
      .description('follow a run of the service until it ends; the exit status says how')
      .argument('<run>', 'the id of a run, or of a job for its newest run', id('<run>')),
  )
    .option('--json', 'print the run document at the end')
    .addHelpText('after', `\n${EXITS_OF_WAITING}`)
    .action((idOrName: string, flags: WaitFlags) => withApi((session) => watchServiceRun(session, idOrName, flags)));
  runs.addCommand(journalCommand());
  runs.addCommand(requestsCommand());
  return runs;
}

/** The statuses of the service. Runs in a data directory have a part of them. */
function statusList(value: string): ServiceRunStatus[] {
  return value.split(',').map((status) => oneOf('--status', statuses)(status.trim()));
}

function listLocal(flags: ListFlags): Promise<void> {
  const ofJobs = flags.job !== undefined ? '--job' : flags.deletedJob && '--deleted-job';
  if (ofJobs) {
    throw new LineupError('invalid_argument', `${ofJobs} works only with a service. Set LINEUP_URL and LINEUP_TOKEN.`);
  }
  const { status, adAccountId, from, to } = runFilterOf(flags);
  return withLocalExports(async ({ exports }) => {
    const states = await exports.runs.list();
    const all = states.map((state) => {
      const run = exports.document(state);
      return printedRun(run, afterLocalRun(run, exports.mayContinueAmong(states, state)));
    });
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
        all.length > 0
          ? 'No run matches these flags.'
          : `No runs yet. "${calledAs()} export --help" shows how to make the first one.`,
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
          second(run.startedAt ?? ''),
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
  withLocalExports(async (session) => {
    const document = session.exports.document(await session.exports.runs.get(runId));
    const next = await nextAfter(session, document);
    if (flags.json) printJson(printedRun(document, next));
    else reportRun(document, next);
  });

export interface ListFlags {
  limit?: number;
  job?: string;
  status?: ServiceRunStatus[];
  adAccount?: string;
  from?: string;
  to?: string;
  deletedJob?: boolean;
  json?: boolean;
}

const queryOf = ({ status, adAccount, from, to, deletedJob }: ListFlags) => ({
  status,
  ad_account: adAccount,
  from,
  to,
  deleted_job: deletedJob ? ('true' as const) : undefined,
});

/** @throws {LineupError} `invalid_argument`, naming the flag */
export function runFilterOf(flags: ListFlags): RunFilter {
  const given = runFilter.safeParse(queryOf(flags));
  if (given.success) return readRunFilter(given.data);
  const { path, message } = given.error.issues[0]!;
  const flag = `--${String(path[0]).replaceAll('_', '-')}`;
  throw new LineupError('invalid_argument', `${flag}: ${message}`);
}

export async function listServiceRuns({ client }: ApiSession, flags: ListFlags): Promise<void> {
  const { limit = 50, job, json } = flags;
  // Checked here, so that an error names the flag.
  runFilterOf(flags);
  const jobId = job === undefined ? undefined : (await findJob(client, job)).id;
  const runs: RunSummary[] = [];
  const query = { ...queryOf(flags), job_id: jobId };
  for await (const { progress: _, part_at_line: __, ...run } of client.list('GET /runs', { query })) {
    if (runs.push(run) >= limit) break;
  }
  if (json) return printJson(runs);
  if (runs.length === 0) {
    const filtered = jobId !== undefined || Object.values(queryOf(flags)).some(Boolean);
    return print(
      filtered ? 'No run matches these flags.' : 'No runs yet. A job creates its first run when it is created.',
    );
  }
  print(runsTable(runs));
}

export async function showServiceRun(
  { client }: ApiSession,
  runId: string,
  { json }: { json?: boolean },
): Promise<void> {
  const run = await client.call('GET /runs/:id', { params: { id: runId } });
  const report = await readReport(client, run);
  const next = await nextOf(client, run);
  if (json) return printJson(report ? printedRun(report, next) : run);
  if (report) reportRun(report, next);
  else print(`Run ${run.id} of "${safe(run.job_name)}" is ${run.status}; it has not started.`);
}

/** Follows a run, or the newest run of a job. */
export async function watchServiceRun(session: ApiSession, idOrName: string, flags: WaitFlags): Promise<void> {
  const runId = idOrName.startsWith('job_') ? await newestRun(session, idOrName) : idOrName;
  await followRun(session, runId, flags);
}

async function newestRun({ client }: ApiSession, jobId: string): Promise<string> {
  const { last_run } = await client.call('GET /jobs/:id', { params: { id: jobId } });
  if (!last_run) throw new LineupError('run_not_found', 'The job has no run.');
  return last_run.id;
}

function runsTable(runs: readonly RunSummary[]): string {
  return table(
    [
      { title: 'Run' },
      { title: 'Status' },
      { title: 'Queued (UTC)' },
      { title: 'Job' },
      { title: 'Audience' },
      { title: 'Unique', right: true },
      { title: 'Join, leave', right: true },
      { title: 'Error' },
    ],
    runs.map((run) => [
      run.id,
      `${run.damaged ? 'damaged · ' : ''}${run.status}`,
      second(run.queued_at),
      run.job_id === null ? `${run.job_name} (deleted)` : run.job_name,
      [run.audience_id, run.audience_name].filter(Boolean).join(' '),
      run.unique === null ? '–' : number(run.unique),
      run.turnover ? turnoverText(run.turnover) : '–',
      run.error?.code ?? '',
    ]),
  );
}
