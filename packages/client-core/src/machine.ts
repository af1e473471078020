/**
 * The time and the randomness of this machine: the defaults of the options. Only this file uses them, so a client whose
 * options are all given does the same each time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

/** Ms since the epoch. */
export const now = (): number => Date.now();

/** Ms of a clock that nobody sets. */
export const monotonic = (): number => performance.now();

/** Rejects with the signal's reason when it aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  // Node fires a timer up to a millisecond early.
  await wait(Math.ceil(ms) + 1, undefined, signal === undefined ? {} : { signal });
}

/** From 0 up to 1. */
export const random = (): number => Math.random();

/** A text that occurs in no file. */
export const boundary = (): string => randomUUID();
