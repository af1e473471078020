/** Puts the service of one process together: database, queue, use cases, and the worker if it has one. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { BaseUrls } from '../config/config.ts';
import { allowsMachineCredentials } from '../config/environment.ts';
import { readerEnvironment } from '../config/reader-environment.ts';
import type { AuditTargets } from '../contracts/audit-stream.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { Clock } from '../contracts/ports.ts';
import { type AllowedSecrets, noSecretsOutside } from '../contracts/secrets-outside.ts';
import type { OidcConfig } from '../contracts/single-sign-on.ts';
import type { Telemetry } from '../contracts/telemetry.ts';
import type { UseCases } from '../contracts/use-cases.ts';
import { SharedTokens } from '../destinations/shared-token.ts';
import type { Secret } from '../domain/values/secret.ts';
import { newRunId } from '../export/context.ts';
import { kernelBySize } from '../export/kernel-by-size.ts';
import { usualThreads } from '../export/stage/kernel-threads.ts';
import { Heartbeat, loopGoesRound } from '../jobs/heartbeat.ts';
import { RunJournals } from '../jobs/run-journals.ts';
import { type Chore, Scheduler } from '../jobs/scheduler.ts';
import { Worker } from '../jobs/worker.ts';
import { freeBytesIn } from '../machine/free-bytes.ts';
import type { UploadStorage } from '../readers/files/upload-storage.ts';
import { ReaderPool } from '../readers/pool/pool.ts';
import { defaultReaderSettings, type ReaderSettings } from '../readers/pool/reader-process.ts';
import { CoordinatedLimits } from '../store/coordination/coordinated-limits.ts';
import { deleteAllLeases, leaseTable } from '../store/coordination/lease-table.ts';
import { HeldLeases } from '../store/coordination/leases.ts';
import { placeTable } from '../store/coordination/place-table.ts';
import { announce } from '../store/coordination/presence.ts';
import { Queue } from '../store/coordination/queue.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import { type Database, onCommit } from '../store/database/database.ts';
import { migrate, outdatedFor, readMigrations } from '../store/database/migrate.ts';
import { openDatabase } from '../store/database/open-database.ts';
import { SchemaWatch } from '../store/database/schema-watch.ts';
import { connectionsAreStuck } from '../store/database/stuck-connections.ts';
import { vacuumChanged } from '../store/database/vacuum.ts';
import { fingerprintFiles, fingerprintsIn } from '../store/fingerprints/files.ts';
import { storedToken } from '../store/repositories/authorization-tokens.ts';
import { allParts } from '../store/repositories/job-parts.ts';
import { databaseJobStore } from '../store/repositories/job-store.ts';
import { wasRequestedByPerson } from '../store/repositories/job-transitions.ts';
import { CountingLog } from '../store/repositories/metrics.ts';
import { putIntoOutbox } from '../store/repositories/outbox.ts';
import { sizesOfJob } from '../store/repositories/run-history.ts';
import { readSecretOutside } from '../store/secrets/outside.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import { assertOpens, openSecrets } from '../store/secrets/secrets.ts';
import { stagingFolders } from '../store/secrets/staging-keys.ts';
import { auditStreamChores } from '../use-cases/audit-stream/index.ts';
import { choresOf } from '../use-cases/chores.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import { keysFor } from '../use-cases/destination-keys.ts';
import { erasuresForRun } from '../use-cases/erasures/for-run.ts';
import { executeWith, runRequestOf } from '../use-cases/execute-run.ts';
import { makeUseCases } from '../use-cases/index.ts';
import { markRead } from '../use-cases/jobs/triggers/read-mark.ts';
import { knowsParts } from '../use-cases/known.ts';
import { savedAuthorizations } from '../use-cases/known-authorizations.ts';
import { factsOfRun } from '../use-cases/run-facts.ts';
import { readSettings } from '../use-cases/settings.ts';
import { providerOf } from '../use-cases/single-sign-on/index.ts';
import { Quarantine } from '../use-cases/sources/quarantine.ts';
import { SourceRegistry } from '../use-cases/sources/registry.ts';
import { readSourceRef } from '../use-cases/sources/source-ref.ts';
import { partFiles } from '../use-cases/split/files.ts';
import { listsForRun } from '../use-cases/suppression-lists/for-run.ts';
import { type Pace, usualPace } from './service-pace.ts';

export interface ServiceOptions {
  readonly dataDirectory: string;
  /** A PostgreSQL URL; without it, PGlite in the data directory. */
  readonly databaseUrl?: string;
  /** The content of LINEUP_SECRET_KEY; without it, the key file of the data directory. */
  readonly secretKey?: Secret;
  /** The URLs of the destinations' APIs, or of simulators. */
  readonly baseUrls: BaseUrls;
  /** Where the audit log is sent. @default nowhere */
  readonly auditTargets?: AuditTargets | undefined;
  /** The provider of single sign-on. @default none */
  readonly oidc?: OidcConfig | undefined;
  /** The secrets outside that may be referred to. @default none */
  readonly secretsOutside?: AllowedSecrets;
  /** `api` answers requests, `worker` does the work, `all` both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly clock: Clock;
  /** The URL of the web app, for links in messages; null when it is not known. @default null */
  readonly publicUrl?: string | null;
  /** The folder of uploaded files, and their largest size. @default `usualUploads` */
  readonly uploads?: Partial<UploadStorage>;
  /** Whether fingerprints of members are kept, to count who joins an audience and who leaves it. @default true */
  readonly memberFingerprints?: boolean;
  /** Hosts inside the network that may be connected to, in addition to those in the settings. @default none */
  readonly internalHosts?: readonly string[];
  /**
   * The settings of the processes that read sources, or a pool that several services share. The caller closes a shared
   * pool.
   * @default `defaultReaderSettings`
   */
  readonly readers?: Partial<ReaderSettings> | ReaderPool;
  /** The log of events (`contracts/event-log.ts`). They are also counted in the database. */
  readonly log: EventLog;
  /** Gets the traces. The caller closes it. @default none */
  readonly telemetry?: Telemetry | undefined;
  /** Called with a sentence about a problem that was corrected, for the operator. */
  readonly onNote?: (what: string) => void;
  /** Called with the path of the key file when this start has made it. */
  readonly onKeyMade?: (path: string) => void;
  /** Called every ten seconds while this process can work (`jobs/heartbeat.ts`). @default never */
  readonly heartbeat?: () => void;
  readonly pace?: Partial<Pace>;
}

const usualUploads = (dataDirectory: string): UploadStorage => ({
  directory: join(dataDirectory, 'uploads'),
  maxBytes: 5_000_000_000,
  freeBytes: freeBytesIn,
});

const uploadsOf = ({ dataDirectory, uploads }: ServiceOptions): UploadStorage => ({
  ...usualUploads(dataDirectory),
  ...uploads,
});

/** Readers for previews, in addition to those of runs. */
const READERS_FOR_PEOPLE = 4;

const MINUTE = 60_000;

/** The loops of a healthy process go round every few seconds. A database that is away holds them up for a minute. */
const QUEUE_TURN_MS = 3 * MINUTE;
/** One look may wake many jobs. */
const SCHEDULER_TURN_MS = 15 * MINUTE;

export interface RunningService {
  readonly useCases: UseCases;
  /** For sign-in (src/server/auth), whose tables are in the same database. */
  readonly database: Database;
  readonly box: SecretBox;
  /**
   * Stops. Runs have `graceMs` to end. Then they are handed over: another worker, or the next start, continues them
   * from their journals.
   */
  close(graceMs?: number): Promise<void>;
}

/** @throws {LineupError} as `openDatabase`, `migrate` and `openSecrets` */
export async function openService(options: ServiceOptions): Promise<RunningService> {
  const { dataDirectory, databaseUrl: url, onNote: note = () => {} } = options;
  for (const directory of [dataDirectory, uploadsOf(options).directory]) keepPrivate(directory, { note });
  // Replaced by a log that counts, as soon as there is a database.
  let log = options.log;
  const database = await openDatabase({
    dataDirectory,
    url,
    onConnectionLost: (error) => log.record('database.connection_lost', { err: error }),
  });
  const counting = new CountingLog(database.db, options.log, options.clock);
  log = counting;
  try {
    await migrate(database);
    // No other process can have it open, so every holder of a lease is dead.
    if (database.connection.kind === 'pglite') await deleteAllLeases(database.db);
    const box = await openSecrets(database.db, {
      value: options.secretKey,
      dataDirectory,
      now: options.clock.now(),
      mayMakeKey: database.connection.kind === 'pglite',
      onKeyMade: options.onKeyMade,
    });
    return await start(database, box, options, counting);
  } catch (error) {
    await counting.close();
    await database.close();
    throw database.explain(error);
  }
}

/** The same on a database that is open and migrated. `close` closes the database too. */
export const startService = (database: Database, box: SecretBox, options: ServiceOptions): Promise<RunningService> =>
  start(database, box, options, new CountingLog(database.db, options.log, options.clock));

async function start(
  database: Database,
  box: SecretBox,
  options: ServiceOptions,
  log: CountingLog,
): Promise<RunningService> {
  const { clock, telemetry } = options;
  telemetry?.reportTo(log);
  const tracer = telemetry?.tracer;
  const pace = { ...usualPace, ...options.pace };
  const { db } = database;
  const knows = (await readMigrations()).length;
  const queue = await Queue.open({
    database,
    onError: (error) => log.record('queue.failed', { err: error }),
  });
  const holder = nameOfProcess();
  const leases = new HeldLeases(leaseTable(db, knows), { ttlMs: pace.leaseMs, log, clock, holder });
  const leave = await announce(leases, { holder, keyIds: box.keyIds, clock });
  // The keys may have changed after they were checked and before the others knew of this process.
  await assertOpens(db, box);
  const limits = new CoordinatedLimits({ places: placeTable(db), leases, clock, random: Math.random, log });
  const stagingRoot = join(options.dataDirectory, 'staged');
  const now = () => clock.now();
  const publish: UseCaseDeps['publish'] = async (tx, event) => {
    if ((await putIntoOutbox(tx, event, now(), tracer?.active?.traceparent)) > 0)
      onCommit(tx, () => scheduler.lookNow());
  };
  const store = databaseJobStore({ db, enqueue: (tx, messages) => queue.enqueue(tx, messages), publish });
  const journals = new RunJournals({ store, leases, stagedOf: stagingFolders(db, box, stagingRoot) });
  const jobs = {
    store,
    queue,
    log,
    tracer,
    now,
    retryLimitMs: pace.retryLimitMs,
    newRunId: (at: Date) => newRunId(at, Math.random),
  };
  const allowed = options.secretsOutside ?? noSecretsOutside;
  const readSecret = (reference: string) => readSecretOutside(reference, allowed);
  const authorizations = savedAuthorizations(db, box, readSecret);
  const tokens = new SharedTokens(clock, (id) => storedToken(db, box, leases, id));
  const destinations = {
    authorizations,
    limits,
    tokens,
    baseUrls: options.baseUrls,
    clock,
  };
  const internalHosts = async (own?: readonly string[]) => [
    ...(options.internalHosts ?? []),
    ...(own ?? (await readSettings(db)).network.internal_hosts),
  ];
  const uploads = uploadsOf(options);
  const { memberFingerprints: countsTurnover = true } = options;
  const fingerprints = countsTurnover
    ? fingerprintFiles({ db, box, now, directory: fingerprintsIn(uploads.directory) })
    : undefined;
  const own = [options.dataDirectory, uploads.directory, ...ownSecrets(import.meta.dirname)];
  const { readers, closeReaders } = readersOf(options, pace, log);
  const sources = new SourceRegistry({
    db,
    box,
    authorizations,
    readers,
    quarantine: new Quarantine({ db, publish, now, log }),
    files: async () => (await readSettings(db)).files,
    internalHosts,
    machineCredentials: allowsMachineCredentials(),
    uploadsDirectory: uploads.directory,
    own,
  });
  const { sleep } = clock;
  const publicUrl = options.publicUrl ?? null;
  const deps: UseCaseDeps = {
    db,
    box,
    jobs,
    publish,
    log,
    tracer,
    authorizations,
    readSecret,
    destinations,
    leases,
    sources,
    uploads,
    countsTurnover,
    fingerprints,
    internalHosts,
    own,
    now,
    sleep,
    stagingRoot,
    publicUrl,
    signOn: options.oidc && { config: options.oidc, provider: providerOf({ now, sleep }, options.oidc) },
  };

  const initiatorOf = async (runId: string) => ((await wasRequestedByPerson(db, runId)) ? 'person' : 'service');
  const worker = new Worker({
    context: jobs,
    journals,
    describe: (job, _, facts) => runRequestOf(job, facts, pace.chunkRecords),
    facts: (jobId) => factsOfRun(deps, jobId),
    execute: executeWith({
      keyOf: keysFor(deps),
      openSource: async (run, { source }, signal) =>
        sources.open(readSourceRef(source), await initiatorOf(run.id), signal),
      beforeRead: (execution) => markRead(deps, execution),
      listsOf: async ({ run, job, signal }, deliveries) => {
        const { suppression_lists: chosen } = job.configuration;
        const reading = { id: job.id, chosen, deliveries, hashInDatabase: deliveries[0]?.hashInDatabase };
        return listsForRun(deps, reading, await initiatorOf(run.id), signal);
      },
      erasures: (types) => erasuresForRun(deps, types),
      fingerprints,
      history: store,
      split: {
        context: jobs,
        filesOf: (runId) => partFiles(deps, runId),
        partsOf: (jobId) => allParts(db, jobId),
        factsOf: (jobId) => factsOfRun(deps, jobId),
        sizesOf: (...asked) => sizesOfJob(db, ...asked),
      },
      limits,
      clock,
      startKernel: kernelBySize(usualThreads(pace.concurrency)),
      log,
      tracer,
      ...pace,
    }),
    knows: (job) => knowsParts(db, job),
    sleep: clock.sleep,
    concurrency: pace.concurrency,
    most: pace.mostRuns,
    pulseMs: pace.pulseMs,
  });
  const scheduler = new Scheduler({
    context: jobs,
    journals,
    leases,
    chores: [
      ...choresOf({ ...deps, journals }),
      ...auditStreamChores({ ...deps, leases }, options.auditTargets ?? {}),
      ...choresOfEmbedded(database, options),
    ],
    clock,
    lookEveryMs: pace.lookEveryMs,
    lateAfterMs: pace.lateAfterMs,
  });
  const stopWorking = async (graceMs: number) => {
    await scheduler.stop();
    await queue.stopWorking();
    await worker.handOver(graceMs);
  };
  const schema = new SchemaWatch({
    ask: () => outdatedFor(db, knows),
    clock,
    onOutdated: (why) => {
      log.record('service.outdated', { err: why });
      void stopWorking(0);
    },
  });
  if (options.role !== 'api') {
    scheduler.start();
    log.record('worker.started');
    await queue.workOnRuns(
      (runId, cause) => worker.begin(runId, cause),
      () => worker.ready(),
    );
  }
  readers.startAhead();
  const loops = [
    loopGoesRound('queue', () => queue.turn(), QUEUE_TURN_MS, clock),
    loopGoesRound('scheduler', () => scheduler.turn(), SCHEDULER_TURN_MS, clock),
  ];
  const connections = { name: 'database', isWell: async () => !(await connectionsAreStuck(database, clock)) };
  const signs = options.role === 'api' ? [connections] : [...loops, connections];
  const heartbeat = options.heartbeat && new Heartbeat({ beat: options.heartbeat, signs, clock, log });
  void heartbeat?.look();
  return {
    useCases: makeUseCases({ ...deps, queue, schema }),
    database,
    box,
    close: async (graceMs = 0) => {
      schema.stop();
      heartbeat?.stopping();
      await stopWorking(graceMs);
      if (options.role !== 'api') log.record('worker.stopped');
      await closeReaders();
      await queue.close();
      leave();
      await leases.close();
      await limits.close();
      await log.close();
      await database.close();
      heartbeat?.stop();
    },
  };
}

/** Random, because another container may have the same host name and process id. */
const nameOfProcess = (): string => `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;

function readersOf(
  { readers: given }: ServiceOptions,
  { concurrency }: Pace,
  log: EventLog,
): { readers: ReaderPool; closeReaders: () => Promise<void> } {
  if (given instanceof ReaderPool) return { readers: given, closeReaders: async () => {} };
  // Each run takes a reader. The others are for people who look at sources at the same time.
  const most = concurrency + READERS_FOR_PEOPLE;
  const readers = new ReaderPool({ ...defaultReaderSettings, most, environment: readerEnvironment(), ...given }, log);
  return { readers, closeReaders: () => readers.close() };
}

/** The folder of this program when it holds a file with settings (`.env`). Sources must not read it. */
function ownSecrets(from: string): string[] {
  if (existsSync(join(from, 'package.json'))) return existsSync(join(from, '.env')) ? [from] : [];
  return dirname(from) === from ? [] : ownSecrets(dirname(from));
}

/** Daily backups of an embedded database, not in the first minutes, because a start has other work. And its upkeep. */
function choresOfEmbedded({ connection, db }: Database, { dataDirectory, clock }: ServiceOptions): Chore[] {
  if (connection.kind !== 'pglite') return [];
  const started = clock.now().getTime();
  const backUp = async () => {
    const now = clock.now();
    const sinceMs = now.getTime() - started;
    // The clock may have been set back since then.
    if (sinceMs >= 0 && sinceMs < 10 * MINUTE) return;
    const { backUpDaily } = await import('../store/database/backup.ts');
    await backUpDaily(connection.pglite, join(dataDirectory, 'backups'), now);
  };
  return [
    { name: 'backup', everyMs: 5 * MINUTE, run: backUp },
    { name: 'vacuum', everyMs: 10 * MINUTE, run: async (signal) => void (await vacuumChanged(db, signal)) },
  ];
}
