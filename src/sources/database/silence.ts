/**
 * Detects a lost server. A long sort sends nothing for minutes. But a connection may also stay open although
 * it is dead: a firewall forgot it, a proxy hangs, or a host is frozen. TCP cannot tell the difference. So
 * after some seconds of silence, a second short connection asks the server what it does for the scan.
 */

/** The connection of a scan. */
export interface Watched {
  /** How many times data has arrived. */
  readonly received: number;
  /** Whether we make the server wait. */
  readonly paused: boolean;
  /** Ends the scan, because no more data can come. */
  lose(): void;
}

export interface SilenceOptions {
  /** After this silence, we ask the server. */
  readonly silenceMs: number;
  /** After this time the scan is stopped, whatever the server answers. */
  readonly longestMs: number;
  /**
   * Asks the server by a second connection whether the scan is lost. It never fails, because an answer that proves nothing lets
   * the scan continue.
   */
  readonly isLost: (timeoutMs: number, signal: AbortSignal) => Promise<boolean>;
}

/** The server has at least this time to answer, because a busy server accepts connections slowly. */
const PATIENCE_MS = 5_000;
/**
 * So many answers in a row must say that the scan is lost. A single one may come just before the next rows.
 */
const LOST_ANSWERS_IN_A_ROW = 2;

/** Watches a connection until `stop`. */
export class SilenceWatch {
  readonly #watched: Watched;
  readonly #options: SilenceOptions;
  readonly #tick: NodeJS.Timeout;
  readonly #limit: NodeJS.Timeout;
  #received: number;
  /** Ticks without data from the server. */
  #silent = 0;
  #lost = 0;
  #asking: AbortController | undefined;

  constructor(watched: Watched, options: SilenceOptions) {
    this.#watched = watched;
    this.#options = options;
    this.#received = watched.received;
    this.#tick = setInterval(() => this.#check(), options.silenceMs / 2);
    this.#limit = setTimeout(() => watched.lose(), options.longestMs);
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
    const { silenceMs, isLost } = this.#options;
    const lost = await isLost(Math.max(silenceMs, PATIENCE_MS), this.#asking.signal);
    this.#asking = undefined;
    if (this.#watched.received !== this.#received) return;
    this.#lost = lost ? this.#lost + 1 : 0;
    if (this.#lost >= LOST_ANSWERS_IN_A_ROW) this.#watched.lose();
  }
}
