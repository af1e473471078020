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
