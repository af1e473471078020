/** When to end an attempt, and how long to wait before the next one, for each program that asks another over HTTP. */

const FIRST_DELAY_MS = 500;

/**
 * The delay after the given number of attempts, in ms. It doubles up to the longest one. Half of it is random, so that
 * clients which failed together do not come back together.
 * @param random from 0 up to 1
 */
export function backoff(attempts: number, longestMs: number, random: number): number {
  const full = Math.min(longestMs, FIRST_DELAY_MS * 2 ** (attempts - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * `Retry-After` in ms. The header is a number of seconds or an HTTP date, which is compared with the server's own
 * clock when the answer tells it. Undefined when absent or unreadable.
 */
export function parseRetryAfter(header: string | null, serverDate: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(serverDate ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow));
}

/** The work was stopped because its time was over. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Runs the work under a signal that aborts with the caller's signal, or after `ms`. Then the promise rejects with the
 * signal's reason (DeadlineError after `ms`), even if the work ignores the signal. No timer or listener stays,
 * because a program may make many thousand calls under one signal.
 * @param wait waits for the deadline
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  const passOn = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', passOn, { once: true });
  const expire = () => controller.abort(new DeadlineError(`${ms} ms have passed`));
  const done = new AbortController();
  // The wait rejects when it is not needed any more.
  wait(ms, done.signal).then(expire, () => {});
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    done.abort('The work has ended.');
    outer?.removeEventListener('abort', passOn);
  }
}

/** Resolves with `promise`, or rejects with the signal's reason. It leaves no listener behind. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  signal.throwIfAborted();
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
