/**
 * How people see the state of a job: its condition, what it waits for, and what is told of a change. A job's error
 * decides that; src/jobs/states.ts has the table of all that happens then.
 */

/** The states of the state machine: src/jobs/states.ts. */
export const jobStatuses = ['runnable', 'sleeping', 'paused', 'completed', 'failed', 'killed'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/**
 * The condition of a job, as people see and filter it. It divides the status by what the job waits for.
 *
 * - `running`: a run is queued or running · `scheduled`: waits for its next slot · `retrying`: waits for its next
 *   attempt after
 *    a temporary error
 * - `waiting`: waits until a cause is gone (a refused key, a wrong clock), and then continues by itself; or has tried
 *   for hours in
 *    vain after a temporary error, and goes on at its next slot
 *  - `needs_approval`: a guard stopped it, and a person decides
 *  - `paused`, `completed`, `failed`, `terminated`: the same as the status
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

/** The part of a job's state that decides its condition. */
interface ConditionInput {
  readonly status: JobStatus;
  readonly errors: object | null;
  readonly error: { readonly code: string } | null;
}

/**
 * What a job waits for after an error that a retry cannot correct:
 *
 * - `approval`: a person, who may overrule the guard - `next_slot`: the next slot of its schedule. The source, or a
 *   suppression list, may have members again by then; nothing was sent - `key`: credentials that the other side accepts
 *   · `clock`: a correct clock. Both may come back at any time. An attempt before
 *    that reads nothing and writes nothing.
 */
export type Remedy = 'approval' | 'next_slot' | 'key' | 'clock';

/** The reasons that a person may overrule. An empty result has no override. */
export const approvableReasons = [
  'audience_shrinks',
  'audience_size_unknown',
  'skipped_share_exceeded',
  'size_change_exceeded',
  'leaving_share_exceeded',
] as const;

const remedies: Readonly<Record<string, Remedy>> = {
  ...Object.fromEntries(approvableReasons.map((code) => [code, 'approval'] as const)),
  parts_refused: 'approval',
  nothing_to_send: 'next_slot',
  too_few_rows: 'next_slot',
  too_many_audiences: 'next_slot',
  split_refused: 'next_slot',
  suppression_list_empty: 'next_slot',
  suppression_list_shrinks: 'next_slot',
  suppression_list_unjudged: 'next_slot',
  line_unauthorized: 'key',
  line_forbidden: 'key',
  source_unauthorized: 'key',
  credentials_lost: 'key',
  secret_unavailable: 'key',
  secret_key_wrong: 'key',
  line_clock_skewed: 'clock',
};

export const remedyOf = (error: { readonly code: string } | null): Remedy | undefined =>
  error === null ? undefined : remedies[error.code];

/** Whether a guard held the result back, because of its members: nothing was sent, and nothing is broken. */
export const isHeldBack = (error: { readonly code: string } | null): boolean => {
  const remedy = remedyOf(error);
  return remedy === 'approval' || remedy === 'next_slot';
};

/** A waiting job checks at least this often whether the cause is gone. */
export const LONGEST_WAIT_MS = 3_600_000;

/** What a waiting job waits for. */
export function waitsFor(state: Pick<ConditionInput, 'status' | 'error'>): 'key' | 'clock' | null {
  const remedy = remedyOf(state.error);
  return state.status === 'sleeping' && (remedy === 'key' || remedy === 'clock') ? remedy : null;
}

export function conditionOf(state: ConditionInput): JobCondition {
  const { status, errors, error } = state;
  switch (status) {
    case 'runnable':
      return 'running';
    case 'sleeping':
      if (remedyOf(error) === 'approval') return 'needs_approval';
      if (waitsFor(state) || (error && !errors)) return 'waiting';
      return errors ? 'retrying' : 'scheduled';
    case 'failed':
      return remedyOf(error) === 'approval' ? 'needs_approval' : 'failed';
    case 'killed':
      return 'terminated';
    default:
      return status;
  }
}

/** The conditions that notifications report. */
export const REPORTED_CONDITIONS: readonly JobCondition[] = ['failed', 'needs_approval', 'waiting'];
