/**
 * Detects a lost server. A long sort sends nothing for minutes. But a connection may also stay open although
 * it is dead: a firewall forgot it, a proxy hangs, or a host is frozen. TCP cannot tell the difference. So
 * after some seconds of silence, a second short connection asks the server what the scan's process does.
 */
import { z } from 'zod';
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

export interface SilenceOptions {
  readonly target: Target;
  /** After this silence, the server is asked. */
  readonly silenceMs: number;
  /** After this time the scan is stopped, whatever the server answers. */
  readonly longestMs: number;
}

/** The server has at least this time to answer, because a busy server accepts connections slowly. */
const PATIENCE_MS = 5_000;
/**
 * So many answers in a row must say that the scan is lost. A single one may come just before the next rows.
 */
const LOST_ANSWERS_IN_A_ROW = 2;

/** Watches a client until `stop`. Cuts its connection when no more data can come. */
export class SilenceWatch {
  readonly #client: Client;
  readonly #options: SilenceOptions;
  readonly #backend: Backend | undefined;
  readonly #tick: NodeJS.Timeout;
  readonly #limit: NodeJS.Timeout;
  #received: number;
  /** Ticks without data from the server. */
  #silent = 0;
  #lost = 0;
  #probing: Client | undefined;

  private constructor(client: Client, options: SilenceOptions, backend: Backend | undefined) {
    this.#client = client;
    this.#options = options;
    this.#backend = backend;
    this.#received = client.received;
    this.#tick = setInterval(() => this.#check(), options.silenceMs / 2);
    this.#limit = setTimeout(() => client.cut(new SessionError('silent')), options.longestMs);
  }

  /** Call it inside the scan's transaction. */
  static async start(client: Client, options: SilenceOptions): Promise<SilenceWatch> {
    return new SilenceWatch(client, options, await identifyBackend(client, 4 * PATIENCE_MS));
  }

  stop(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#limit);
    this.#probing?.cut();
  }

  #check(): void {
    if (this.#client.received !== this.#received || this.#client.paused) {
      this.#received = this.#client.received;
      this.#silent = 0;
      this.#lost = 0;
      return;
    }
    this.#silent += 1;
    if (this.#silent >= 2 && this.#probing === undefined) void this.#probe();
  }

  async #probe(): Promise<void> {
    const probe = new Client(this.#options.target);
    this.#probing = probe;
    const lost = await isLost(probe, this.#backend, Math.max(this.#options.silenceMs, PATIENCE_MS));
    await probe.end();
    this.#probing = undefined;
    if (this.#client.received !== this.#received) return;
    this.#lost = lost ? this.#lost + 1 : 0;
    if (this.#lost >= LOST_ANSWERS_IN_A_ROW) this.#client.cut(new SessionError('silent'));
  }
}

/** Undefined when a server does not have these functions. Then the check is left out. */
async function identifyBackend(client: Client, timeoutMs: number): Promise<Backend | undefined> {
  const row = z.object({ pid: z.string(), server: z.string() });
  await client.query(z.unknown(), 'SAVEPOINT backend', [], timeoutMs);
  try {
    const [backend] = await client.query(
      row,
      'SELECT pg_backend_pid() AS pid, pg_postmaster_start_time() AS server',
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
      `SELECT pg_postmaster_start_time() AS server, activity.state, activity.wait_event AS wait
       FROM (SELECT $1::int AS pid) AS asked LEFT JOIN pg_stat_activity AS activity USING (pid)`,
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
