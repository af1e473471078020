/**
 * Tells a server that works in silence from one that is lost. A long sort sends nothing for minutes, and a connection may stay open
 * though nothing comes through it any more: a firewall forgot it, a proxy hangs, a host is frozen. TCP cannot tell. So when
 * a scan has been silent for some seconds, a second short connection asks the server what the scan's process is doing.
 */
import { z } from 'zod';
import { Client } from './client.ts';
import { SessionError } from './session-error.ts';
import type { Target } from './target.ts';

/** The scan's process at the server: a pooler, or one name for several servers, may lead elsewhere the next time. */
interface Backend {
  readonly pid: string;
  /** When the server started, to the microsecond. */
  readonly server: string;
}

export interface SilenceOptions {
  readonly target: Target;
  /** Silence after which the server is asked. */
  readonly silenceMs: number;
  /** When the scan is given up, whatever the server says. */
  readonly longestMs: number;
}

/** How long the server may take to answer, at least: a busy one is slow to take a connection. */
const PATIENCE_MS = 5_000;
/** Answers in a row that the scan is lost: by chance, one may be given just before the next rows arrive. */
const ENOUGH = 2;

/** Watches a client until it is stopped, and cuts its connection when nothing will come any more. */
export class SilenceWatch {
  readonly #client: Client;
  readonly #options: SilenceOptions;
  readonly #backend: Backend | undefined;
  readonly #tick: NodeJS.Timeout;
  readonly #limit: NodeJS.Timeout;
  #heard: number;
  /** Ticks without anything from the server. */
  #silent = 0;
  #lost = 0;
  #asking: Client | undefined;

  private constructor(client: Client, options: SilenceOptions, backend: Backend | undefined) {
    this.#client = client;
    this.#options = options;
    this.#backend = backend;
    this.#heard = client.heard;
    this.#tick = setInterval(() => this.#look(), options.silenceMs / 2);
    this.#limit = setTimeout(() => client.cut(new SessionError('silent')), options.longestMs);
  }

  /** To be called in the scan's transaction. */
  static async start(client: Client, options: SilenceOptions): Promise<SilenceWatch> {
    return new SilenceWatch(client, options, await backendOf(client, 4 * PATIENCE_MS));
  }

  stop(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#limit);
    this.#asking?.cut();
  }

  #look(): void {
    if (this.#client.heard !== this.#heard || this.#client.paused) {
      this.#heard = this.#client.heard;
      this.#silent = 0;
      this.#lost = 0;
      return;
    }
    this.#silent += 1;
    if (this.#silent >= 2 && this.#asking === undefined) void this.#ask();
  }

  async #ask(): Promise<void> {
    const asking = new Client(this.#options.target);
    this.#asking = asking;
    const lost = await isLost(asking, this.#backend, Math.max(this.#options.silenceMs, PATIENCE_MS));
    await asking.end();
    this.#asking = undefined;
    if (this.#client.heard !== this.#heard) return;
    this.#lost = lost ? this.#lost + 1 : 0;
    if (this.#lost >= ENOUGH) this.#client.cut(new SessionError('silent'));
  }
}

/** Undefined where a server does not know these functions: the scan then goes on without. */
async function backendOf(client: Client, timeoutMs: number): Promise<Backend | undefined> {
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

/** Whether nothing more will come from the backend. A server that answers in another way may be busy with the scan. */
async function isLost(client: Client, backend: Backend | undefined, timeoutMs: number): Promise<boolean> {
  try {
    await client.connect(timeoutMs);
  } catch (error) {
    // A code of five characters is the server's own word, such as that it has no connection left.
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
    // Gone; or waiting for us to read, while we wait for it; or done, and its last words never came.
    return found.state === null || found.wait === 'ClientWrite' || found.state.startsWith('idle');
  } catch {
    return false;
  }
}
