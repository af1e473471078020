/** The history of a job: its successful runs over time, and what happened to it. */

import type { HistoryPoint, JobEvent, JobEventKind, JobHistory } from '../../contracts/job-history.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { isHeldBack } from '../../domain/jobs/conditions.ts';
import type { Db } from '../../store/database/database.ts';
import {
  actionsOf,
  changesOfLists,
  type EndedRun,
  editsOf,
  type JobTime,
  successesOf,
  unsuccessfulOf,
} from '../../store/repositories/job-history.ts';

const DAY = 24 * 3_600_000;
/** The most points: more than a chart on a wide screen can tell apart. */
const MOST = 360;

export async function historyOf(db: Db, job: StoredJob, days: number, now: Date): Promise<JobHistory> {
  const time: JobTime = { jobId: job.id, from: new Date(now.getTime() - days * DAY), to: now };
  const successes = await successesOf(db, time, MOST);
  const events = [
    ...(await unsuccessfulOf(db, time)).map((run) => event(run.at, endOf(run), run.id)),
    ...(await actionsOf(db, time, Object.keys(ACTIONS))).map(({ at, action, run_id }) =>
      event(at, ACTIONS[action]!, run_id),
    ),
    ...(await editsOf(db, time)).flatMap(({ at, keys }) => editOf(keys).map((kind) => event(at, kind))),
    ...(await changesOfLists(db, time, job.configuration.suppression_lists))
      .filter(({ keys }) => !isOnlyNamed(keys))
      .map(({ at }) => event(at, 'list_changed')),
  ];
  return {
    from: time.from.toISOString(),
    to: time.to.toISOString(),
    items: successes.map(asPoint),
    events: events.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
  };
}

const event = (at: Date, kind: JobEventKind, run_id: string | null = null): JobEvent => ({
  at: at.toISOString(),
  kind,
  run_id,
});

const ACTIONS: Readonly<Record<string, JobEventKind>> = {
  run_anyway: 'approved',
  pause: 'paused',
  resume: 'resumed',
};

function endOf({ status, code }: EndedRun): JobEventKind {
  if (status === 'stopped') return 'stopped';
  return isHeldBack(code === null ? null : { code }) ? 'held_back' : 'failed';
}

/** Changes that no number can follow from. */
const NAMES: ReadonlySet<string> = new Set(['name', 'description', 'tags']);
const isOnlyNamed = (keys: readonly string[]): boolean => keys.length > 0 && keys.every((key) => NAMES.has(key));

/** What decides who is in the audience before anything is counted. */
const LISTS: readonly string[] = [
  'source_authorization_id',
  'configuration.segment_id',
  'configuration.suppression_lists',
];

function editOf(keys: readonly string[]): JobEventKind[] {
  if (isOnlyNamed(keys)) return [];
  return [keys.some((key) => LISTS.includes(key)) ? 'list_changed' : 'edited'];
}

const asPoint = (run: RunSummary): HistoryPoint & Pick<RunSummary, 'damaged'> => ({
  id: run.id,
  queued_at: run.queued_at,
  started_at: run.started_at,
  ended_at: run.ended_at,
  ad_account_id: run.ad_account_id,
  audience_id: run.audience_id,
  missing: run.missing,
  invalid: run.invalid,
  suppressed: run.suppressed,
  held_out: run.held_out,
  duplicates: run.duplicates,
  unique: run.unique,
  ...(run.turnover && { turnover: run.turnover }),
  uploaded: run.uploaded,
  matching_status: run.matching_status,
  matching_size: run.matching_size,
  ...(run.damaged && { damaged: run.damaged }),
});
