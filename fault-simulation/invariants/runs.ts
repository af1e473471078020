/**
 * What the invariants know of the runs of a history: their journals as they became durable, and the lines that they
 * staged. Checks that each journal can be folded after every entry, and that the counts of a staging add up and are
 * true.
 */
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { Approval, StoredApproval } from '../../src/domain/jobs/approvals.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import {
  applyEvent,
  atLineOf,
  deliveriesOf,
  deliveryOf,
  foldRun,
  type RunState,
} from '../../src/domain/runs/run-state.ts';
import type { RunRow } from '../memory/database.ts';
import type { Truth } from '../world/expected-lines.ts';
import { ViolationError } from './violation.ts';

type Chunks = readonly (readonly string[])[];

export interface KnownRun {
  readonly id: string;
  readonly jobId: string | null;
  state: RunState;
  /** For each delivery, the lines of each chunk, once they are staged. */
  chunks: readonly Chunks[];
}

/** What the database has of a run and its job. */
export interface AboutRun {
  readonly jobId: string | null;
  /** What a person has approved. */
  readonly approval?: StoredApproval | null;
  /** Of the job. */
  readonly revision?: number | undefined;
  /** What the job is of a split job. */
  readonly part?: StoredJob['part'] | undefined;
}

/**
 * A run has no other approval than the one that a person gave, for the job as it is now.
 * @param scans approvals of runs of its split job, where it is a part
 */
function checkApproval(
  runId: string,
  { approval, revision, part: own }: AboutRun,
  used: Approval,
  scans: readonly Approval[],
): void {
  const isGiven = approval && isDeepStrictEqual(approval.audiences, used.audiences);
  if (isGiven && approval.jobRevision === revision) return;
  const isGivenToScan = scans.some(({ audiences }) => {
    const ofPart = audiences.filter(({ part }) => part?.value === own?.value && part?.revision === revision);
    return isDeepStrictEqual(
      ofPart.map(({ part: _, ...audience }) => audience),
      used.audiences,
    );
  });
  if (isGivenToScan) return;
  throw new ViolationError('guard', `run ${runId} uses an approval that nobody has given for this job`);
}

export interface RunsOptions {
  /** What was written last into a staged file of the run, on each machine. */
  readonly stagedFiles: (runId: string, file: string) => readonly Uint8Array[];
  /** What the run may have read: for each version of its source, the possible results of each delivery. */
  readonly truthOf: (run: KnownRun) => readonly (readonly Truth[])[];
}

export class Runs {
  readonly all = new Map<string, KnownRun>();
  readonly #options: RunsOptions;
  readonly #seen = new Map<string, number>();
  /** How much each job has ever let its audience shrink. */
  readonly #shrinks = new Map<string, Set<number>>();
  readonly #approvedAt = new Map<string, string | undefined>();
  /** When a person asked to stop each run, in machine time. */
  readonly stopRequests = new Map<string, number>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** A job was saved. */
  onJob({ id, configuration }: StoredJob): void {
    const shrinks = this.#shrinks.get(id) ?? new Set();
    this.#shrinks.set(id, shrinks.add(configuration.max_shrink));
  }

  /** A run was saved. */
  onRun({ id, stop_requested }: Pick<RunRow, 'id' | 'stop_requested'>, now: number): void {
    if (stop_requested === null) this.stopRequests.delete(id);
    else if (!this.stopRequests.has(id)) this.stopRequests.set(id, now);
  }

  /**
   * A run was saved.
   * @param action the last one of its job, when it is of the same commit
   */
  onApproval({ id, approval }: Pick<RunRow, 'id' | 'approval'>, action: string | undefined): void {
    const at = approval?.at;
    if (at === this.#approvedAt.get(id)) return;
    this.#approvedAt.set(id, at);
    if (at !== undefined && action !== 'run_anyway')
      throw new ViolationError('guard', `run ${id} has an approval that no person has given`);
  }

  /** A journal has grown. */
  onJournal(runId: string, about: AboutRun, events: readonly RunEvent[]): readonly RunEvent[] {
    const before = this.#seen.get(runId) ?? 0;
    const fresh = events.slice(before);
    this.#seen.set(runId, events.length);
    for (const event of fresh) this.#add(runId, about, event);
    return fresh;
  }

  /**
   * How many members the last good replace of an audience had.
   * @param isKnown whether the run counts
   */
  lastGood(audienceId: string, isKnown: (run: KnownRun) => boolean = () => true): number | undefined {
    const good = [...this.all.values()]
      .filter(isKnown)
      .flatMap((run) => deliveriesOf(run.state))
      .filter((delivery) => delivery.audienceId === audienceId && delivery.endedAt !== null)
      .filter((delivery) => delivery.status === 'succeeded' || atLineOf(delivery) === 'whole');
    const last = good.toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? '')).at(-1);
    return last?.staged?.counts.unique;
  }

  /**
   * The sizes of the last `runs` successful runs of the same job before this one: of its first audience, or of those to
   * the same sibling, with the same identifier if several share the audience.
   */
  sizesBefore(run: KnownRun, { delivery, audienceId, request }: RunState, runs: number): readonly number[] {
    const earlier: KnownRun[] = [];
    for (const other of this.all.values()) {
      if (other === run) break;
      if (other.jobId === run.jobId && other.state.status === 'succeeded') earlier.push(other);
    }
    return earlier
      .flatMap(({ state }) => deliveriesOf(state))
      .filter((earlierDelivery) =>
        delivery === 1
          ? earlierDelivery.delivery === 1
          : earlierDelivery.audienceId === audienceId && earlierDelivery.request.field === request.field,
      )
      .flatMap(({ staged }) => staged?.counts.unique ?? [])
      .slice(-runs);
  }

  /** The journals as a whole give the same states as entry by entry. */
  checkFolds(journalOf: (runId: string) => readonly RunEvent[]): void {
    for (const { id, state } of this.all.values()) {
      if (JSON.stringify(shown(foldRun(journalOf(id)))) !== JSON.stringify(shown(state))) {
        throw new ViolationError('journal', `the journal of run ${id} does not give its state`);
      }
    }
  }

  #add(runId: string, about: AboutRun, event: RunEvent): void {
    const before = this.all.get(runId);
    const state = before ? applyEvent(before.state, event) : foldRun([event]);
    const known = before ?? { jobId: about.jobId, id: runId, state, chunks: [] };
    known.state = state;
    this.all.set(runId, known);
    if (event.type === 'started' || event.type === 'resumed') {
      this.#checkShrink(known);
      if (event.approval) checkApproval(runId, about, event.approval, this.#approvalsOf(about.part?.of));
    }
    if (event.type === 'staged') this.#checkStaged(known, event);
    if ('error' in event && event.error?.code === 'internal')
      throw new ViolationError('crash', `run ${runId} has an internal error: ${event.error.message}`);
  }

  #approvalsOf(splitJob: string | undefined): Approval[] {
    if (splitJob === undefined) return [];
    return [...this.all.values()].flatMap(({ jobId, state }) => (jobId === splitJob ? (state.approval ?? []) : []));
  }

  /** The limit of a run is one of its job. */
  #checkShrink({ id, jobId, state: { request } }: KnownRun): void {
    const allowed = this.#shrinks.get(jobId ?? '');
    if (!allowed || allowed.has(request.maxShrink)) return;
    throw new ViolationError(
      'guard',
      `run ${id} may shrink its audience by ${request.maxShrink}, which its job never allowed`,
    );
  }

  #checkStaged(run: KnownRun, event: Extract<RunEvent, { type: 'staged' }>): void {
    const staged = [event, ...(event.siblings ?? [])];
    run.chunks = staged.map(({ chunks }, n) => {
      const { heading } = deliveryOf(run.state, n + 1).request;
      return chunks.map(({ file, sha256 }) => {
        const content = this.#options.stagedFiles(run.id, file).find((found) => hash('sha256', found) === sha256);
        return membersIn(linesOf(content), heading);
      });
    });
    for (const [n, { counts }] of staged.entries()) {
      const invalid = Object.values(counts.invalid).reduce((sum, count) => sum + count, 0);
      const leftOut = (counts.suppressed ?? 0) + (counts.held_out ?? 0);
      const sum = counts.missing + invalid + leftOut + counts.duplicates + counts.unique;
      if (counts.scanned !== sum || counts.unique !== run.chunks[n]?.flat().length)
        throw new ViolationError('counts', `the counts of run ${run.id} do not add up`);
    }
    // All deliveries are of one version of the source, and of one version of the suppression list.
    const isTrue = this.#options
      .truthOf(run)
      .some((version) =>
        version.every(
          ({ scanned, lines }, n) =>
            scanned === staged[n]?.counts.scanned && isSame(lines, run.chunks[n]?.flat() ?? []),
        ),
      );
    if (isTrue) return;
    throw new ViolationError(
      'counts',
      `run ${run.id} staged ${run.chunks.map((chunks) => chunks.flat().length).join(' and ')} lines that are not those of its source`,
    );
  }
}

const shown = (state: RunState) => ({
  ...state,
  chunks: [...state.chunks],
  siblings: state.siblings.map((sibling) => ({ ...sibling, chunks: [...sibling.chunks] })),
});

const linesOf = (content: Uint8Array | undefined): string[] =>
  content ? Buffer.from(content).toString('latin1').split('\n').slice(0, -1) : [];

/** @param heading the first line of each file, which is no member */
function membersIn(lines: string[], heading: string | undefined): string[] {
  if (heading === undefined) return lines;
  return lines[0] === heading ? lines.slice(1) : [];
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, n) => line === b[n]);
