import type { JobReads, JobStore, JobTransaction, StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState } from '../../src/contracts/jobs.ts';
import { keepingFile } from '../../src/domain/jobs/parts.ts';
import { isActive } from '../../src/domain/runs/run-state.ts';
import { changedMeanwhile } from '../../src/domain/text/localized.ts';
import { explainDatabase } from '../../src/store/repositories/repository-errors.ts';
import type { MemoryConnection, OpenTransaction } from './connection.ts';
import { assertHeld } from './coordination.ts';
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
  const statement: Statement = (name, work) => connection.statement(name, work);
  return {
    ...readsOf(statement, options),
    transaction: (work) => connection.transaction((tx) => work(transactionOf(tx, options))),
    // More can happen between these two than in the one statement of a database.
    addHeldRunEvent: (lease, ...entry) =>
      connection.transaction(async (open) => {
        const tx = transactionOf(open, options);
        await tx.assertHeld(lease);
        await tx.addRunEvent(...entry);
      }),
    // Neither is part of what must never be lost, and nothing reads them here.
    recordProgress: async () => {},
    recordRequests: async () => {},
    explain: explainDatabase,
  };
}

const readsOf = (statement: Statement, { databaseNow }: MemoryJobStoreOptions): JobReads => ({
  getJob: (id) => statement('read job', (tx) => queries.jobOf(tx, id)),
  dueJobs: (now, limit) => statement('read due jobs', (tx) => queries.dueJobs(tx, now, limit)),
  nextWake: (after) => statement('read next wake', (tx) => queries.nextWake(tx, after)),
  sleepingJobs: (after) => statement('read sleeping jobs', (tx) => queries.sleepingJobs(tx, after)),
  unseenSuccesses: (limit) => statement('read unseen successes', (tx) => queries.unseenSuccesses(tx, limit)),
  jobsOfAudiences: (ids) => statement('read jobs of audiences', (tx) => queries.jobsOfAudiences(tx, ids)),
  // Nobody changes the authorizations of sources here.
  sourceRevision: async () => null,
  getRun: (id) => statement('read run', (tx) => queries.storedRun(queries.runOf(tx, id))),
  lastRun: (jobId) =>
    statement('read last run', (tx) => {
      const [last] = queries.runsOfJob(tx, jobId);
      return last && queries.storedRun(last);
    }),
  latestOfOthers: (delivery) => statement('read times of others', (tx) => queries.latestOfOthers(tx, delivery)),
  unansweredCreation: (wanted) => statement('read unanswered creation', (tx) => queries.unansweredCreation(tx, wanted)),
  stopRequestsAmong: (ids) =>
    statement('read stop requests', (tx) => {
      const wanted = ids.filter((id) => (tx.get('runs', id)?.stop_requested ?? null) !== null);
      return new Set(wanted);
    }),
  incompleteOf: (ids) => statement('read incomplete', (tx) => queries.incompleteOf(tx, ids)),
  runsWithoutWorker: (limit) =>
    statement('read runs without worker', (tx) => queries.runsWithoutWorker(tx, databaseNow(), limit)),
  runsWithoutConclusion: (limit) =>
    statement('read runs without conclusion', (tx) => queries.runsWithoutConclusion(tx, limit)),
  runsGoingOnSince: (before) => statement('read late runs', (tx) => queries.runsGoingOnSince(tx, before)),
  runEvents: (runId, after = 0) => statement('read journal', (tx) => (tx.get('events', runId) ?? []).slice(after)),
  hadProblemSinceSuccess: (jobId) => statement('read problems', (tx) => queries.hadProblemSinceSuccess(tx, jobId)),
  hasTransition: (...given) => statement('read log', (tx) => queries.hasTransition(tx, ...given)),
  lastReplace: (...given) => statement('read last replace', (tx) => queries.lastReplace(tx, ...given)),
  sizesBefore: (...given) => statement('read sizes', (tx) => queries.sizesBefore(tx, ...given)),
  alertsOf: (jobId) => statement('read alerts', (tx) => queries.alertsOf(tx, jobId)),
  made: (...given) => statement('read maker', (tx) => queries.madeAudience(tx, ...given)),
  mayBeMade: (state) => statement('read unanswered creation', (tx) => queries.mayBeMade(tx, state)),
  openUploads: (...given) => statement('read open uploads', (tx) => queries.openUploads(tx, ...given)),
  jobIdsOfOthers: (...given) => statement('read known jobs', (tx) => queries.jobIdsOfOthers(tx, ...given)),
  openReplaces: (...given) => statement('read open replaces', (tx) => queries.openReplaces(tx, ...given)),
  supersededBy: (state) => statement('read later run', (tx) => queries.supersededBy(tx, state)),
});

function transactionOf(open: OpenTransaction, options: MemoryJobStoreOptions): JobTransaction {
  const statement: Statement = (name, work) => open.statement(name, work);
  const change = async (name: string, id: string, to: RunChange) => {
    await statement(name, (tx) => changeRun(tx, id, to));
  };
  return {
    ...readsOf(statement, options),
    lockJob: (id) =>
      statement('lock job', (tx) => {
        const job = queries.jobOf(tx, id);
        tx.lock('jobs', id);
        return job;
      }),
    lockJobOfRun: (runId) =>
      statement('lock job of run', (tx) => {
        const jobId = tx.get('runs', runId)?.job_id ?? null;
        if (jobId !== null && tx.get('jobs', jobId)) tx.lock('jobs', jobId);
      }),
    lockRun: (id) =>
      statement('lock run', (tx) => {
        const { status, forbidden } = queries.runOf(tx, id);
        tx.lock('runs', id);
        return { status, forbidden };
      }),
    lockParts: (jobId) =>
      statement('lock parts', (tx) => {
        const parts = tx.values('jobs').filter(({ part }) => part?.of === jobId);
        const inOrder = [...parts].sort((a, b) => (a.id < b.id ? -1 : 1));
        for (const { id } of inOrder) tx.lock('jobs', id);
        return inOrder;
      }),
    pointPart: (id, configuration, run) =>
      statement('point part', (tx) => {
        const job = queries.jobOf(tx, id);
        tx.put('jobs', id, { ...job, configuration, ...(job.part && { part: { ...job.part, run } }) });
      }),
    lockAudience: (id) => statement('lock audience', (tx) => tx.lockName(`audience ${id}`)),
    assertHeld: (lease) => statement('check lease', (tx) => assertHeld(tx, lease, options.databaseNow())),
    createJob: (input, state, actor, now, part) =>
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
          siblingAudienceIds: input.configuration.siblings.map(({ audience_id }) => audience_id),
          state,
          movedFrom: input.moved_from
            ? { id: input.moved_from, name: tx.get('jobs', input.moved_from)?.name ?? input.moved_from }
            : null,
          ...(part && { part }),
          revision: 1,
          createdBy: actor.name,
          createdAt: now,
          updatedBy: actor.name,
          updatedAt: now,
          damaged: [],
        };
        assertAllowed(state);
        tx.put('jobs', id, job);
        return job;
      }),
    saveState: (id, state) =>
      statement('save state', (tx) => {
        const job = tx.get('jobs', id);
        if (!job) return;
        assertAllowed(state);
        tx.put('jobs', id, { ...job, state });
      }),
    rememberWebhook: (jobId, webhookId, now) =>
      statement('remember webhook', (tx) => {
        const key = `${jobId} ${webhookId}`;
        tx.lock('webhooks', key);
        if (tx.get('webhooks', key)) return false;
        tx.put('webhooks', key, { at: now });
        return true;
      }),
    // Nobody is forgotten here.
    takeRunAgain: async () => false,
    changeJob: (id, revision, given, actor, now) =>
      statement('change job', (tx) => {
        const before = queries.jobOf(tx, id);
        tx.lock('jobs', id);
        if (before.revision !== revision) throw changedMeanwhile();
        const job: StoredJob = {
          ...before,
          name: given.name ?? before.name,
          description: given.description ?? before.description,
          tags: given.tags ?? before.tags,
          authorizationId: given.authorization_id ?? before.authorizationId,
          sourceAuthorizationId:
            given.source_authorization_id === undefined ? before.sourceAuthorizationId : given.source_authorization_id,
          configuration:
            before.part && given.configuration
              ? keepingFile(given.configuration, before.configuration)
              : (given.configuration ?? before.configuration),
          audienceId: given.audience_id,
          siblingAudienceIds: given.sibling_audience_ids,
          revision: revision + 1,
          updatedBy: actor.name,
          updatedAt: now,
        };
        tx.put('jobs', id, job);
        return job;
      }),
    deleteJob: (id) =>
      statement('delete job', (tx) => {
        const all = tx.values('jobs').filter((job) => job.id === id || job.part?.of === id);
        for (const job of all) tx.lock('jobs', job.id);
        const name = tx.get('jobs', id)?.name ?? id;
        for (const job of tx.values('jobs')) {
          if (job.movedFrom?.id === id) tx.put('jobs', job.id, { ...job, movedFrom: { id, name } });
        }
        for (const job of all) deleteRow(tx, job.id);
      }),
    recordTransition: (entry, now) =>
      statement('record transition', (tx) => {
        referToJob(tx, entry.jobId);
        const before = tx.get('transitions', entry.jobId) ?? [];
        const row = { ...entry, id: tx.database.nextTransition(), at: now };
        tx.put('transitions', entry.jobId, [...before, row]);
      }),
    queueRun: (run, now) =>
      statement('queue run', (tx) => {
        tx.lock('runs', run.id);
        if (tx.get('runs', run.id)) throw new DatabaseError('23505', 'a run of this id is there');
        allowOneActive(tx, run.id, run.jobId);
        const job = run.jobId === null ? undefined : referToJob(tx, run.jobId);
        tx.put('runs', run.id, {
          ...newRow,
          id: run.id,
          job_id: run.jobId,
          job_name: run.jobName,
          trigger: run.trigger,
          cause: run.cause ?? null,
          slot: run.slot?.toISOString() ?? null,
          approval: run.approval,
          queued_at: now,
          ad_account_id: job?.configuration.adaccount_id ?? null,
        });
      }),
    requeueRun: (id, approval) =>
      change('queue run again', id, () => ({
        status: 'queued',
        stop_requested: null,
        ended_at: null,
        ...(approval && { approval }),
      })),
    requestStop: async (id, kind, now) => {
      const ended = { status: kind === 'pause' ? 'interrupted' : 'stopped', ended_at: now } as const;
      const hasStopped = await statement('stop queued run', (tx) =>
        changeRun(tx, id, ({ status }) => (status === 'queued' ? ended : undefined)),
      );
      if (hasStopped) return true;
      await change('request stop', id, ({ status }) => (status === 'running' ? { stop_requested: kind } : undefined));
      return false;
    },
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
        const before = tx.get('events', runId) ?? [];
        if (before.length >= seq) throw new DatabaseError('23505', 'an entry of this number is there');
        const isThere = changeRun(tx, runId, () => ({ events: seq, ...columnsOf(state) }));
        if (!isThere) throw new DatabaseError('23503', 'an entry of an unknown run');
        tx.put('events', runId, [...before, event]);
      }),
    adoptAudience: (runId, { request, audienceId, renews }) =>
      statement('adopt audience', (tx) => {
        const jobId = tx.get('runs', runId)?.job_id ?? null;
        const job = jobId === null ? undefined : tx.get('jobs', jobId);
        if (!job || job.configuration.adaccount_id !== request.adAccountId) return;
        const ids = [job.audienceId, ...job.siblingAudienceIds];
        const place = [job.configuration, ...job.configuration.siblings].findIndex(
          ({ audience_name, identifier_type }, n) =>
            identifier_type === request.identifierType &&
            (renews
              ? ids[n] === renews.audienceId
              : // As in SQL, a name that is missing is not the same as none.
                audience_name !== null && audience_name === request.audienceName && ids[n] === null),
        );
        if (place === -1) return;
        const [first = null, ...siblings] = ids.with(place, audienceId);
        const chosen = renews ? withChosen(job, place, audienceId) : {};
        tx.put('jobs', job.id, { ...job, audienceId: first, siblingAudienceIds: siblings, ...chosen });
      }),
    raiseAlert: ({ jobId, rule, threshold, measured }, now) =>
      statement('raise alert', (tx) => {
        const key = `${jobId} ${rule}`;
        referToJob(tx, jobId);
        const before = tx.get('alerts', key);
        tx.put('alerts', key, { jobId, rule, threshold, measured, since: before?.since ?? now });
        return before === undefined;
      }),
    clearAlert: (jobId, rule) =>
      statement('clear alert', (tx) => {
        const key = `${jobId} ${rule}`;
        if (!tx.get('alerts', key)) return false;
        tx.delete('alerts', key);
        return true;
      }),
    enqueue: ({ runId }) =>
      statement('send message', (tx) => {
        // One waiting message is enough, and it may be taken meanwhile.
        if (!tx.get('messages', runId)) tx.put('messages', runId, true);
      }),
    publish: (event) => statement('publish', (tx) => tx.put('outbox', String(tx.database.nextOutbox()), event)),
    onCommit: (action) => open.onCommit(action),
  };
}

/** What changes in a job whose audience a person has chosen by its id, when that is renewed. */
function withChosen({ configuration, revision }: StoredJob, place: number, id: string | null): Partial<StoredJob> {
  const { siblings } = configuration;
  const identifier = place === 0 ? configuration : siblings[place - 1];
  if (!identifier || identifier.audience_id === null) return {};
  const changed =
    place === 0
      ? { ...configuration, audience_id: id }
      : { ...configuration, siblings: siblings.with(place - 1, { ...siblings[place - 1]!, audience_id: id }) };
  return { configuration: changed, revision: revision + 1 };
}

/** Deletes a job with what refers to it. */
function deleteRow(tx: MemoryTransaction, id: string): void {
  // They stay.
  const runs = queries.runsOfJob(tx, id);
  for (const run of runs) tx.lock('runs', run.id, 'no key update');
  for (const run of runs) tx.put('runs', run.id, { ...run, job_id: null });
  for (const [key, { jobId }] of tx.entries('fingerprints')) if (jobId === id) tx.delete('fingerprints', key);
  tx.delete('transitions', id);
  tx.delete('looks', id);
  for (const { rule } of queries.alertsOf(tx, id).open) tx.delete('alerts', `${id} ${rule}`);
  tx.delete('jobs', id);
}

/** The constraints of the table of jobs. */
function assertAllowed({ status, sleepUntil, errors }: JobState): void {
  const isAllowed = (status === 'sleeping' || sleepUntil === null) && errors?.count !== 0;
  if (!isAllowed) throw new DatabaseError('23514', 'a state that no job can have');
}

/** A foreign key: the job stays until the end. */
function referToJob(tx: MemoryTransaction, id: string): StoredJob {
  const job = tx.get('jobs', id);
  if (!job) throw new DatabaseError('23503', 'a reference to an unknown job');
  tx.lock('jobs', id, 'key share');
  return job;
}

/** The unique index of active runs: who adds one waits for others that do, and for the end of the present one. */
function allowOneActive(tx: MemoryTransaction, id: string, jobId: string | null): void {
  if (jobId === null) return;
  tx.lockName(`active run of ${jobId}`);
  const active = queries.runsOfJob(tx, jobId).find((run) => run.id !== id && isActive(run));
  if (!active) return;
  tx.awaitWriters('runs', active.id);
  throw new DatabaseError('23505', 'a second active run of a job');
}

/** What changes of a run. Undefined when it stays as it is. */
type RunChange = (run: RunRow) => Partial<RunRow> | undefined;

/**
 * Changes a run that is there. It waits only for a run that it would change, and then looks again. @returns whether it
 * has changed the run
 */
function changeRun(tx: MemoryTransaction, id: string, to: RunChange): boolean {
  const run = tx.get('runs', id);
  const change = run && to(run);
  if (!run || !change) return false;
  tx.lock('runs', id, 'no key update');
  const changed = { ...run, ...change };
  if (isActive(changed) && !isActive(run)) allowOneActive(tx, id, run.job_id);
  tx.put('runs', id, changed);
  return true;
}
