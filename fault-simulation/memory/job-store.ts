import type { JobReads, JobStore, JobTransaction, NewRun, StoredJob } from '../../src/contracts/job-store.ts';
import { changedMeanwhile } from '../../src/contracts/localized.ts';
import { takenOver } from '../../src/store/coordination/lease-table.ts';
import { explainDatabase } from '../../src/store/repositories/repository-errors.ts';
import type { MemoryConnection, OpenTransaction } from './connection.ts';
import { DatabaseError, type MemoryTransaction, type RunRow } from './database.ts';
import * as queries from './job-queries.ts';
import { columnsOf, newRow } from './run-rows.ts';

export interface MemoryJobStoreOptions {
  readonly connection: MemoryConnection;
  /** The time of the database, in milliseconds, by which leases expire. */
  readonly databaseNow: () => number;
  /** The id of a new job. */
  readonly newJobId: () => string;
}

/** Does a statement, alone or in a transaction. */
type Statement = <T>(what: string, work: (tx: MemoryTransaction) => T) => Promise<T>;

export function memoryJobStore(options: MemoryJobStoreOptions): JobStore {
  const { connection } = options;
  const statement: Statement = (what, work) => connection.statement(what, work);
  return {
    ...readsOf(statement, options),
    transaction: (work) => connection.transaction((tx) => work(transactionOf(tx, options))),
    // Neither is part of what must never be lost, and nothing reads them here.
    recordProgress: async () => {},
    recordRequests: async () => {},
    explain: explainDatabase,
  };
}

const readsOf = (statement: Statement, { databaseNow }: MemoryJobStoreOptions): JobReads => ({
  getJob: (id) => statement('read job', (tx) => queries.jobOf(tx, id)),
  dueJobs: (now, limit) => statement('read due jobs', (tx) => queries.dueJobs(tx, now, limit)),
  nextWake: () => statement('read next wake', (tx) => queries.nextWake(tx)),
  jobsOfAudiences: (ids) => statement('read jobs of audiences', (tx) => queries.jobsOfAudiences(tx, ids)),
  getRun: (id) => statement('read run', (tx) => queries.storedRun(queries.runOf(tx, id))),
  lastRun: (jobId) =>
    statement('read last run', (tx) => {
      const [last] = queries.runsOfJob(tx, jobId);
      return last && queries.storedRun(last);
    }),
  stopRequestsAmong: (ids) =>
    statement('read stop requests', (tx) => {
      const wanted = ids.filter((id) => (tx.get('runs', id)?.stop_requested ?? null) !== null);
      return new Set(wanted);
    }),
  incompleteOf: (ids) => statement('read incomplete', (tx) => queries.incompleteOf(tx, ids)),
  continuableRuns: (ids) => statement('read continuable', (tx) => queries.continuableRuns(tx, ids)),
  runsWithoutWorker: (limit) =>
    statement('read runs without worker', (tx) => queries.runsWithoutWorker(tx, databaseNow(), limit)),
  runsWithoutConclusion: (limit) =>
    statement('read runs without conclusion', (tx) => queries.runsWithoutConclusion(tx, limit)),
  runsGoingOnSince: (before) => statement('read late runs', (tx) => queries.runsGoingOnSince(tx, before)),
  runEvents: (runId, after = 0) =>
    statement('read journal', (tx) => (tx.get('events', runId) ?? []).slice(after)),
  wasRequestedByPerson: (runId) =>
    statement('read requester', (tx) => queries.wasRequestedByPerson(tx, runId)),
  hadProblemSinceSuccess: (jobId) =>
    statement('read problems', (tx) => queries.hadProblemSinceSuccess(tx, jobId)),
  hasTransition: (...given) => statement('read log', (tx) => queries.hasTransition(tx, ...given)),
  lastReplace: (...given) => statement('read last replace', (tx) => queries.lastReplace(tx, ...given)),
  made: (...given) => statement('read maker', (tx) => queries.madeAudience(tx, ...given)),
  openUploads: (...given) => statement('read open uploads', (tx) => queries.openUploads(tx, ...given)),
  supersededBy: (state) => statement('read later run', (tx) => queries.supersededBy(tx, state)),
});

function transactionOf(open: OpenTransaction, options: MemoryJobStoreOptions): JobTransaction {
  const statement: Statement = (what, work) => open.statement(what, work);
  const change = (
    what: string,
    id: string,
    to: (run: RunRow, tx: MemoryTransaction) => Partial<RunRow> | undefined,
  ) => statement(what, (tx) => changeRun(tx, id, (run) => to(run, tx)));
  return {
    ...readsOf(statement, options),
    lockJob: (id) =>
      statement('lock job', (tx) => {
        tx.lock('jobs', id);
        return queries.jobOf(tx, id);
      }),
    lockJobOfRun: (runId) =>
      statement('lock job of run', (tx) => {
        const jobId = tx.get('runs', runId)?.job_id ?? null;
        if (jobId !== null && tx.get('jobs', jobId)) tx.lock('jobs', jobId);
      }),
    lockRun: (id) =>
      statement('lock run', (tx) => {
        tx.lock('runs', id);
        return queries.runOf(tx, id);
      }),
    lockAudience: (id) => statement('lock audience', (tx) => tx.lockName(`audience ${id}`)),
    assertHeld: ({ name, token }) =>
      statement('check lease', (tx) => {
        const lease = tx.get('leases', name);
        if (lease?.token !== token || lease.expiresAt <= options.databaseNow()) throw takenOver();
        tx.lock('leases', name);
      }),
    createJob: (input, state, actor, now) =>
      statement('create job', (tx) => {
        const id = options.newJobId();
        const job: StoredJob = {
          id,
          type: input.type,
          name: input.name,
          description: input.description,
          tags: input.tags ?? [],
          authorizationId: input.authorization_id,
          sourceAuthorizationId: input.source_authorization_id,
          configuration: input.configuration,
          audienceId: input.configuration.audience_id,
          state,
          revision: 1,
          createdBy: actor.name,
          createdAt: now,
          updatedBy: actor.name,
          updatedAt: now,
        };
        tx.put('jobs', id, job);
        return job;
      }),
    saveState: (id, state) =>
      statement('save state', (tx) => tx.put('jobs', id, { ...queries.jobOf(tx, id), state })),
    changeJob: (id, revision, given, actor, now) =>
      statement('change job', (tx) => {
        tx.lock('jobs', id);
        const before = queries.jobOf(tx, id);
        if (before.revision !== revision) throw changedMeanwhile();
        const job: StoredJob = {
          ...before,
          name: given.name ?? before.name,
          description: given.description ?? before.description,
          tags: given.tags ?? before.tags,
          authorizationId: given.authorization_id ?? before.authorizationId,
          sourceAuthorizationId:
            given.source_authorization_id === undefined
              ? before.sourceAuthorizationId
              : given.source_authorization_id,
          configuration: given.configuration ?? before.configuration,
          audienceId: given.audience_id,
          revision: revision + 1,
          updatedBy: actor.name,
          updatedAt: now,
        };
        tx.put('jobs', id, job);
        return job;
      }),
    deleteJob: (id) =>
      statement('delete job', (tx) => {
        tx.delete('jobs', id);
        tx.delete('transitions', id);
        // Its runs stay.
        for (const run of queries.runsOfJob(tx, id)) tx.put('runs', run.id, { ...run, job_id: null });
      }),
    recordTransition: (entry, now) =>
      statement('record transition', (tx) => {
        if (!tx.get('jobs', entry.jobId)) throw new DatabaseError('23503', 'an entry of an unknown job');
        const before = tx.get('transitions', entry.jobId) ?? [];
        const row = { ...entry, id: tx.database.nextTransition(), at: now };
        tx.put('transitions', entry.jobId, [...before, row]);
      }),
    queueRun: (run, now) =>
      statement('queue run', (tx) => {
        tx.lock('runs', run.id);
        if (tx.get('runs', run.id)) throw new DatabaseError('23505', 'a run of this id is there');
        allowOneActive(tx, run);
        const job = run.jobId === null ? undefined : tx.get('jobs', run.jobId);
        tx.put('runs', run.id, {
          ...newRow,
          id: run.id,
          job_id: run.jobId,
          job_name: run.jobName,
          trigger: run.trigger,
          slot: run.slot?.toISOString() ?? null,
          waives_guard: run.waivesGuard,
          queued_at: now,
          ad_account_id: job?.configuration.adaccount_id ?? null,
        });
      }),
    requeueRun: (id) =>
      change('queue run again', id, ({ job_id }, tx) => {
        allowOneActive(tx, { id, jobId: job_id });
        return { status: 'queued', stop_requested: null, ended_at: null };
      }),
    requestStop: (id, kind, now) =>
      statement('request stop', (tx) => {
        tx.lock('runs', id);
        const status = tx.get('runs', id)?.status;
        if (status === 'queued') {
          changeRun(tx, id, () => ({ status: kind === 'pause' ? 'interrupted' : 'stopped', ended_at: now }));
          return true;
        }
        if (status === 'running') changeRun(tx, id, () => ({ stop_requested: kind }));
        return false;
      }),
    markStopped: (id) =>
      change('mark stopped', id, ({ status }) =>
        status === 'interrupted' || status === 'failed' ? { status: 'stopped' } : undefined,
      ),
    forbidContinuing: (id) =>
      change('forbid continuing', id, ({ status, events }) =>
        events > 0 && status !== 'succeeded' && status !== 'dry_run' ? { forbidden: true } : undefined,
      ),
    addRunEvent: (runId, seq, event, state) =>
      statement(`journal ${event.type}`, (tx) => {
        tx.lock('events', runId);
        if (!tx.get('runs', runId)) throw new DatabaseError('23503', 'an entry of an unknown run');
        const before = tx.get('events', runId) ?? [];
        if (before.length >= seq) throw new DatabaseError('23505', 'an entry of this number is there');
        tx.put('events', runId, [...before, event]);
        changeRun(tx, runId, () => ({ events: seq, ...columnsOf(state) }));
      }),
    adoptAudience: (runId, state) =>
      statement('adopt audience', (tx) => {
        const jobId = tx.get('runs', runId)?.job_id ?? null;
        const job = jobId === null ? undefined : tx.get('jobs', jobId);
        if (!job || job.audienceId !== null) return;
        const { adaccount_id, audience_name, identifier_type } = job.configuration;
        const { request } = state;
        const isWanted =
          adaccount_id === request.adAccountId &&
          audience_name === request.audienceName &&
          identifier_type === request.identifierType;
        if (isWanted) tx.put('jobs', job.id, { ...job, audienceId: state.audienceId });
      }),
    enqueue: (runId) => statement('send message', (tx) => tx.put('messages', runId, true)),
    publish: (event) =>
      statement('publish', (tx) => tx.put('outbox', String(tx.database.nextOutbox()), event)),
    onCommit: (action) => open.onCommit(action),
  };
}

/** The unique index of active runs: who adds one waits for others that do, and for the end of the present one. */
function allowOneActive(tx: MemoryTransaction, { id, jobId }: Pick<NewRun, 'id' | 'jobId'>): void {
  if (jobId === null) return;
  tx.lockName(`active run of ${jobId}`);
  const active = queries.runsOfJob(tx, jobId).find((run) => run.id !== id && queries.isActive(run));
  if (!active) return;
  tx.lock('runs', active.id);
  throw new DatabaseError('23505', 'a second active run of a job');
}

function changeRun(
  tx: MemoryTransaction,
  id: string,
  to: (run: RunRow) => Partial<RunRow> | undefined,
): void {
  tx.lock('runs', id);
  const run = tx.get('runs', id);
  const changed = run && to(run);
  if (run && changed) tx.put('runs', id, { ...run, ...changed });
}
