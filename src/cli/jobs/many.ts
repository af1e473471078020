/** One action on many jobs, given by names or by a condition. Each job succeeds or fails on its own. */
import { LineupError } from '../../contracts/errors.ts';
import type { JobCondition } from '../../contracts/job-display.ts';
import { type BulkAction, type BulkResult, type JobView, MAX_BULK } from '../../contracts/jobs.ts';
import type { ApiClient } from '../api/client.ts';
import { findJobs, listJobs } from '../api/find.ts';
import { paint, print, printError, printJson, safe } from '../output.ts';

const verbs: Record<BulkAction, string> = {
  pause: 'Paused',
  resume: 'Resumed',
  run_now: 'Started',
  continue: 'Continued',
};

/** @throws {LineupError} `invalid_argument` unless there are either names or a condition */
export async function jobsMeant(
  client: ApiClient,
  idOrName: readonly string[],
  all: JobCondition | undefined,
): Promise<readonly JobView[]> {
  if ((idOrName.length === 0) === (all === undefined)) {
    throw new LineupError(
      'invalid_argument',
      'Name the jobs, or give --all with what they are: one of the two.',
    );
  }
  if (all === undefined) return findJobs(client, idOrName);
  return listJobs(client, { condition: all });
}

/** Acts on each job and reports the result. The exit status is 1 when at least one was refused. */
export async function actOnMany(
  client: ApiClient,
  jobs: readonly JobView[],
  action: BulkAction,
  json: boolean | undefined,
): Promise<void> {
  const results: BulkResult['results'][number][] = [];
  for (let first = 0; first < jobs.length; first += MAX_BULK) {
    const ids = jobs.slice(first, first + MAX_BULK).map(({ id }) => id);
    const done = await client.call('POST /jobs/actions/:action', { params: { action }, body: { ids } });
    results.push(...done.results);
  }
  if (json) printJson({ results });
  else report(jobs, results, action);
  if (results.some(({ done }) => !done)) process.exitCode = 1;
}

function report(jobs: readonly JobView[], results: BulkResult['results'], action: BulkAction): void {
  const names = new Map(jobs.map(({ id, name }) => [id, name]));
  if (results.length === 0) print('There are none.');
  for (const { id, done, error } of results) {
    const name = `"${names.get(id) ?? id}"`;
    if (done) print(`${paint('green', verbs[action])} ${safe(name)}`);
    else printError(`${name}: ${error?.message ?? ''}`);
  }
}
