/** Why the work was stopped: its time was up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs the work under a signal that aborts with the caller's, or after `ms`. When it aborts, the promise rejects with
 * the signal's reason (a DeadlineExceeded for time) even if the work does not heed it; no timer or listener is left.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  const passOn = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', passOn, { once: true });
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded(`${ms} ms have passed`)), ms);
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', passOn);
  }
}
