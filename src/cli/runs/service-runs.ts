/** `lineup runs` with a service at LINEUP_URL. */
import { LineupError } from '../../contracts/errors.ts';
import {
  type RunFilter,
  type RunSummary,
  readRunFilter,
  runFilter,
  type ServiceRunStatus,
} from '../../contracts/runs.ts';
import { findJob } from '../api/find.ts';
import type { ApiSession } from '../api/session.ts';
import { number, print, printJson, safe, table } from '../output.ts';
import { reportRun } from '../report.ts';
import { finishRun, readReport, watchWithProgress } from './follow.ts';

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
      filtered ? 'No run matches these flags.' : 'No runs yet: a job makes its first when it is created.',
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
  if (json) return printJson(report ?? run);
  if (report) reportRun(report);
  else print(`Run ${run.id} of "${safe(run.job_name)}" is ${run.status}; it has not begun.`);
}

/** Follows a run, or the newest run of a job. */
export async function watchServiceRun(
  session: ApiSession,
  idOrName: string,
  { json = false }: { json?: boolean },
): Promise<void> {
  const runId = idOrName.startsWith('job_') ? await newestRun(session, idOrName) : idOrName;
  await finishRun(session.client, await watchWithProgress(session, runId), json);
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
      { title: 'Error' },
    ],
    runs.map((run) => [
      run.id,
      run.status,
      run.queued_at.slice(0, 19).replace('T', ' '),
      run.job_id === null ? `${run.job_name} (deleted)` : run.job_name,
      [run.audience_id, run.audience_name].filter(Boolean).join(' '),
      run.unique === null ? '–' : number(run.unique),
      run.error?.code ?? '',
    ]),
  );
}
