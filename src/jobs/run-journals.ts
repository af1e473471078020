/**
 * The journal of a run in the service: the same list of events as in the files of the command line
 * (src/store/data-directory). One worker at a time holds it, through a lease. Every append checks the lease's token,
 * so a worker that has lost the run cannot write to it. Since an intent is appended before anything is sent to LINE,
 * such a worker cannot send either.
 */

import { type JobStore, type JobTransaction, RUN_LEASE } from '../contracts/job-store.ts';
import type { Lease, Leases, RunFolder, RunJournal } from '../contracts/ports.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { assertReadable, hasReadLists, type RunEvent } from '../domain/runs/run-events.ts';
import {
  afterOthers,
  applyEvent,
  deliveriesOf,
  deliveryOf,
  foldRun,
  isActive,
  type RunState,
} from '../domain/runs/run-state.ts';
import { sentence } from '../domain/text/sentence.ts';
import { reportRenewed } from './renewed.ts';

type Started = Extract<RunEvent, { type: 'started' }>;
type Resumed = Extract<RunEvent, { type: 'resumed' }>;

export interface RunJournalsOptions {
  readonly store: JobStore;
  readonly leases: Leases;
  /** The folder of a run's staged chunks on this machine, for the holder of the run's lease. */
  readonly stagedOf: (runId: string, lease: Lease) => RunFolder;
}

/** Opens journals for a worker. */
export class RunJournals {
  readonly #options: RunJournalsOptions;

  constructor(options: RunJournalsOptions) {
    this.#options = options;
  }

  /**
   * Starts the journal of a queued run, or opens it to continue the run.
   * @param started called for a new run, in the transaction that begins its journal, with the job locked. So the run
   * does what the
   *   job wants at this moment, and an edit comes either before it, or sees that the run goes on.
   * @throws {LineupError} `run_in_progress` while another worker holds it; `data_newer` when this version cannot read
   * it
   */
  async open(runId: string, started: (tx: JobTransaction) => Promise<Started>): Promise<StoredRunJournal> {
    return this.#hold(runId, async (lease) => {
      const events = await this.#eventsOf(runId);
      const journal = new StoredRunJournal(this.#options, lease, runId, events);
      if (journal.isNew) await journal.begin(started);
      return journal;
    });
  }

  /** Opens the journal to continue a run. @throws {LineupError} `run_in_progress`, `run_not_found`, `data_newer` */
  async resume(runId: string): Promise<StoredRunJournal> {
    return this.#hold(runId, async (lease) => {
      const events = await this.#eventsOf(runId);
      if (events.length === 0) throw new LineupError('run_not_found', sentence`The run ${runId} has not started.`);
      return new StoredRunJournal(this.#options, lease, runId, events);
    });
  }

  async #eventsOf(runId: string): Promise<RunEvent[]> {
    const events = await this.#options.store.runEvents(runId);
    assertReadable(runId, events);
    return events;
  }

  /**
   * Does `work` on a run that nobody has, and keeps it from everybody meanwhile. Does nothing while somebody has the
   * run.
   */
  async whileNobodyHolds(runId: string, work: () => Promise<void>): Promise<void> {
    const lease = await this.#options.leases.tryTake([leaseOfRun(runId)]);
    if (!lease) return;
    try {
      await work();
    } finally {
      await lease.release();
    }
  }

  async #hold(runId: string, open: (lease: Lease) => Promise<StoredRunJournal>): Promise<StoredRunJournal> {
    const lease = await this.#options.leases.tryTake([leaseOfRun(runId)]);
    if (!lease) {
      throw new LineupError('run_in_progress', sentence`The run ${runId} is in progress in another worker.`, {
        retryable: true,
      });
    }
    try {
      return await open(lease);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }
}

export class StoredRunJournal implements RunJournal {
  readonly staged: RunFolder;
  /** Whether no worker has started the run before. */
  readonly isNew: boolean;
  readonly #store: JobStore;
  readonly #lease: Lease;
  readonly #runId: string;
  #events: number;
  #state: RunState | undefined;

  constructor({ store, stagedOf }: RunJournalsOptions, lease: Lease, runId: string, events: readonly RunEvent[]) {
    this.staged = stagedOf(runId, lease);
    this.#store = store;
    this.#lease = lease;
    this.#runId = runId;
    this.isNew = events.length === 0;
    this.#events = events.length;
    this.#state = events.length > 0 ? foldRun(events) : undefined;
  }

  get state(): RunState {
    if (!this.#state) throw new Error('a run journal begins with "started"');
    return this.#state;
  }

  /** Aborted when the lease is lost. Then stop at once, and write nothing. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  /**
   * @param also runs in the same transaction
   * @throws {LineupError} `run_taken_over`, `not_found`, `disk_full`, `database_unreachable`, `storage_failed`
   */
  async append(given: RunEvent, also?: (tx: JobTransaction) => Promise<void>): Promise<void> {
    await this.#write(async (store) => {
      const event =
        given.type === 'intent'
          ? await afterOthers(given, [deliveryOf(this.state, given.delivery ?? 1)], store.latestOfOthers)
          : given;
      const state = this.#state ? applyEvent(this.#state, event) : foldRun([event]);
      const hasAudience = event.type === 'created' || event.type === 'accepted';
      const delivery = hasAudience ? deliveryOf(state, event.delivery ?? 1) : undefined;
      // A successor becomes that of the job when the run has succeeded: until then, campaigns use the audience before.
      const adopted = delivery?.created && !delivery.renews ? [delivery] : successorsOf(event, state);
      // An edit of the audience's name comes either before the run makes the audience, or sees that it does.
      const makes = event.type === 'intent' && event.audienceId === null;
      // Stores what the run has found of the lists.
      const reads =
        (event.type === 'staged' && hasReadLists(event)) ||
        (event.type === 'ended' && event.error?.shrunkList !== undefined);
      const tells = event.type === 'life' || event.type === 'renewed' || delivery?.renews !== undefined;
      // The parts of a split job are those of the job at this moment.
      const divides = event.type === 'ended' && state.request.split !== undefined;
      const locks = adopted.length > 0 || makes || reads || tells || divides;
      const changesOnlyRun = !(locks || isBegin(event) || also || state.siblings.length > 0);
      if (changesOnlyRun) {
        await store.addHeldRunEvent(this.#lease, this.#runId, this.#events + 1, event, state);
        return state;
      }
      return store.transaction(async (tx) => {
        // The job is locked before its run, as everywhere. Another order would cause a deadlock.
        if (locks) await tx.lockJobOfRun(this.#runId);
        await this.#add(tx, event, state);
        for (const audience of adopted) await tx.adoptAudience(this.#runId, audience);
        if (adopted.some(({ renews }) => renews)) await reportRenewed(tx, this.#runId, adopted, event.at);
        await also?.(tx);
        return state;
      });
    });
  }

  /**
   * Writes the entry with which the run starts or continues.
   * @param entry what the job wants of the run, with the job locked: an edit comes either before it, or sees that the
   * run goes on
   */
  async begin(entry: (tx: JobTransaction) => Promise<Started | Resumed>): Promise<void> {
    await this.#write((store) =>
      store.transaction(async (tx) => {
        await tx.lockJobOfRun(this.#runId);
        const given = await entry(tx);
        const event =
          given.type === 'started'
            ? await afterOthers(given, deliveriesOf(foldRun([given])), tx.latestOfOthers)
            : given;
        const state = event.type === 'started' ? foldRun([event]) : applyEvent(this.state, event);
        await this.#add(tx, event, state);
        return state;
      }),
    );
  }

  async #add(tx: JobTransaction, event: RunEvent, state: RunState): Promise<void> {
    await tx.assertHeld(this.#lease);
    if (isBegin(event)) await assertMayGoOn(tx, this.#runId);
    await tx.addRunEvent(this.#runId, this.#events + 1, event, state);
  }

  /** @param work gives the state after its entry */
  async #write(work: (store: JobStore) => Promise<RunState>): Promise<void> {
    try {
      this.#state = await work(this.#store);
      this.#events += 1;
    } catch (error) {
      throw this.#store.explain(error, entryRefused);
    }
  }

  assertHeld(): void {
    this.#lease.assertHeld();
  }

  /** Releases the run. After that, another worker may take it. */
  close(): Promise<void> {
    return this.#lease.release();
  }
}

/** The deliveries of a run that has renewed their audiences. */
function successorsOf(event: RunEvent, state: RunState): RunState[] {
  if (event.type !== 'ended' || event.status !== 'succeeded') return [];
  return deliveriesOf(state).filter(
    ({ delivery, renews, jobsOfOthers }) => renews && (delivery === 1 || !jobsOfOthers),
  );
}

/**
 * An entry with which the run begins something. In between, a run may have been paused and queued again while its
 * worker stood still with its lease, and then the job may have been changed.
 */
const isBegin = ({ type }: RunEvent): boolean => type === 'started' || type === 'resumed' || type === 'intent';

/** A person may have stopped the run, or changed its job, before its worker began. */
async function assertMayGoOn(tx: JobTransaction, runId: string): Promise<void> {
  const run = await tx.lockRun(runId);
  if (!isActive(run)) {
    throw new LineupError('run_taken_over', sentence`The run ${runId} was stopped before its worker could go on.`);
  }
  // Another run does what the job wants now.
  if (run.forbidden) {
    throw new LineupError(
      'run_superseded',
      sentence`The job was changed before run ${runId} continued, so the run stopped and a new one starts.`,
    );
  }
}

const entryRefused = sentence`The database did not accept an entry of the run’s journal.`;

/** The name of a run's lease. Queries of runs without a worker know it too. */
export const leaseOfRun = (runId: string): string => `${RUN_LEASE}${runId}`;
