/** What must hold at a destination, whichever it is: the promises of each one are in a file beside this one. */
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { deliveryOf } from '../../src/domain/runs/run-state.ts';
import type { SentRequest } from '../world/destinations/side.ts';
import type { KnownRun, Runs } from './runs.ts';
import { ViolationError } from './violation.ts';

export interface AtDestination {
  /** A process sends a request. */
  onSend(request: SentRequest): void;
  /** A journal has a new entry. */
  onEvent(runId: string, event: RunEvent): void;
  /** Time has passed at the destination, or it has carried out a request. */
  check(): void;
  /** The audiences that runs of a job have made: together those that should be one. */
  madeBy(jobId: string): ReadonlyMap<unknown, readonly string[]>;
  /**
   * How the members that the destination holds differ from those of the job's source, if they do.
   * @param wanted the lines of each delivery
   */
  differenceOf(
    job: Pick<StoredJob, 'audienceId' | 'siblingAudienceIds'>,
    wanted: readonly string[][],
  ): string | undefined;
  /** What runs of the job have not sent whole, so that its audiences lack it. */
  partsOf?(job: StoredJob): readonly Pick<SentChunk, 'runId' | 'delivery'>[];
  /** Where members leave by age: the same once all have left who came before. */
  exactDifferenceOf?(
    job: Pick<StoredJob, 'audienceId' | 'siblingAudienceIds'>,
    wanted: readonly string[][],
  ): string | undefined;
}

/** A part of a run that is sent to a destination. */
export interface SentChunk {
  readonly runId: string;
  /** From 1. */
  readonly delivery: number;
  readonly chunk: number;
}

export interface SenderOptions {
  readonly runs: Runs;
  /** Machine time. */
  readonly now: () => number;
  /** Whether the process holds the lease of the run, by the database's time. */
  readonly holds: (process: string, runId: string) => boolean;
}

/** A worker asks every ten seconds whether it must stop. The database may be slow, or the worker stands still. */
const LATEST_STOP_MS = 120_000;

/**
 * Whether a process may send a chunk: its run has an open intent, it holds the lease, and nobody has stopped the run.
 * @returns the run
 */
export function checkSender(
  { runs, now, holds }: SenderOptions,
  { process, path }: SentRequest,
  { runId, delivery, chunk }: SentChunk,
): KnownRun {
  const run = runs.all.get(runId);
  if (!run) throw new ViolationError('journal', `run ${runId} sends a chunk, and its journal is empty`);
  if (!holds(process.name, runId)) {
    throw new ViolationError(
      'lease',
      `run ${runId} sends chunk ${chunk} from ${process.name}, which may not hold it any more`,
    );
  }
  if (deliveryOf(run.state, delivery).chunks.get(chunk)?.phase !== 'unsettled') {
    throw new ViolationError(
      'journal',
      `run ${runId} sends chunk ${chunk} to ${path}, and its journal has no open intent`,
    );
  }
  if (now() - (runs.stopRequests.get(runId) ?? now()) > LATEST_STOP_MS) {
    throw new ViolationError('stop', `run ${runId} sends chunk ${chunk} long after a person stopped it`);
  }
  return run;
}
