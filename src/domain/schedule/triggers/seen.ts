/** What a job remembers of its trigger, whatever kind it is of, and what follows from it. */
import type { LocalizedText } from '../../text/sentence.ts';
import type { Trigger, TriggerKind } from './index.ts';
import { isNewerObject } from './object.ts';

export interface TriggerState {
  /**
   * What was there when it fired last, or when it was set. Null when there was nothing.
   */
  readonly seen: string | null;
  /** When it fired last; null before. */
  readonly firedAt: Date | null;
  /** What had come then. Missing before. */
  readonly why?: LocalizedText | undefined;
  /** When somebody set it. */
  readonly setAt: Date;
  /** Runs since then that may have read something else than `seen`, oldest first. Missing: none. */
  readonly reads?: readonly SourceRead[] | undefined;
}

/** What was in the source of a job just before a run read it. */
export interface SourceRead {
  readonly runId: string;
  /** Null when nothing was there, and when it is not known. */
  readonly found: string | null;
}

/** Of times and of counts. */
const isLater = (seen: string, now: string): boolean => now > seen;

/** Whether something that is there is newer than what was seen. */
const isNewer: Readonly<Record<TriggerKind, (seen: string, now: string) => boolean>> = {
  after_job: isLater,
  object: isNewerObject,
  // A digest.
  table: (seen, now) => now !== seen,
  webhook: isLater,
};

/**
 * Whether something has come that no run has been started for.
 * @param seen before; null for nothing
 * @param now what is there; null for nothing. What was there and was deleted may be missing
 */
export const hasCome = (kind: TriggerKind, seen: string | null, now: string | null): boolean =>
  now !== null && (seen === null || isNewer[kind](seen, now));

/**
 * Whether a run may have read something else than what is there now. So when a table changes, a run reads it and it
 * changes back, the audience follows, although no look has ever seen the change.
 * @param now what is there; null for nothing
 * @param succeeded the last run, when it has succeeded: what runs before it have read no longer counts
 */
export const wasReadOtherwise = (
  kind: TriggerKind,
  { reads = [] }: Pick<TriggerState, 'reads'>,
  now: string | null,
  succeeded: string | undefined,
): boolean =>
  reads.some(({ runId, found }) => (succeeded === undefined || runId === succeeded) && hasCome(kind, found, now));

/** So many different reads are kept. Of more, only that they were there. */
const MAX_READS = 8;

/** Remembers what a run is going to read, unless that was seen: then a look tells when it is another. */
export function withRead(state: TriggerState, read: SourceRead): TriggerState {
  if (read.found === state.seen) return state;
  const others = (state.reads ?? []).filter(({ found }) => found !== read.found);
  return { ...state, reads: others.length < MAX_READS ? [...others, read] : [{ ...read, found: null }] };
}

/**
 * The slot for what has come: now, or later when the run before is too young. A clock that was set back may have
 * started that run in the future; the job must not wait for that.
 * @param lastStart when the last run was queued; null when there was none
 */
export function slotFor(
  { at_most_every_minutes }: Pick<Trigger, 'at_most_every_minutes'>,
  lastStart: Date | null,
  now: Date,
): Date {
  const everyMs = at_most_every_minutes * 60_000;
  const earliest = (lastStart?.getTime() ?? Number.NEGATIVE_INFINITY) + everyMs;
  return new Date(Math.min(Math.max(now.getTime(), earliest), now.getTime() + everyMs));
}
