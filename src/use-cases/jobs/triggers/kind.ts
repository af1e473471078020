/** What each kind of trigger tells of a job. */
import type { JobView } from '../../../contracts/jobs.ts';
import type { FieldError } from '../../../domain/errors/errors.ts';

export interface TriggerOptions {
  /** The job that is edited; undefined for a new one. */
  readonly id?: string | undefined;
  /** Jobs that will be there before this one is saved. @default none */
  readonly planned?: readonly string[] | undefined;
}

export interface Triggered {
  /** What it waits for. */
  readonly view: Omit<NonNullable<JobView['trigger']>, 'fired_at'>;
  /** Why it waits in vain. */
  readonly warnings: readonly FieldError[];
}
