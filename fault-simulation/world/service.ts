/**
 * A process of the service in a history: real workers, scheduler, leases, limits and journals, on a storage in memory.
 */
import type { EventLog } from '../../src/contracts/event-log.ts';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { Leases, SharedLimits, StoredToken, TokenStore } from '../../src/contracts/ports.ts';
import type { Watched } from '../../src/contracts/watched.ts';
import { SharedTokens } from '../../src/destinations/shared-token.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
// Loaded ahead: the export loads it when it is needed, and a history must not wait for the disk of this machine.
import '../../src/export/stage/checkpoint-shape.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { JobsContext } from '../../src/jobs/context.ts';
import { RunJournals } from '../../src/jobs/run-journals.ts';
import { type Chore, Scheduler } from '../../src/jobs/scheduler.ts';
import { Worker } from '../../src/jobs/worker.ts';
import { scansOfSource, valuesOf } from '../../src/sources/scans.ts';
import { CoordinatedLimits } from '../../src/store/coordination/coordinated-limits.ts';
import { HeldLeases } from '../../src/store/coordination/leases.ts';
import { SchemaWatch } from '../../src/store/database/schema-watch.ts';
import { executeWith, runRequestOf } from '../../src/use-cases/execute-run.ts';
import { type LookDeps, lookAtSources } from '../../src/use-cases/jobs/triggers/look.ts';
import { markRead } from '../../src/use-cases/jobs/triggers/read-mark.ts';
import type { SeeDeps } from '../../src/use-cases/jobs/triggers/source.ts';
import { renewalsFor } from '../../src/use-cases/renewals.ts';
import type { PartFiles } from '../../src/use-cases/split/files.ts';
import type { Process } from '../engine/process.ts';
import { type Disk, memoryFolder } from '../memory/run-folder.ts';
import type { DestinationSide } from './destinations/side.ts';
import { plainBox } from './looked-at.ts';
import type { PacePlan } from './plan.ts';
import { type MarkRead, type Plants, planted } from './plants.ts';
import type { SourceWorld } from './source.ts';
import type { FingerprintPlace, NextMigration, ProcessFingerprints, ProcessStorage } from './storage.ts';
import { OLDER, olderLooks, olderStore } from './versions.ts';

export interface ServiceOptions {
  readonly process: Process;
  readonly storage: ProcessStorage;
  readonly disk: Disk;
  /** Where it keeps fingerprints of members. Undefined: nowhere. */
  readonly fingerprints: FingerprintPlace | undefined;
  readonly destination: DestinationSide;
  readonly pace: PacePlan;
  readonly log: EventLog;
  readonly sourceOf: (segment: string) => SourceWorld;
  /** A run has begun to read its source. */
  readonly onScan: (runId: string) => void;
  /** One look at what an address names. Undefined when no job waits for its source. */
  readonly look:
    | ((process: Process, address: string, watched: Watched, signal: AbortSignal) => Promise<string | null>)
    | undefined;
  /** The same just before a run reads. */
  readonly mark: (
    runId: string,
    ...look: Parameters<NonNullable<ServiceOptions['look']>>
  ) => ReturnType<NonNullable<ServiceOptions['look']>>;
  /** The suppression list of what a segment exports. */
  readonly listOf: (segment: string) => SourceWorld | undefined;
  /** A run has begun to read the suppression list of what a segment exports. */
  readonly onListRead: (runId: string, list: SourceWorld) => void;
  readonly keyOf: (authorizationId: string) => number;
  /** The process has stored a token, or that nobody gets one before a person connects. */
  readonly onTokenKept: (authorizationId: string, token: StoredToken) => void;
  /** The files of the parts of a run. */
  readonly partFilesOf: (runId: string) => PartFiles;
  readonly chunkRecordsOf: (job: StoredJob) => number;
  readonly newRunId: (now: Date) => string;
  /** Of a history with an upgrade. @default all processes are of one version */
  readonly version?: ProcessVersion | undefined;
  /** Mistakes for a test. @default none */
  readonly plant?: Plants | undefined;
}

/** @param onKept called when the storage has a token */
const watched = (store: TokenStore, onKept: (token: StoredToken) => void): TokenStore => ({
  ...store,
  tryTurn: async () => {
    const turn = await store.tryTurn();
    const save = async (token: StoredToken) => {
      await turn?.save(token);
      onKept(token);
    };
    return turn && { ...turn, save };
  },
});

export interface ProcessVersion {
  readonly knows: number;
  /** The migration of the newer version. Undefined before the upgrade, and for the older version. */
  readonly migration: NextMigration | undefined;
  /** The process has updated the tables, or has found them updated. */
  readonly onUpdated: () => void;
}

/** After how much time a process that could not start starts again. */
const START_AGAIN_MS = 5_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How often the queue is asked when nothing notifies. */
const POLL_MS = 60_000;

export class Service {
  readonly process: Process;
  readonly context: JobsContext;
  readonly leases: HeldLeases;
  readonly tokens: SharedTokens;
  readonly fingerprints: ProcessFingerprints | undefined;
  readonly #storage: ProcessStorage;
  readonly #worker: Worker;
  readonly #scheduler: Scheduler;
  /** What its version knows: the number of its last migration. */
  readonly knows: number;
  readonly #version: ProcessVersion | undefined;
  readonly #makeWatch: () => SchemaWatch;
  #schema: SchemaWatch | undefined;
  #notified = new AbortController();
  #isStopping = false;

  constructor(options: ServiceOptions) {
    const { process, storage, disk, destination, pace, log, plant = {} } = options;
    this.process = process;
    this.#storage = storage;
    this.#version = options.version;
    this.knows = options.version?.knows ?? OLDER;
    const { clock, random } = process;
    const leases = new HeldLeases(planted(plant.leaseTable, storage.leaseTable), {
      ttlMs: pace.leaseMs,
      log,
      clock,
      holder: process.name,
    });
    this.leases = leases;
    this.tokens = new SharedTokens(destination.clockOfTokens?.(process) ?? clock, (id) =>
      watched(storage.tokenStore(id, leases), (token) => options.onTokenKept(id, token)),
    );
    const places = planted(plant.places, storage.placeTable);
    const limits = planted<SharedLimits>(plant.limits, new CoordinatedLimits({ places, leases, clock, random, log }));
    const isOlder = options.version?.knows === OLDER;
    const store = planted(plant.store, isOlder ? olderStore(storage.store) : storage.store);
    const perform = <T>(name: string, work: () => T) => process.operation(name, work);
    const journals = new RunJournals({
      store,
      leases: planted<Leases>(plant.leases, leases),
      stagedOf: (runId, lease) =>
        planted(plant.folder, memoryFolder({ disk, key: storage.stagingKey(runId, lease), perform }, runId)),
    });
    this.context = {
      store,
      queue: planted<JobsContext['queue']>(plant.queue, {
        enqueueAgain: (ids) => storage.messages.sendAgain(ids),
      }),
      log,
      now: clock.now,
      retryLimitMs: 6 * HOUR,
      newRunId: options.newRunId,
    };
    this.fingerprints = options.fingerprints && planted(plant.fingerprints, storage.fingerprints(options.fingerprints));
    const execute = executeWith({
      fingerprints: this.fingerprints?.files,
      keyOf: async (authorizationId) => {
        const key = options.keyOf(authorizationId);
        return {
          connect: async () => destination.connect(process, key, { limits, tokens: this.tokens }, plant),
          onRefused: async () => {},
        };
      },
      openSource: async (run, { source }) =>
        planted(
          plant.source,
          options.sourceOf(source.label).open(process, () => options.onScan(run.id)),
        ),
      listsOf: async ({ run, signal }, deliveries) => {
        const list = options.listOf(deliveries[0]!.source.label);
        if (!list) return [];
        const open = async () =>
          planted(
            plant.list,
            list.open(process, () => options.onListRead(run.id, list)),
          );
        const fields = deliveries.map(({ field }) => field).filter((field) => list.has(field));
        return [
          {
            name: 'list',
            withScan: scansOfSource(open, valuesOf(fields), signal),
            deliveries: deliveries.map(({ field }) => (list.has(field) ? { id: 'list', lastSize: null } : null)),
            maxShrink: 1,
          },
        ];
      },
      split: {
        context: this.context,
        filesOf: (runId) => planted(plant.partFiles, options.partFilesOf(runId)),
        partsOf: (jobId) => storage.partsOf(jobId),
        factsOf: async () => ({}),
        sizesOf: async () => [],
      },
      history: store,
      limits,
      clock,
      pollIntervalMs: pace.pollIntervalMs,
      jobTimeoutMs: 5 * MINUTE,
      startKernel: inlineKernel,
      log,
      ...(options.look && { beforeRead: planted(plant.marking, this.#marks(options)) }),
    });
    this.#worker = new Worker({
      context: this.context,
      journals,
      describe: (job, _, facts) => runRequestOf(job, facts, options.chunkRecordsOf(job)),
      ...(destination.traits.lifeDays !== null && {
        facts: async (jobId: string) => {
          const job = await store.getJob(jobId);
          return { renewals: renewalsFor(job, this.context.now(), await storage.lives(job)) };
        },
      }),
      execute: (execution) => execute(planted(plant.execution, execution)),
      sleep: clock.sleep,
      concurrency: pace.concurrency,
      pulseMs: 10_000,
    });
    this.#scheduler = new Scheduler({
      context: this.context,
      journals,
      leases,
      chores: options.look ? [this.#looks(options.look, options)] : [],
      clock,
      lookEveryMs: pace.lookEveryMs,
    });
    this.#makeWatch = () =>
      new SchemaWatch({
        ask: planted(plant.outdated, storage.tables.outdated),
        clock,
        onOutdated: (why) => {
          log.record('service.outdated', { err: why });
          void this.#stopWorking(0);
        },
      });
  }

  #marks({ mark, log }: ServiceOptions): MarkRead {
    const { process, context } = this;
    return (execution) => {
      const latest: SeeDeps['sources']['latest'] = (ref, toLookAt, _by, _signal, limited) =>
        limited((inner) => mark(execution.run.id, process, ref.audienceId, toLookAt, inner));
      return markRead(
        { jobs: context, log, sleep: process.clock.sleep, box: plainBox, sources: { latest } },
        execution,
      );
    };
  }

  #looks(look: NonNullable<ServiceOptions['look']>, { log, storage, plant }: ServiceOptions): Chore {
    const { process, context } = this;
    const deps = planted<LookDeps>(plant?.looking, {
      jobs: context,
      looks: this.knows === OLDER && this.#version ? olderLooks(storage.looks) : storage.looks,
      log,
      now: context.now,
      sleep: process.clock.sleep,
      box: plainBox,
      sources: {
        latest: (ref, watched, _by, _signal, limited) =>
          limited((inner) => look(process, ref.audienceId, watched, inner)),
      },
    });
    return { name: 'looks', everyMs: 30_000, run: (signal, leave) => lookAtSources(deps, signal, leave) };
  }

  /**
   * Watches from now on whether its version may still work on the tables. The looks before that would be many events,
   * and find nothing.
   */
  watchTables(): void {
    this.#schema ??= this.#makeWatch();
  }

  /** A person has consented: what comes of it is stored, and the jobs that wait for it are woken. */
  async connect(authorizationId: string, exchange: (process: Process) => Promise<StoredToken>): Promise<void> {
    const turn = await this.#storage.tokenStore(authorizationId, this.leases).tryTurn();
    if (!turn) throw new LineupError('line_busy', 'A process mints a token.');
    try {
      await turn.save(await exchange(this.process));
    } finally {
      await turn.release();
    }
    await this.#storage.wakeWaiting(authorizationId, this.process.clock.now());
  }

  async start(): Promise<void> {
    if (this.#version && !(await this.#updateTables(this.#version))) return;
    if (this.#isStopping) return;
    this.#scheduler.start();
    void this.#takeMessages();
  }

  /** @returns false when the version of this process is too old for the tables. It then does nothing */
  async #updateTables({ migration, onUpdated }: ProcessVersion): Promise<boolean> {
    for (;;) {
      try {
        await this.#storage.tables.update(migration);
        onUpdated();
        return true;
      } catch (error) {
        if (error instanceof LineupError && error.code === 'database_newer') return false;
        await this.process.clock.sleep(START_AGAIN_MS);
      }
    }
  }

  /** Stops in good order: runs have `graceMs`, and others continue them. */
  async stop(graceMs: number): Promise<void> {
    this.#schema?.stop();
    await this.#stopWorking(graceMs);
    await this.leases.close();
    this.kill();
  }

  async #stopWorking(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#scheduler.stop();
    await this.#worker.handOver(graceMs);
  }

  kill(): void {
    this.process.kill();
    this.#storage.close();
  }

  /**
   * After the history. Node.js keeps a signal that depends on others as long as somebody listens to it, and with the
   * signal the whole history. So what the process still waits for is aborted.
   */
  release(): void {
    this.kill();
    this.#schema?.stop();
    void this.#scheduler.stop();
    void this.#worker.handOver(0);
  }

  /** The queue's side of a worker: takes a message when a run can start, and forgets it then. */
  async #takeMessages(): Promise<void> {
    while (!this.#isStopping) {
      await this.#worker.ready();
      // Rejects when the database is away.
      const runId = await this.#storage.messages.take().catch(() => undefined);
      if (runId === undefined) await this.#nextMessage();
      else await this.#worker.begin(runId);
    }
  }

  /** Called when a message was sent. */
  notify(): void {
    this.#notified.abort();
  }

  /** Resolves when a message comes, or after the time of a poll. */
  async #nextMessage(): Promise<void> {
    this.#notified = new AbortController();
    // Aborted by a message.
    await this.process.clock.sleep(POLL_MS, this.#notified.signal).catch(() => {});
  }
}
