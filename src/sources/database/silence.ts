/**
 * Detects a lost server. A long sort sends nothing for minutes. But a connection may also stay open although
 * it is dead: a firewall forgot it, a proxy hangs, or a host is frozen. TCP cannot tell the difference. So
 * after some seconds of silence, a second short connection asks the server what it does for the scan.
 */
import type { DatabaseClient } from './client.ts';

export interface SilenceOptions<Client> {
  /** After this silence, we ask the server. */
  readonly silenceMs: number;
  /** After this time the scan is stopped, whatever the server answers. */
  readonly longestMs: number;
  /** Makes the second connection. */
  readonly another: () => Client;
  /**
   * Asks the server by a second connection whether the scan is lost. It never fails, because an answer that proves
   * nothing lets the scan continue.
   */
  readonly isLost: (second: Client, timeoutMs: number) => Promise<boolean>;
}

/** Runs the work on a new connection, and closes it. The signal cuts it. */
export async function bySecondConnection<Client extends DatabaseClient, T>(
  second: Client,
  signal: AbortSignal,
  work: (second: Client) => Promise<T>,
): Promise<T> {
  const stop = () => second.cut();
  signal.addEventListener('abort', stop);
  try {
    return await work(second);
  } finally {
    signal.removeEventListener('abort', stop);
    await second.end();
  }
}

/** The server has at least this time to answer, because a busy server accepts connections slowly. */
const PATIENCE_MS = 5_000;
/**
 * So many answers in a row must say that the scan is lost. A single one may come just before the next rows.
 */
const LOST_ANSWERS_IN_A_ROW = 2;

/** Watches a connection until `stop`. */
export class SilenceWatch<Client extends DatabaseClient> {
  readonly #watched: Client;
  readonly #options: SilenceOptions<Client>;
  readonly #tick: NodeJS.Timeout;
  readonly #limit: NodeJS.Timeout;
  #received: number;
  /** Ticks without data from the server. */
  #silent = 0;
  #lost = 0;
  #asking: AbortController | undefined;

  constructor(watched: Client, options: SilenceOptions<Client>) {
    this.#watched = watched;
    this.#options = options;
    this.#received = watched.received;
    this.#tick = setInterval(() => this.#check(), options.silenceMs / 2);
    this.#limit = setTimeout(() => watched.giveUp(), options.longestMs);
  }

  stop(): void {
    clearInterval(this.#tick);
    clearTimeout(this.#limit);
    this.#asking?.abort();
  }

  #check(): void {
    if (this.#watched.received !== this.#received || this.#watched.paused) {
      this.#received = this.#watched.received;
      this.#silent = 0;
      this.#lost = 0;
      return;
    }
    this.#silent += 1;
    if (this.#silent >= 2 && this.#asking === undefined) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = new AbortController();
    const { silenceMs, another, isLost } = this.#options;
    const lost = await bySecondConnection(another(), this.#asking.signal, (second) =>
      isLost(second, Math.max(silenceMs, PATIENCE_MS)),
    );
    this.#asking = undefined;
    if (this.#watched.received !== this.#received) return;
    this.#lost = lost ? this.#lost + 1 : 0;
    if (this.#lost >= LOST_ANSWERS_IN_A_ROW) this.#watched.giveUp();
  }
}
