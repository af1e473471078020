/** What happens to a job (`Action`), what the decision depends on (`Facts`), and its result (`Transition`). */

import type { JobError, JobState, PlainAction } from '../contracts/jobs.ts';
import type { RunTrigger } from '../contracts/runs.ts';
import type { OpenApproval, StoredApproval } from '../domain/jobs/approvals.ts';
import type { LocalizedText, Sentence } from '../domain/text/sentence.ts';
import type { Timing } from './slots.ts';

export type Action =
  | { readonly type: 'create' }
  | { readonly type: 'wake' }
  | { readonly type: 'run_succeeded' }
  | { readonly type: 'run_failed'; readonly error: RunFailure }
  | { readonly type: 'run_interrupted' }
  | { readonly type: 'run_outdated' }
  /** `before`: when it ran before the edit. `inSource`: what its trigger sees in its source now, if it looks there. */
  | { readonly type: 'edit'; readonly before: Omit<Timing, 'now'>; readonly inSource?: string | null }
  /** Its trigger has seen `seen`, for which no run has been started. `why` is for the job's log. */
  | { readonly type: 'trigger'; readonly seen: string; readonly why: Sentence }
  /** A person approves what the last run was stopped with. */
  | { readonly type: 'run_anyway'; readonly approval: StoredApproval }
  | { readonly type: PlainAction };

export interface RunFailure extends JobError {
  /** Whether a try within minutes may help. */
  readonly retryable: boolean;
  /** Whether what caused it may come back by itself, by the next slot at the latest. @default as `retryable` */
  readonly comesBack?: boolean;
}

export interface Facts extends Timing {
  readonly lastRun: LastRun;
  /** What its trigger would see now, for a job that is created or edited. @default nothing */
  readonly seen?: string | null | undefined;
  /** How long a job tries again after errors in a row. */
  readonly retryLimitMs: number;
}

export interface LastRun {
  /** It has not completed, and can be continued. */
  readonly unfinished: boolean;
  /** It was paused, or its worker is gone. */
  readonly interrupted: boolean;
  /** LINE holds a part of it, and the rest may be sent. */
  readonly continuable: boolean;
  /**
   * What a person can approve of it: the members that it has staged, or only the numbers. Null when there is nothing.
   */
  readonly approvable: OpenApproval['sends'] | null;
  /** When it was queued; null when there was no run. */
  readonly since: Date | null;
}

/** The effect of a transition on the job's run, in the same transaction. */
export type RunEffect =
  | { readonly type: 'none' }
  | {
      readonly type: 'start';
      readonly trigger: RunTrigger;
      /** What had come, when the trigger of the job starts it. */
      readonly cause?: LocalizedText | undefined;
      /** The slot that it serves. */
      readonly slot: Date | null;
      readonly approval: StoredApproval | null;
    }
  | { readonly type: 'continue'; readonly approval?: StoredApproval }
  /** `pause`: it continues with the job · `end`: it continues only when a person asks for it. */
  | { readonly type: 'stop'; readonly kind: 'pause' | 'end' };

export interface Transition {
  readonly state: JobState;
  readonly run: RunEffect;
  /** A note for the job's log. */
  readonly note: Sentence | null;
}
