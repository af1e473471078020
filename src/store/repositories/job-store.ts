/** The storage of jobs and runs (the port `JobStore`) on a database: each method is a function of a repository. */
import type { DomainEvent } from '../../contracts/domain-events.ts';
import type { JobReads, JobStore, JobTransaction, RunMessage } from '../../contracts/job-store.ts';
import { assertHeld } from '../coordination/lease-table.ts';
import { type Db, onCommit, type Tx, transaction } from '../database/database.ts';
import { alertsOf, clearAlert, raiseAlert } from './alerts.ts';
import { sourceRevision } from './authorizations.ts';
import { incompleteOf } from './incomplete-runs.ts';
import { claimPartFile, lockParts, pointPart } from './job-parts.ts';
import { hadProblemSinceSuccess, hasTransition, recordTransitions } from './job-transitions.ts';
import {
  changeJob,
  createJob,
  deleteJob,
  dueJobs,
  getJob,
  jobsOfAudiences,
  lockAudience,
  lockJob,
  nextWake,
  saveStates,
  sleepingJobs,
  takeRunAgain,
} from './jobs.ts';
import { forbidContinuing, runsGoingOnSince, runsWithoutConclusion, runsWithoutWorker } from './recovery.ts';
import { explainDatabase } from './repository-errors.ts';
import { addHeldRunEvent, addRunEvent, adoptAudience, lockJobOfRun, lockRun, readEvents } from './run-events.ts';
import { latestOfOthers, runHistory } from './run-history.ts';
import { recordRequests } from './run-requests.ts';
import {
  getRun,
  lastRun,
  markStopped,
  queueRuns,
  recordProgress,
  requestStop,
  requeueRun,
  stopRequestsAmong,
  unansweredCreation,
} from './runs.ts';
import { together } from './together.ts';
import { unseenSuccesses } from './trigger-jobs.ts';
import { rememberWebhook } from './webhooks.ts';

export interface DatabaseJobStoreOptions {
  readonly db: Db;
  /** Sends the workers messages, in the same transaction (src/store/coordination/queue.ts). */
  readonly enqueue: (tx: Tx, messages: readonly RunMessage[]) => Promise<void>;
  /** Puts an event into the outbox of notifications, in the same transaction. */
  readonly publish: (tx: Tx, event: DomainEvent) => Promise<void>;
}

export interface DatabaseJobStore extends JobStore {
  /** The same within a transaction that does more. */
  within(tx: Tx): JobTransaction;
}

export function databaseJobStore({ db, enqueue, publish }: DatabaseJobStoreOptions): DatabaseJobStore {
  const within = (tx: Tx): JobTransaction => ({
    ...readsOf(tx),
    lockJob: (id) => lockJob(tx, id),
    lockJobOfRun: (runId) => lockJobOfRun(tx, runId),
    lockRun: (id) => lockRun(tx, id),
    lockParts: (jobId) => lockParts(tx, jobId),
    pointPart: (...given) => pointPart(tx, ...given),
    lockAudience: (audienceId) => lockAudience(tx, audienceId),
    assertHeld: (lease) => assertHeld(tx, lease),
    createJob: async (input, state, actor, now, part) => {
      if (part) await claimPartFile(tx, input.configuration, now);
      return createJob(tx, input, state, actor, now, part);
    },
    saveState: (...given) => saveStates(tx, [given]),
    changeJob: (...given) => changeJob(tx, ...given),
    rememberWebhook: (...given) => rememberWebhook(tx, ...given),
    takeRunAgain: (id) => takeRunAgain(tx, id),
    deleteJob: (id) => deleteJob(tx, id),
    recordTransition: (...given) => recordTransitions(tx, [given]),
    queueRun: (...given) => queueRuns(tx, [given]),
    requeueRun: (id, approval) => requeueRun(tx, id, approval),
    requestStop: (id, kind, now) => requestStop(tx, id, kind, now),
    markStopped: (id) => markStopped(tx, id),
    forbidContinuing: (runId) => forbidContinuing(tx, runId),
    addRunEvent: (...given) => addRunEvent(tx, ...given),
    adoptAudience: (runId, state) => adoptAudience(tx, runId, state),
    raiseAlert: (alert, now) => raiseAlert(tx, alert, now),
    clearAlert: (jobId, rule, now) => clearAlert(tx, jobId, rule, now),
    enqueue: (message) => enqueue(tx, [message]),
    publish: (event) => publish(tx, event),
    onCommit: (action) => onCommit(tx, action),
  });
  return {
    ...readsOf(db),
    within,
    transaction: (work, jobIds = []) =>
      transaction(db, (tx) => {
        const single = within(tx);
        if (jobIds.length < 2) return work(single);
        return together({ tx, single, jobIds, enqueue: (messages) => enqueue(tx, messages) }, work);
      }),
    addHeldRunEvent: (...given) => addHeldRunEvent(db, ...given),
    recordProgress: (going, now) => recordProgress(db, going, now),
    recordRequests: (entries) => recordRequests(db, entries),
    explain: explainDatabase,
  };
}

/** @param db the database, or an open transaction */
const readsOf = (db: Db): JobReads => ({
  ...runHistory(db),
  getJob: (id) => getJob(db, id),
  dueJobs: (now, limit) => dueJobs(db, now, limit),
  nextWake: (after) => nextWake(db, after),
  sleepingJobs: (after) => sleepingJobs(db, after),
  unseenSuccesses: (limit) => unseenSuccesses(db, limit),
  jobsOfAudiences: async (audienceIds) => (await jobsOfAudiences(db, audienceIds)).map(({ isFirst: _, ...job }) => job),
  sourceRevision: (authorizationId) => sourceRevision(db, authorizationId),
  getRun: (id) => getRun(db, id),
  lastRun: (jobId) => lastRun(db, jobId),
  unansweredCreation: (wanted) => unansweredCreation(db, wanted),
  stopRequestsAmong: (ids) => stopRequestsAmong(db, ids),
  incompleteOf: (jobIds) => incompleteOf(db, jobIds),
  runsWithoutWorker: (limit) => runsWithoutWorker(db, limit),
  runsWithoutConclusion: (limit) => runsWithoutConclusion(db, limit),
  runsGoingOnSince: (before) => runsGoingOnSince(db, before),
  latestOfOthers: (delivery) => latestOfOthers(db, delivery),
  runEvents: (runId, after) => readEvents(db, runId, after),
  alertsOf: (jobId) => alertsOf(db, jobId),
  hadProblemSinceSuccess: (jobId) => hadProblemSinceSuccess(db, jobId),
  hasTransition: (...given) => hasTransition(db, ...given),
});
