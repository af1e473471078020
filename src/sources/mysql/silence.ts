/** What the server does for a scan, asked by a second connection: whether it still works, and the end of its work. */
import { z } from 'zod';
import { bySecondConnection, type SilenceOptions, SilenceWatch } from '../database/silence.ts';
import { Client } from './client.ts';
import { SessionError } from './session-error.ts';
import type { Target } from './target.ts';

/** The thread of the scan. The second connection may reach another server, behind a proxy or a shared host name. */
export interface Thread {
  readonly id: string;
  readonly server: string;
}

export interface WatchOptions extends Pick<SilenceOptions<Client>, 'silenceMs' | 'longestMs'> {
  readonly target: Target;
}

const threadRow = z.object({ id: z.string().regex(/^\d{1,20}$/), server: z.string().max(500) });

/** Undefined when a server does not tell. */
export async function identifyThread(client: Client, timeoutMs: number): Promise<Thread | undefined> {
  const sql = "SELECT CONNECTION_ID() AS id, CONCAT(@@hostname, ':', @@port) AS server";
  const [thread] = await client.query(threadRow, sql, timeoutMs).catch(serverRefusal);
  return thread;
}

/** Watches the client of a scan, and cuts its connection when no more data can come. */
export const watchSilence = (
  client: Client,
  thread: Thread | undefined,
  { target, ...limits }: WatchOptions,
): SilenceWatch<Client> =>
  new SilenceWatch(client, {
    ...limits,
    another: () => new Client(target),
    isLost: (second, timeoutMs) => isLost(second, thread, timeoutMs),
  });

/**
 * Ends a statement that nobody waits for any more. The server would notice only when it sends the next row. Never
 * fails.
 */
export async function killStatement(target: Target, thread: Thread): Promise<void> {
  const signal = AbortSignal.timeout(KILL_MS);
  await bySecondConnection(new Client(target), signal, async (second) => {
    await second.connect(KILL_MS);
    const found = await identifyThread(second, KILL_MS);
    if (found?.server === thread.server) await second.query(z.unknown(), `KILL QUERY ${thread.id}`, KILL_MS);
  }).catch(() => {});
}

const KILL_MS = 2_000;

const processRow = z.object({
  Id: z.string(),
  Command: z.string().nullable(),
  State: z.string().nullable(),
});

/** Whether no more data will come from this thread. Any other error may mean that the server is busy with the scan. */
async function isLost(client: Client, thread: Thread | undefined, timeoutMs: number): Promise<boolean> {
  try {
    await client.connect(timeoutMs);
  } catch (error) {
    // A number comes from the server itself, e.g. when it has no free connection.
    return !(error instanceof SessionError && /^\d+$/.test(error.code));
  }
  if (thread === undefined) return false;
  try {
    const own = await identifyThread(client, timeoutMs);
    if (own?.server !== thread.server) return false;
    // Without the right PROCESS it shows the threads of this user.
    const threads = await client.query(processRow, 'SHOW PROCESSLIST', timeoutMs);
    const found = threads.find(({ Id }) => Id === thread.id);
    // The thread is gone; or it is done, and its last message got lost; or it waits for us while we wait for it.
    return (
      found === undefined ||
      found.Command === 'Sleep' ||
      /^(?:Writing to net|Sending to client)/.test(found.State ?? '')
    );
  } catch {
    return false;
  }
}

/** For a question that a server may refuse. */
function serverRefusal(error: unknown): never[] {
  if (error instanceof SessionError && /^\d+$/.test(error.code)) return [];
  throw error;
}
