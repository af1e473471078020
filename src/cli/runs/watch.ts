/** Following a run of the service until it ends, whatever happens to the connection in between. */
import { setTimeout as delay } from 'node:timers/promises';
import { LineupError } from '../../contracts/errors.ts';
import type { RunDetail, RunProgress } from '../../contracts/run-progress.ts';
import type { ApiSession } from '../api/session.ts';

/** So often in a row: a service that is restarted is back by then. */
const ATTEMPTS = 30;

export interface Watcher {
  readonly onProgress: (progress: RunProgress) => void;
  /** Ms between the loss of a connection and the next one. @default 2000 */
  readonly reconnectMs?: number;
}

const isGoingOn = ({ status }: RunDetail): boolean => status === 'queued' || status === 'running';

/**
 * @returns the run as it ended
 * @throws {LineupError} `service_unreachable` when the service stays away for a minute; what the signal was aborted with
 */
export async function watchRun(
  { client, signal }: ApiSession,
  runId: string,
  { onProgress, reconnectMs = 2_000 }: Watcher,
): Promise<RunDetail> {
  const run = { params: { id: runId } };
  let after = '0';
  let latest: RunDetail | undefined;
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { id, data } of client.events('GET /runs/:id/events', run, after)) {
        after = id || after;
        failures = 0;
        if (data?.type === 'progress') onProgress(data.progress);
        if (data?.type === 'run') latest = data.run;
      }
    } catch (error) {
      signal.throwIfAborted();
      const passing = !(error instanceof LineupError) || error.retryable;
      if (!passing || failures >= ATTEMPTS) throw error;
      // Too many follow runs there: this one is asked for now and then.
      if (error instanceof LineupError && error.code === 'too_many_requests') {
        latest = await client.call('GET /runs/:id', run);
        failures = 0;
      }
    }
    if (latest && !isGoingOn(latest)) return latest;
    await delay(reconnectMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
