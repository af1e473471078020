/**
 * The pulse of a process' runs: every second it stores their progress and their requests, and checks whether a person
 * wants to stop one. It does this for all runs together, so hundreds that wait cost as much as one. A run does not
 * need any of it to continue, so a beat that fails is skipped.
 */

import type { EventLog } from '../contracts/event-log.ts';
import type { JobStore } from '../contracts/job-store.ts';
import type { Clock } from '../contracts/ports.ts';
import type { ReportedProgress, RunProgress } from '../contracts/run-progress.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { Estimate } from './time-left.ts';

export interface PulsesOptions {
  readonly store: Pick<JobStore, 'recordProgress' | 'recordRequests' | 'stopRequestsAmong'>;
  readonly now: Clock['now'];
  readonly sleep: Clock['sleep'];
  readonly everyMs: number;
  readonly log: EventLog;
}

/** The pulse of one run. */
export interface Pulse {
  /** Aborted when a person wants the run to stop. */
  readonly stopped: AbortSignal;
  progress(progress: ReportedProgress): void;
  request(entry: RunRequestEntry): void;
  /** Ends it, and stores the remaining requests. */
  end(): Promise<void>;
}

class RunPulse {
  readonly runId: string;
  readonly stop = new AbortController();
  readonly estimate = new Estimate();
  progress: RunProgress | undefined;
  /** The progress as last stored. It is stored again only when it has changed. */
  stored = '';
  requests: RunRequestEntry[] = [];

  constructor(runId: string) {
    this.runId = runId;
  }
}

export class Pulses {
  readonly #options: PulsesOptions;
  readonly #runs = new Set<RunPulse>();
  #beating: Promise<void> | undefined;
  /** The present beat. */
  #beat: Promise<void> = Promise.resolve();
  #pause = new AbortController();
  /** Whether the last beat failed: an outage is logged once. */
  #failed = false;

  constructor(options: PulsesOptions) {
    this.#options = options;
  }

  begin(runId: string): Pulse {
    const run = new RunPulse(runId);
    this.#runs.add(run);
    this.#beating ??= this.#beatOn();
    return {
      stopped: run.stop.signal,
      progress: (progress) => {
        run.progress = run.estimate.add(progress, this.#options.now().getTime());
      },
      request: (entry) => {
        run.requests.push(entry);
      },
      end: async () => {
        this.#runs.delete(run);
        if (this.#runs.size === 0) this.#pause.abort();
        await this.#beat;
        // The requests are lost then. The run ends anyway.
        await this.#writeRequests([run]).catch((error: unknown) =>
          this.#options.log.record('run.progress_lost', { run_id: runId, err: error }),
        );
      },
    };
  }

  async #beatOn(): Promise<void> {
    const { sleep, everyMs } = this.#options;
    while (this.#runs.size > 0) {
      this.#beat = this.#beatSafely();
      await this.#beat;
      this.#pause = new AbortController();
      // Aborted when the last run has ended.
      if (this.#runs.size > 0) await sleep(everyMs, this.#pause.signal).catch(() => {});
    }
    this.#beating = undefined;
  }

  /** One beat. Never rejects: if the database stays unreachable, the journals report it. */
  async #beatSafely(): Promise<void> {
    try {
      await this.#beatOnce();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#options.log.record('run.progress_lost', { err: error });
      this.#failed = true;
    }
  }

  async #beatOnce(): Promise<void> {
    const all = [...this.#runs];
    await this.#writeProgress(all);
    await this.#writeRequests(all);
    const running = all.filter(({ stop }) => !stop.signal.aborted);
    const stopping = await this.#options.store.stopRequestsAmong(running.map(({ runId }) => runId));
    for (const { runId, stop } of running) {
      if (stopping.has(runId)) {
        stop.abort(new LineupError('interrupted', sentence`A person stopped the run.`));
      }
    }
  }

  async #writeProgress(all: readonly RunPulse[]): Promise<void> {
    const changed = all.flatMap((run) => {
      const { runId, progress, stored } = run;
      const text = progress ? JSON.stringify(progress) : '';
      if (!progress || text === stored) return [];
      run.stored = text;
      return [{ id: runId, progress }];
    });
    await this.#options.store.recordProgress(changed, this.#options.now());
  }

  async #writeRequests(all: readonly RunPulse[]): Promise<void> {
    const taken = all.map((run) => ({ run, requests: run.requests.splice(0) }));
    try {
      await this.#options.store.recordRequests(
        taken.flatMap(({ run, requests }) => requests.map((entry) => ({ runId: run.runId, ...entry }))),
      );
    } catch (error) {
      for (const { run, requests } of taken) run.requests.unshift(...requests);
      throw error;
    }
  }
}
