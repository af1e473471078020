/**
 * How people see jobs: the condition of a job, the order of lists, the limits of tags. Without Zod: the web app imports these
 * values. A job's error decides what it waits for; src/jobs/states.ts has the table of all that happens then.
 */

/** What each status means to a person: src/jobs/states.ts. */
export const jobStatuses = ['runnable', 'sleeping', 'paused', 'completed', 'failed', 'killed'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/**
 * How a job is, as people see and filter it: its status, told apart by what it waits for.
 *
 *  - `running`: a run is queued or going on · `scheduled`: waits for its next slot · `retrying`: waits for its next try
 *    after an error that may pass
 *  - `waiting`: waits until a cause is gone (a key that LINE refuses, a wrong clock), and then goes on by itself
 *  - `needs_approval`: a guard stopped it, and a person decides
 *  - `paused`, `completed`, `failed`, `terminated`: as its status says
 */
export const jobConditions = [
  'running',
  'scheduled',
  'retrying',
  'waiting',
  'needs_approval',
  'paused',
  'completed',
  'failed',
  'terminated',
] as const;
export type JobCondition = (typeof jobConditions)[number];

/** What of a job's state decides its condition. */
interface Stated {
  readonly status: JobStatus;
  readonly errors: object | null;
  readonly error: { readonly code: string } | null;
}

/**
 * What brings a job on after an error that a retry cannot mend:
 *
 *  - `approval`: a person, who may overrule the guard
 *  - `next_slot`: the next slot of its schedule, by which the source may have members again; nothing was sent
 *  - `key`: credentials that the other side takes again · `clock`: a right clock. Either may come back at any time, and a try
 *    with wrong ones reads nothing and writes nothing.
 */
export type Remedy = 'approval' | 'next_slot' | 'key' | 'clock';

const remedies: Readonly<Record<string, Remedy>> = {
  audience_shrinks: 'approval',
  audience_size_unknown: 'approval',
  nothing_to_send: 'next_slot',
  line_unauthorized: 'key',
  line_forbidden: 'key',
  source_unauthorized: 'key',
  line_clock_skewed: 'clock',
};

export const remedyOf = (error: { readonly code: string } | null): Remedy | undefined =>
  error === null ? undefined : remedies[error.code];

/** No job waits for a cause to go for longer than that without looking again. */
export const LONGEST_WAIT_MS = 3_600_000;

/** What a waiting job waits for. */
export function waitsFor(state: Pick<Stated, 'status' | 'error'>): 'key' | 'clock' | null {
  const remedy = remedyOf(state.error);
  return state.status === 'sleeping' && (remedy === 'key' || remedy === 'clock') ? remedy : null;
}

export function conditionOf(state: Stated): JobCondition {
  const { status, errors, error } = state;
  switch (status) {
    case 'runnable':
      return 'running';
    case 'sleeping':
      if (remedyOf(error) === 'approval') return 'needs_approval';
      if (waitsFor(state)) return 'waiting';
      return errors ? 'retrying' : 'scheduled';
    case 'failed':
      return remedyOf(error) === 'approval' ? 'needs_approval' : 'failed';
    case 'killed':
      return 'terminated';
    default:
      return status;
  }
}

/** Sort keys of a list of jobs. Jobs without a value come last. */
export const jobSorts = ['created', 'name', 'next_run', 'last_run', 'size'] as const;
export type JobSort = (typeof jobSorts)[number];

export const sortOrders = ['asc', 'desc'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** The default order of a sort key: names from A to Z, the next run first, otherwise the newest or largest first. */
export const defaultOrder = (sort: JobSort): SortOrder =>
  sort === 'name' || sort === 'next_run' ? 'asc' : 'desc';

export const MAX_TAGS = 10;
export const MAX_TAG = 30;
