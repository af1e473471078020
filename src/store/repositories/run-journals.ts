/**
 * The journal of a run in the database: the same list of events as in the files of the command line
 * (src/store/data-directory). One worker at a time holds it, through a lease. Every append checks the lease's token,
 * so a worker that has lost the run cannot write to it. Since an intent is appended before anything is sent to LINE,
 * such a worker cannot send either.
 */
import { join } from 'node:path';
import { sql } from 'kysely';
import { LineupError } from '../../contracts/errors.ts';
import type { RunFolder, RunJournal } from '../../contracts/ports.ts';
import { parseRunEvent, type RunEvent } from '../../contracts/run-events.ts';
import { applyEvent, foldRun, type RunState } from '../../contracts/run-state.ts';
import { sentence } from '../../contracts/sentence.ts';
import { assertHeld, type Lease, type Leases } from '../coordination/leases.ts';
import { type Db, type Tx, transaction } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { SealedFolder } from '../sealed-files/sealed-folder.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { stagingKeyOf } from '../secrets/staging-keys.ts';
import { inDatabase } from './repository-errors.ts';
import { summarise } from './runs.ts';

export interface RunJournalsOptions {
  readonly db: Db;
  readonly leases: Leases;
  /** Seals the keys of staged files. */
  readonly box: SecretBox;
  /** The directory of this worker's staged chunks, with a folder for each run. */
  readonly stagingRoot: string;
}

/** Opens journals for a worker. */
export class RunJournals {
  readonly #options: RunJournalsOptions;

  constructor(options: RunJournalsOptions) {
    this.#options = options;
  }

  /**
   * Starts the journal of a queued run.
   * @throws {LineupError} `run_in_progress` while another worker holds it; `run_not_resumable` when it was started before
   */
  async create(started: Extract<RunEvent, { type: 'started' }>): Promise<DatabaseRunJournal> {
    return this.#hold(started.runId, async (lease) => {
      if ((await readEvents(this.#options.db, started.runId)).length > 0) {
        throw new LineupError('run_not_resumable', sentence`The run ${started.runId} was begun before.`);
      }
      const journal = new DatabaseRunJournal(this.#options, lease, started.runId, []);
      await journal.append(started);
      return journal;
    });
  }

  /**
   * Starts the journal of a queued run, or opens it to continue the run.
   * @throws {LineupError} `run_in_progress` while another worker holds it
   */
  async open(
    runId: string,
    started: () => Extract<RunEvent, { type: 'started' }>,
  ): Promise<DatabaseRunJournal> {
    return this.#hold(runId, async (lease) => {
      const events = await readEvents(this.#options.db, runId);
      const journal = new DatabaseRunJournal(this.#options, lease, runId, events);
      if (journal.isNew) await journal.append(started());
      return journal;
    });
  }

  /** Opens the journal to continue a run. @throws {LineupError} `run_in_progress`, `run_not_found` */
  async resume(runId: string): Promise<DatabaseRunJournal> {
    return this.#hold(runId, async (lease) => {
      const events = await readEvents(this.#options.db, runId);
      if (events.length === 0)
        throw new LineupError('run_not_found', sentence`The run ${runId} has not begun.`);
      return new DatabaseRunJournal(this.#options, lease, runId, events);
    });
  }

  async #hold(
    runId: string,
    open: (lease: Lease) => Promise<DatabaseRunJournal>,
  ): Promise<DatabaseRunJournal> {
    const lease = await this.#options.leases.tryTake([leaseOf(runId)]);
    if (!lease) {
      throw new LineupError('run_in_progress', sentence`The run ${runId} is going on in another worker.`, {
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

export class DatabaseRunJournal implements RunJournal {
  readonly staged: RunFolder;
  /** Whether no worker has started the run before. */
  readonly isNew: boolean;
  readonly #db: Db;
  readonly #lease: Lease;
  readonly #runId: string;
  #events: number;
  #state: RunState | undefined;

  constructor(
    { db, box, stagingRoot }: RunJournalsOptions,
    lease: Lease,
    runId: string,
    events: readonly RunEvent[],
  ) {
    this.staged = new SealedFolder(join(stagingRoot, runId), stagingKeyOf(db, box, runId, lease));
    this.#db = db;
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
   * @throws {LineupError} `run_taken_over`, `disk_full`, `storage_failed`
   */
  async append(event: RunEvent, also?: (tx: Tx) => Promise<void>): Promise<void> {
    const state = this.#state ? applyEvent(this.#state, event) : foldRun([event]);
    const seq = this.#events + 1;
    await inDatabase(entryRefused, () =>
      transaction(this.#db, async (tx) => {
        const adopts = event.type === 'accepted' && state.created;
        // The job is locked before its run, as everywhere. Another order would cause a deadlock.
        if (adopts) await lockJobOf(tx, this.#runId);
        await assertHeld(tx, this.#lease.name, this.#lease.token);
        if (event.type === 'started' || event.type === 'resumed') await assertNotStopped(tx, this.#runId);
        await tx
          .insertInto('run_events')
          .values({ run_id: this.#runId, seq, event: json(event) })
          .execute();
        await tx
          .updateTable('runs')
          .set({ events: seq, ...summarise(state) })
          .where('id', '=', this.#runId)
          .execute();
        if (adopts) await adoptAudience(tx, this.#runId, state);
        await also?.(tx);
      }),
    );
    this.#events = seq;
    this.#state = state;
  }

  /** Releases the run. After that, another worker may take it. */
  close(): Promise<void> {
    return this.#lease.release();
  }
}

/** A person may have stopped the run before its worker began. Then it never starts. */
async function assertNotStopped(tx: Tx, runId: string): Promise<void> {
  const { status } = await tx
    .selectFrom('runs')
    .select('status')
    .where('id', '=', runId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (status !== 'queued' && status !== 'running') {
    throw new LineupError('run_taken_over', sentence`The run ${runId} was stopped before its worker began.`);
  }
}

async function lockJobOf(tx: Tx, runId: string): Promise<void> {
  await tx
    .selectFrom('jobs')
    .select('id')
    .where('id', '=', (of) => of.selectFrom('runs').select('job_id').where('runs.id', '=', runId))
    .forUpdate()
    .execute();
}

/**
 * One job never creates two audiences: the transaction that reports a created audience also gives it to the job. A
 * job that was edited to use another audience in the meantime keeps its edit.
 */
async function adoptAudience(tx: Tx, runId: string, state: RunState): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ audience_id: state.audienceId })
    .where('audience_id', 'is', null)
    .where('id', '=', (of) => of.selectFrom('runs').select('job_id').where('runs.id', '=', runId))
    .where((of) =>
      of.and([
        of(of.ref('configuration', '->>').key('adaccount_id'), '=', state.request.adAccountId),
        of(of.ref('configuration', '->>').key('audience_name'), '=', state.request.audienceName),
        of(of.ref('configuration', '->>').key('identifier_type'), '=', state.request.identifierType),
      ]),
    )
    .execute();
}

/** The state of a run from its journal, without its lease. Undefined when it has not started. */
export async function readRunState(db: Db, runId: string): Promise<RunState | undefined> {
  const events = await readEvents(db, runId);
  return events.length > 0 ? foldRun(events) : undefined;
}

/** The events of a run after the first `after` ones. */
export async function readEvents(db: Db, runId: string, after = 0): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('run_events')
    .select('event')
    .where('run_id', '=', runId)
    // A client may send any number.
    .where('seq', '>', sql<number>`${after}::bigint`)
    .orderBy('seq')
    .execute();
  return rows.map((row) => parseRunEvent(row.event));
}

const entryRefused = sentence`The database did not take an entry of the run’s journal.`;

const leaseOf = (runId: string): string => `run:${runId}`;
