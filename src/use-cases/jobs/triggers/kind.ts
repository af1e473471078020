/** What each kind of trigger tells of a job. */
import type { JobView } from '../../../contracts/jobs.ts';
import type { FieldError } from '../../../domain/errors/errors.ts';

/** Of jobs that a plan changes: the one that each waits for when the plan is done; null when it waits for none. */
export type PlannedWaits = ReadonlyMap<string, string | null>;

export interface TriggerOptions {
  /** The job that is edited; undefined for a new one. */
  readonly id?: string | undefined;
  /** Jobs that will be there before this one is saved. @default none */
  readonly planned?: readonly string[] | undefined;
  /** @default none */
  readonly waits?: PlannedWaits | undefined;
}

export interface Triggered {
  /** What it waits for. */
  readonly view: Omit<NonNullable<JobView['trigger']>, 'fired_at'>;
  /** Why it waits in vain. */
  readonly warnings: readonly FieldError[];
}
