/**
 * What the invariants know of the runs of a history: their journals as they became durable, and the lines that they staged.
 * Checks that each journal can be folded after every entry, and that the counts of a staging add up and are true.
 */
import { hash } from 'node:crypto';
import type { RunEvent } from '../../src/contracts/run-events.ts';
import { applyEvent, foldRun, type RunState } from '../../src/contracts/run-state.ts';
import { Violation } from './violation.ts';

export interface KnownRun {
  readonly id: string;
  readonly jobId: string | null;
  state: RunState;
  /** The lines of each chunk, once they are staged. */
  chunks: readonly (readonly string[])[];
  /** A person let it pass the guard. */
  readonly waivesGuard: boolean;
}

export interface RunsOptions {
  /** What was written last into a staged file of the run, on each machine. */
  readonly stagedFiles: (runId: string, file: string) => readonly Uint8Array[];
  /** The members that the run may have read, as the right lines in order, one list for each version of the source. */
  readonly truthOf: (
    run: KnownRun,
  ) => readonly { readonly scanned: number; readonly lines: readonly string[] }[];
}

export class Runs {
  readonly all = new Map<string, KnownRun>();
  readonly #options: RunsOptions;
  readonly #seen = new Map<string, number>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** A journal has grown. */
  onJournal(
    runId: string,
    about: Pick<KnownRun, 'jobId' | 'waivesGuard'>,
    events: readonly RunEvent[],
  ): readonly RunEvent[] {
    const before = this.#seen.get(runId) ?? 0;
    const fresh = events.slice(before);
    this.#seen.set(runId, events.length);
    for (const event of fresh) this.#add(runId, about, event);
    return fresh;
  }

  /** The journals as a whole give the same states as entry by entry. */
  checkFolds(journalOf: (runId: string) => readonly RunEvent[]): void {
    for (const { id, state } of this.all.values()) {
      if (JSON.stringify(shown(foldRun(journalOf(id)))) !== JSON.stringify(shown(state))) {
        throw new Violation('journal', `the journal of run ${id} does not give its state`);
      }
    }
  }

  #add(runId: string, about: Pick<KnownRun, 'jobId' | 'waivesGuard'>, event: RunEvent): void {
    const known = this.all.get(runId);
    if (!known) {
      this.all.set(runId, { ...about, id: runId, state: foldRun([event]), chunks: [] });
      return;
    }
    known.state = applyEvent(known.state, event);
    if (event.type === 'staged') this.#checkStaged(known, event);
  }

  #checkStaged(run: KnownRun, { counts, chunks }: Extract<RunEvent, { type: 'staged' }>): void {
    const invalid = Object.values(counts.invalid).reduce((sum, count) => sum + count, 0);
    if (counts.scanned !== counts.missing + invalid + counts.duplicates + counts.unique) {
      throw new Violation('counts', `the counts of run ${run.id} do not add up`);
    }
    run.chunks = chunks.map(({ file, sha256 }) =>
      linesOf(this.#options.stagedFiles(run.id, file).find((content) => hash('sha256', content) === sha256)),
    );
    const lines = run.chunks.flat();
    const isTrue = this.#options
      .truthOf(run)
      .some((truth) => truth.scanned === counts.scanned && isSame(truth.lines, lines));
    if (!isTrue || counts.unique !== lines.length) {
      throw new Violation(
        'counts',
        `run ${run.id} staged ${lines.length} lines that are not those of its source`,
      );
    }
  }
}

const shown = (state: RunState) => ({ ...state, chunks: [...state.chunks] });

const linesOf = (content: Uint8Array | undefined): string[] =>
  content ? Buffer.from(content).toString('latin1').split('\n').slice(0, -1) : [];

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, n) => line === b[n]);
