/**
 * The pulse of a process' runs: every second it writes down what goes on and which requests were made, and looks whether a person
 * wants a run to stop; for all of them together, so that hundreds that wait cost no more than one. None of it is needed to
 * continue a run, so a beat that the database misses is left out.
 */

import { LineupError } from '../contracts/errors.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { Clock } from '../contracts/ports.ts';
import type { RunProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { sentence } from '../contracts/sentence.ts';
import type { Db } from '../store/database/database.ts';
import { recordRequests } from '../store/repositories/run-requests.ts';
import { recordProgress, stopRequestsAmong } from '../store/repositories/runs.ts';
import { Estimate } from './time-left.ts';

export interface PulsesOptions {
  readonly db: Db;
  readonly now: Clock['now'];
  readonly sleep: Clock['sleep'];
  readonly everyMs: number;
  readonly log: EventLog;
}

/** The pulse of one run. */
export interface Pulse {
  /** Aborted when a person wants the run to stop. */
  readonly stopped: AbortSignal;
  progress(progress: RunProgress): void;
  request(entry: RunRequestEntry): void;
  /** Ends it; the requests that are not written down yet are. */
  end(): Promise<void>;
}

class Going {
  readonly runId: string;
  readonly stop = new AbortController();
  readonly estimate = new Estimate();
  progress: RunProgress | undefined;
  /** As it was written down last: what has not changed is not written again. */
  shown = '';
  requests: RunRequestEntry[] = [];

  constructor(runId: string) {
    this.runId = runId;
  }
}

export class Pulses {
  readonly #options: PulsesOptions;
  readonly #going = new Set<Going>();
  #beating: Promise<void> | undefined;
  /** The one beat that is under way. */
  #beat: Promise<void> = Promise.resolve();
  #pause = new AbortController();
  /** Whether the last beat was missed: an outage is logged once. */
  #missed = false;

  constructor(options: PulsesOptions) {
    this.#options = options;
  }

  begin(runId: string): Pulse {
    const going = new Going(runId);
    this.#going.add(going);
    this.#beating ??= this.#beatOn();
    return {
      stopped: going.stop.signal,
      progress: (progress) => {
        going.progress = going.estimate.add(progress, this.#options.now().getTime());
      },
      request: (entry) => {
        going.requests.push(entry);
      },
      end: async () => {
        this.#going.delete(going);
        if (this.#going.size === 0) this.#pause.abort();
        await this.#beat;
        // They are gone then: the run ends all the same.
        await this.#writeRequests([going]).catch((error: unknown) =>
          this.#options.log.record('run.progress_lost', { run_id: runId, err: error }),
        );
      },
    };
  }

  async #beatOn(): Promise<void> {
    const { sleep, everyMs } = this.#options;
    while (this.#going.size > 0) {
      this.#beat = this.#once();
      await this.#beat;
      this.#pause = new AbortController();
      // Aborted: the last of them has ended.
      if (this.#going.size > 0) await sleep(everyMs, this.#pause.signal).catch(() => {});
    }
    this.#beating = undefined;
  }

  /** One beat; never rejects. The journals will say so if the database stays away. */
  async #once(): Promise<void> {
    try {
      await this.#beatOnce();
      this.#missed = false;
    } catch (error) {
      if (!this.#missed) this.#options.log.record('run.progress_lost', { err: error });
      this.#missed = true;
    }
  }

  async #beatOnce(): Promise<void> {
    const all = [...this.#going];
    await this.#writeProgress(all);
    await this.#writeRequests(all);
    const asked = all.filter(({ stop }) => !stop.signal.aborted);
    const stopping = await stopRequestsAmong(
      this.#options.db,
      asked.map(({ runId }) => runId),
    );
    for (const { runId, stop } of asked) {
      if (stopping.has(runId)) {
        stop.abort(new LineupError('interrupted', sentence`A person stopped the run.`));
      }
    }
  }

  async #writeProgress(all: readonly Going[]): Promise<void> {
    const changed = all.flatMap((going) => {
      const { runId, progress, shown } = going;
      const text = progress ? JSON.stringify(progress) : '';
      if (!progress || text === shown) return [];
      going.shown = text;
      return [{ id: runId, progress }];
    });
    await recordProgress(this.#options.db, changed, this.#options.now());
  }

  async #writeRequests(all: readonly Going[]): Promise<void> {
    const taken = all.map((going) => ({ going, requests: going.requests.splice(0) }));
    try {
      await recordRequests(
        this.#options.db,
        taken.flatMap(({ going, requests }) => requests.map((entry) => ({ runId: going.runId, ...entry }))),
      );
    } catch (error) {
      for (const { going, requests } of taken) going.requests.unshift(...requests);
      throw error;
    }
  }
}
