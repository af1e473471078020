/**
 * The storage of jobs, their runs and the journals of these, as a port. The states of jobs, the scheduler, the workers
 * and the journals know nothing else of a database. `src/store/repositories/job-store.ts` implements it on PGlite and
 * PostgreSQL. The simulation of faults implements it in memory. The same contract tests run on all of them.
 */
import type { AlertRuleName, AlertRules } from '../domain/alerts/alerts.ts';
import type { LineupError } from '../domain/errors/errors.ts';
import type { StoredApproval } from '../domain/jobs/approvals.ts';
import type { JobCondition, JobStatus } from '../domain/jobs/conditions.ts';
import type { JobConfiguration } from '../domain/jobs/configuration.ts';
import type { Actor } from '../domain/people/people.ts';
import type { ServiceRunStatus } from '../domain/runs/run.ts';
import type { RunEvent } from '../domain/runs/run-events.ts';
import type { AtLine, RunState } from '../domain/runs/run-state.ts';
import type { LocalizedText, Sentence } from '../domain/text/sentence.ts';
import type { DomainEvent } from './domain-events.ts';
import type { JobChange, JobState, NewJob } from './jobs.ts';
import type { RunHistory } from './ports.ts';
import type { JobType } from './providers/index.ts';
import type { RunRequestEntry, RunSummary, RunTrigger } from './runs.ts';

export interface StoredJob {
  readonly id: string;
  readonly type: JobType;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly authorizationId: string;
  readonly sourceAuthorizationId: string | null;
  readonly configuration: JobConfiguration;
  /** LINE's audience: the chosen one, or the one that the first run created. */
  readonly audienceId: string | null;
  /** Those of the siblings in the configuration, in their order. */
  readonly siblingAudienceIds: readonly (string | null)[];
  readonly state: JobState;
  /** The job that went on as this one at another destination, with its name when it was last known. */
  readonly movedFrom: { readonly id: string; readonly name: string } | null;
  /** Missing when it is no part of a split job. */
  readonly part?: PartOfJob | undefined;
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedBy: string;
  readonly updatedAt: Date;
  /** What this version cannot read of it: `damaged` of the API. */
  readonly damaged: readonly string[];
}

/** What a job is as a part of a split job. */
export interface PartOfJob {
  /** The split job. */
  readonly of: string;
  /** Of its column. */
  readonly value: string;
  /** The run of the split job that has seen the value last. Its file is what the part reads. */
  readonly run: string;
}

export interface NewRun {
  readonly id: string;
  /** Null for a run without a job. */
  readonly jobId: string | null;
  readonly jobName: string;
  readonly trigger: RunTrigger;
  /** What had come, when the trigger of the job starts it. */
  readonly cause?: LocalizedText | undefined;
  readonly slot: Date | null;
  /** What a person has approved of an earlier run. */
  readonly approval: StoredApproval | null;
}

/** A run as the queue and the workers see it. */
export interface StoredRun {
  readonly id: string;
  readonly jobId: string | null;
  readonly status: ServiceRunStatus;
  readonly trigger: RunTrigger;
  /** What a person has approved of its result, the last time; null without such a word. */
  readonly approval: StoredApproval | null;
  /** A person wants the run to stop; its worker must follow. */
  readonly stopRequested: 'pause' | 'end' | null;
  /** It is never continued, because its job was changed. */
  readonly forbidden: boolean;
  readonly atLine: AtLine;
  readonly summary: RunSummary;
  readonly progress: Record<string, unknown> | null;
}

/** It only says: look at this run. */
export interface RunMessage {
  readonly runId: string;
  /** The `traceparent` of what starts or continues the run. Missing without tracing. */
  readonly trace?: string | undefined;
}

/** An audience that a job is to create. */
export interface WantedAudience {
  readonly jobId: string;
  readonly adAccountId: string;
  readonly audienceName: string;
}

/** An entry of a job's log. */
export interface NewTransition {
  readonly jobId: string;
  readonly action: string;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly condition: JobCondition;
  readonly actor: Actor;
  readonly reason: LocalizedText | null;
  /** That of the error in `reason`. */
  readonly code?: string | undefined;
  readonly runId: string | null;
}

/** What LINE holds of an audience that is not complete. */
export interface Incomplete {
  readonly runId: string;
  /** Records in the chunks that LINE accepted. */
  readonly sent: number;
  /** Records in all chunks. */
  readonly total: number;
  /** The end of the run that left a part. */
  readonly endedAt: Date;
  /** Whether the run may continue from its journal. */
  readonly continuable: boolean;
}

/** An alert of a job that is not over. */
export interface OpenAlert {
  readonly rule: AlertRuleName;
  readonly threshold: number;
  readonly measured: number;
  readonly since: Date;
}

export interface NewAlert extends LocalizedText, Omit<OpenAlert, 'since'> {
  readonly jobId: string;
  readonly runId: string | null;
}

/** What decides whether the alerts of a job begin or end. */
export interface AlertsOfJob {
  /** Of the workspace. */
  readonly defaults: AlertRules;
  readonly open: readonly OpenAlert[];
}

/** How the name of a run's lease begins. The id of the run follows. */
export const RUN_LEASE = 'run:';

/** A lease as a transaction checks it. */
export interface LeaseClaim {
  readonly name: string;
  readonly token: number;
}

export type ProgressOfRun = { readonly id: string; readonly progress: Record<string, unknown> };
export type RequestOfRun = RunRequestEntry & { readonly runId: string };

/** The latest success of a job that another one waits for, and that the other one has not seen. */
export interface UnseenSuccess {
  /** The job that waits. */
  readonly jobId: string;
  readonly awaited: { readonly id: string; readonly name: string };
  /** When the run was queued: each run of a job later than the one before. */
  readonly at: Date;
}

/** What can be read in a transaction and outside of one. Errors of the storage are thrown as they are. */
export interface JobReads extends RunHistory {
  /** @throws {LineupError} `not_found` */
  getJob(id: string): Promise<StoredJob>;
  /** The sleeping jobs whose time has come, the longest overdue first. */
  dueJobs(now: Date, limit: number): Promise<string[]>;
  /** When the next sleeping job wakes; `after` a moment, if one is given. Undefined when none sleeps so long. */
  nextWake(after?: Date): Promise<Date | undefined>;
  /** The jobs that sleep until a moment after `after`. */
  sleepingJobs(after: Date): Promise<StoredJob[]>;
  /** The successes that jobs with a trigger have not seen yet, for at most `limit` jobs; none for terminated ones. */
  unseenSuccesses(limit: number): Promise<UnseenSuccess[]>;
  /** The jobs that fill these audiences, with any of their identifiers; without terminated ones. */
  jobsOfAudiences(audienceIds: readonly string[]): Promise<{ id: string; name: string; audienceId: string }[]>;

  /** The revision of the authorization of a source; null for files. */
  sourceRevision(authorizationId: string | null): Promise<number | null>;

  /** @throws {LineupError} `not_found` */
  getRun(id: string): Promise<StoredRun>;
  /** The newest run of a job. */
  lastRun(jobId: string): Promise<StoredRun | undefined>;
  /**
   * The newest run that sent LINE the first chunk of a new audience for this job, and of which nobody knows whether
   * LINE took it. So LINE may have the audience. Undefined when there is none.
   */
  unansweredCreation(wanted: WantedAudience): Promise<string | undefined>;
  /** The runs among `ids` that a person wants to stop. */
  stopRequestsAmong(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** The jobs among `jobIds` of whose audience LINE holds only a part. */
  incompleteOf(jobIds: readonly string[]): Promise<Map<string, Incomplete>>;
  /** Active runs that no worker holds, oldest first: they wait for a worker, or their worker is gone. */
  runsWithoutWorker(limit: number): Promise<{ id: string; status: 'queued' | 'running' }[]>;
  /** Ended runs whose worker died right after: of jobs that still wait for them, or ended by a person. */
  runsWithoutConclusion(limit: number): Promise<string[]>;
  /** Runs that were queued or approved before `before` and have not completed, of jobs that still wait for them. */
  runsGoingOnSince(before: Date): Promise<{ runId: string; jobId: string; since: Date }[]>;
  /**
   * The latest moment in the journals of other runs to the audience of this delivery: of a start, or of a write.
   * Undefined when there is no such run.
   */
  latestOfOthers(delivery: RunState): Promise<string | undefined>;
  /** The journal of a run after its first `after` events. */
  runEvents(runId: string, after?: number): Promise<RunEvent[]>;

  alertsOf(jobId: string): Promise<AlertsOfJob>;

  /** Whether a problem was reported since the last success of the job. */
  hadProblemSinceSuccess(jobId: string): Promise<boolean>;
  /** Whether the log of the job has this action for this run, from `since` on. */
  hasTransition(jobId: string, action: string, runId: string, since?: Date): Promise<boolean>;
}

/** One transaction. All of it becomes durable, or nothing. */
export interface JobTransaction extends JobReads {
  /**
   * Reads and locks a job until the end. Every change of a job's state begins with this.
   * @throws {LineupError} `not_found`
   */
  lockJob(id: string): Promise<StoredJob>;
  /** Locks the job of a run, if it has one. */
  lockJobOfRun(runId: string): Promise<void>;
  /** Reads and locks the parts of a split job, in the order of their ids. The split job must be locked. */
  lockParts(jobId: string): Promise<StoredJob[]>;
  /** Locks a run. @throws {LineupError} `not_found` */
  lockRun(id: string): Promise<{ readonly status: ServiceRunStatus; readonly forbidden: boolean }>;
  /** Locks an audience, so that no other job takes it meanwhile. */
  lockAudience(audienceId: string): Promise<void>;
  /** Checks that the lease is still held, and locks that until the end. @throws {LineupError} `run_taken_over` */
  assertHeld(lease: LeaseClaim): Promise<void>;

  /** @throws {LineupError} `not_found` when the authorization does not exist (any more) */
  createJob(input: NewJob, state: JobState, actor: Actor, now: Date, part?: PartOfJob): Promise<StoredJob>;
  /**
   * Gives a part the file and the fields of a newer scan. This is no edit: its revision stays. The part must be locked.
   * @throws {LineupError} `source_not_found` when the file is gone
   */
  pointPart(id: string, configuration: JobConfiguration, run: string, now: Date): Promise<void>;
  /** The job must be locked. */
  saveState(id: string, state: JobState): Promise<void>;
  /** Remembers a webhook. The job must be locked. @returns false when the same one has come before */
  rememberWebhook(jobId: string, webhookId: string, now: Date): Promise<boolean>;
  /** Whether another run must follow the present one. Says it once. The job must be locked. */
  takeRunAgain(id: string): Promise<boolean>;
  /**
   * @param revision that the editor saw
   * @param change.audience_id LINE's audience from now on
   * @param change.sibling_audience_ids those of the siblings of the new configuration
   * @throws {LineupError} `not_found` (the job, or an authorization), `changed_meanwhile`
   */
  changeJob(
    id: string,
    revision: number,
    change: Omit<JobChange, 'another_audience'> & {
      readonly audience_id: string | null;
      readonly sibling_audience_ids: readonly (string | null)[];
    },
    actor: Actor,
    now: Date,
  ): Promise<StoredJob>;
  /** The runs of the job stay. */
  deleteJob(id: string): Promise<void>;
  recordTransition(transition: NewTransition, now: Date): Promise<void>;

  /** Queues a run. A second active run of a job is refused. */
  queueRun(run: NewRun, now: Date): Promise<void>;
  /** Queues an unfinished run again. @param approval what a person has approved of it now */
  requeueRun(id: string, approval?: StoredApproval): Promise<void>;
  /** Asks the worker of a run to stop it. A queued run has no worker. @returns whether it has stopped at once */
  requestStop(id: string, kind: 'pause' | 'end', now: Date): Promise<boolean>;
  /** Marks a run that a person ended. It does not continue automatically. */
  markStopped(id: string): Promise<void>;
  /** Makes sure that an unfinished run is never continued, because its job sends something else now. */
  forbidContinuing(runId: string): Promise<void>;
  /** Adds entry `seq` to the journal of a run, and the summary of `state` to its row. */
  addRunEvent(runId: string, seq: number, event: RunEvent, state: RunState): Promise<void>;
  /**
   * Gives the audience that a run created with one delivery to its job, unless the job was edited to use another one.
   * Of a renewal, it takes the place of the audience before, also where a person has chosen that by its id: then the
   * job has a new revision. The job must be locked.
   */
  adoptAudience(runId: string, delivery: RunState): Promise<void>;

  /** Opens the alert, or brings the values of an open one up to date. @returns whether it was opened */
  raiseAlert(alert: NewAlert, now: Date): Promise<boolean>;
  /** @returns false when no such alert is open */
  clearAlert(jobId: string, rule: AlertRuleName, now: Date): Promise<boolean>;

  /** Sends the workers a message about the run, with the commit. */
  enqueue(message: RunMessage): Promise<void>;
  /** Puts an event into the outbox of notifications. */
  publish(event: DomainEvent): Promise<void>;
  /** Runs `action` after the commit: a log line, a wake-up. */
  onCommit(action: () => void): void;
}

export interface JobStore extends JobReads {
  /**
   * Runs `work` in one transaction. An error of `work` rolls it back.
   * @param jobIds the jobs that it locks, when it does the same with many of them. Then it must not read a second time
   * what it has written: the storage may read of all of them before, and write for all of them at the end
   */
  transaction<T>(work: (tx: JobTransaction) => Promise<T>, jobIds?: readonly string[]): Promise<T>;
  /**
   * `assertHeld` and `addRunEvent` in one statement instead of a transaction, because a run adds many entries. Nothing
   * else may belong to the entry.
   * @throws {LineupError} `run_taken_over`
   */
  addHeldRunEvent(lease: LeaseClaim, runId: string, seq: number, event: RunEvent, state: RunState): Promise<void>;
  /** The present progress of runs. It is not part of the journal, so it needs no lease and may be lost. */
  recordProgress(going: readonly ProgressOfRun[], now: Date): Promise<void>;
  /** Adds to the log of requests to LINE. Entries of deleted runs are dropped. */
  recordRequests(entries: readonly RequestOfRun[]): Promise<void>;
  /**
   * An error of the storage, in the form that the export's ports promise: `disk_full`, `database_unreachable` or
   * `storage_failed`. A `LineupError` stays.
   * @param refused says what the storage did not do
   */
  explain(error: unknown, refused: Sentence): LineupError;
}
