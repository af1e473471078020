/** Whether the server still works on a silent scan. */
import { z } from 'zod';
import { type SilenceOptions, SilenceWatch } from '../database/silence.ts';
import { Client } from './client.ts';
import { SessionError } from './session-error.ts';
import type { Target } from './target.ts';

/**
 * The scan's process at the server. The second connection may reach another server, behind a pooler or a
 * shared host name.
 */
interface Backend {
  readonly pid: string;
  /** When the server started, with microseconds. */
  readonly server: string;
}

interface WatchOptions extends Pick<SilenceOptions<Client>, 'silenceMs' | 'longestMs'> {
  readonly target: Target;
}

const IDENTIFY_MS = 20_000;

/**
 * Watches the client of a scan, and cuts its connection when no more data can come. Call it inside the scan's
 * transaction.
 */
export async function watchSilence(client: Client, { target, ...limits }: WatchOptions): Promise<SilenceWatch<Client>> {
  const backend = await identifyBackend(client, IDENTIFY_MS);
  return new SilenceWatch(client, {
    ...limits,
    another: () => new Client(target),
    isLost: (second, timeoutMs) => isLost(second, backend, timeoutMs),
  });
}

/** Undefined when a server does not have these functions. Then the check is left out. */
async function identifyBackend(client: Client, timeoutMs: number): Promise<Backend | undefined> {
  const row = z.object({ pid: z.string(), server: z.string() });
  await client.query(z.unknown(), 'SAVEPOINT backend', [], timeoutMs);
  try {
    const [backend] = await client.query(
      row,
      'SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.pg_postmaster_start_time() AS server',
      [],
      timeoutMs,
    );
    return backend;
  } catch {
    await client.query(z.unknown(), 'ROLLBACK TO SAVEPOINT backend', [], timeoutMs);
    return undefined;
  }
}

/**
 * Whether no more data will come from this process. Any other error may mean that the server is busy with the
 * scan.
 */
async function isLost(client: Client, backend: Backend | undefined, timeoutMs: number): Promise<boolean> {
  try {
    await client.connect(timeoutMs);
  } catch (error) {
    // A code of five characters comes from the server itself, e.g. when it has no free connection.
    return !(error instanceof SessionError && /^\d[0-9A-Z]{4}$/.test(error.code));
  }
  if (backend === undefined) return false;
  try {
    const [found] = await client.query(
      z.object({ server: z.string(), state: z.string().nullable(), wait: z.string().nullable() }),
      `SELECT pg_catalog.pg_postmaster_start_time() AS server, activity.state, activity.wait_event AS wait
       FROM (SELECT $1::pg_catalog.int4 AS pid) AS asked
         LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid OPERATOR(pg_catalog.=) asked.pid`,
      [backend.pid],
      timeoutMs,
    );
    if (found?.server !== backend.server) return false;
    // The process is gone; or it waits for us while we wait for it; or it is done, and its last message got
    // lost.
    return found.state === null || found.wait === 'ClientWrite' || found.state.startsWith('idle');
  } catch {
    return false;
  }
}
