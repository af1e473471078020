/**
 * The pulse of a going run: every second it writes down what goes on and which requests were made, and looks whether a
 * person wants the run to stop. None of it is needed to continue the run, so a beat that the database misses is left out.
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { sentence } from '../contracts/sentence.ts';
import type { Db } from '../store/database.ts';
import { recordRequests } from '../store/run-requests.ts';
import { recordProgress, stopRequestOf } from '../store/runs.ts';

export interface PulseOptions {
  readonly db: Db;
  readonly runId: string;
  readonly now: () => Date;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly everyMs: number;
}

export class Pulse {
  readonly #options: PulseOptions;
  readonly #stop = new AbortController();
  readonly #ended = new AbortController();
  readonly #beating: Promise<void>;
  #progress: RunProgress | undefined;
  readonly #requests: RunRequestEntry[] = [];

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#beating = this.#beat();
  }

  /** Aborted when a person wants the run to stop. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  progress(progress: RunProgress): void {
    this.#progress = progress;
  }

  request(entry: RunRequestEntry): void {
    this.#requests.push(entry);
  }

  /** Ends it; the requests that are not written down yet are. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#beating;
    await this.#writeRequests().catch(() => {});
  }

  async #beat(): Promise<void> {
    const { db, runId, sleep, everyMs } = this.#options;
    while (!this.#ended.signal.aborted) {
      try {
        await this.#writeProgress();
        await this.#writeRequests();
        if (!this.stopped.aborted && (await stopRequestOf(db, runId)) !== null) {
          this.#stop.abort(new LineupError('interrupted', sentence`A person stopped the run.`));
        }
      } catch {
        // The journal will say so if the database stays away.
      }
      await sleep(everyMs, this.#ended.signal).catch(() => {});
    }
  }

  async #writeProgress(): Promise<void> {
    const progress = this.#progress;
    this.#progress = undefined;
    if (progress) await recordProgress(this.#options.db, this.#options.runId, progress, this.#options.now());
  }

  async #writeRequests(): Promise<void> {
    const requests = [...this.#requests];
    await recordRequests(this.#options.db, this.#options.runId, requests);
    this.#requests.splice(0, requests.length);
  }
}
