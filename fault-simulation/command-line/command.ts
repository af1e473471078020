/** One call of `lineup`: a process on a machine, with the real runs of its data directory. */
// Loaded ahead: the export loads it when it is needed, and a history must not wait for the disk of this machine.
import '../../src/export/stage/checkpoint-shape.ts';
import { LocalRuns, type Pace } from '../../src/compose/local-runs.ts';
import type { EventLog } from '../../src/contracts/event-log.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import type { RunState } from '../../src/domain/runs/run-state.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { RunFiles } from '../../src/store/data-directory/run-files.ts';
import type { Process } from '../engine/process.ts';
import { ViolationError } from '../invariants/violation.ts';
import type { LineAdsSide } from '../world/destinations/line-ads.ts';
import { type Plants, planted } from '../world/plants.ts';
import type { SourceWorld } from '../world/source.ts';
import { DATA, type Machine } from './machine.ts';

export interface CommandOptions {
  readonly process: Process;
  readonly machine: Machine;
  readonly destination: LineAdsSide;
  readonly key: number;
  readonly log: EventLog;
  readonly pollIntervalMs: number;
  readonly sourceOf: (location: string) => SourceWorld;
  readonly plant: Plants;
  /** Called as soon as the command has ended, however it has. */
  readonly onEnd: (ending: Ending) => void;
}

/** How a command ended. */
export type Ending =
  | { readonly kind: 'document'; readonly document: RunDocument }
  | { readonly kind: 'error'; readonly error: LineupError }
  | { readonly kind: 'killed' };

const HOUR = 3_600_000;

export class Command {
  readonly process: Process;
  readonly machine: Machine;
  readonly runs: RunFiles;
  readonly #local: LocalRuns;
  readonly #pace: Pace;
  readonly #stop = new AbortController();
  readonly #onEnd: (ending: Ending) => void;

  constructor(options: CommandOptions) {
    const { process, machine, plant, pollIntervalMs } = options;
    this.process = process;
    this.machine = machine;
    this.#onEnd = options.onEnd;
    this.#pace = { pollIntervalMs, jobTimeoutMs: 6 * HOUR };
    const limits = planted(
      plant.limits,
      new FileLimits(DATA, process.clock, process.random, machine.limitFilesFor(process, plant)),
    );
    this.runs = planted(plant.runs, new RunFiles(DATA, machine.diskFor(process, plant)));
    this.#local = new LocalRuns({
      runs: this.runs,
      limits,
      clock: process.clock,
      traits: lineAdsTraits,
      destination: async () => options.destination.connect(process, options.key, { limits }, plant),
      openSource: async ({ source }) => planted(plant.source, options.sourceOf(source).open(process)),
      startKernel: inlineKernel,
      log: options.log,
      random: process.random,
    });
  }

  /** Starts the command. */
  begin(work: (command: Command) => Promise<RunDocument>): void {
    work(this).then(
      (document) => this.#exit({ kind: 'document', document }),
      (error: unknown) => {
        if (error instanceof LineupError) this.#exit({ kind: 'error', error });
        else this.#exit({ kind: 'error', error: new LineupError('internal', String(error), { cause: error }) });
      },
    );
  }

  export(request: Parameters<LocalRuns['export']>[0]): Promise<RunDocument> {
    return this.#local.export(request, this.#pace, this.#hooks());
  }

  resume(runId: string, change: { maxShrink?: number }): Promise<RunDocument> {
    return this.#local.resume(runId, change, this.#pace, this.#hooks());
  }

  document(state: RunState): RunDocument {
    return this.#local.document(state);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#stop.abort(new LineupError('interrupted', 'Interrupted.'));
  }

  kill(): void {
    this.#exit({ kind: 'killed' });
  }

  #hooks() {
    return { signal: this.#stop.signal, onProgress: () => {} };
  }

  #exit(ending: Ending): void {
    if (this.process.isDead) return;
    this.process.kill();
    this.#onEnd(ending);
  }
}

/** What no command may say. */
export function assertKnown(error: { readonly code: string; readonly message: string }): void {
  if (error.code === 'internal') throw new ViolationError('crash', error.message);
  if (error.code === 'storage_failed' && error.message.includes('is damaged'))
    throw new ViolationError('journal', error.message);
}
