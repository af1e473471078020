/**
 * Begins and ends the alerts of a job: in the job's log, and as one event each. The job is locked, and what causes the
 * change is in the same transaction.
 */

import type { EventLog } from '../contracts/event-log.ts';
import type { JobReads, JobTransaction, OpenAlert, StoredJob, StoredRun } from '../contracts/job-store.ts';
import type { RunSummary } from '../contracts/runs.ts';
import {
  type ActiveResultRules,
  type AlertRuleName,
  type AlertRules,
  activeRules,
  isOfDeadline,
  resultRulesOf,
} from '../domain/alerts/alerts.ts';
import {
  checkLate,
  checkLeaving,
  checkSize,
  checkSkipped,
  checkSlow,
  type Finding,
  type FindingOfAudience,
  notLate,
  worstFinding,
} from '../domain/alerts/checks.ts';
import { notEmptying } from '../domain/alerts/emptying.ts';
import { conditionOf, type JobCondition } from '../domain/jobs/conditions.ts';
import { system } from '../domain/people/people.ts';
import { triggerOf } from '../domain/schedule/triggers/index.ts';
import { localized, type Sentence, sentence } from '../domain/text/sentence.ts';

export interface AlertContext {
  readonly tx: JobTransaction;
  readonly now: Date;
  readonly log: EventLog;
}

/** The rules that a new run checks before it sends its result; undefined without such rules. */
export function rulesOfRun({ configuration }: StoredJob, defaults: AlertRules): ActiveResultRules | undefined {
  return resultRulesOf(activeRules(defaults, configuration.alerts));
}

/** Compares a run that has ended with the rules of its job. */
export async function reportAlertsAfter(context: AlertContext, job: StoredJob, run: StoredRun): Promise<void> {
  if (run.status !== 'succeeded' && run.status !== 'failed') return;
  const { defaults, open } = await context.tx.alertsOf(job.id);
  const rules = activeRules(defaults, job.configuration.alerts);
  const { summary } = run;
  const found: (Finding | undefined)[] = [];
  if (summary.scanned !== null) {
    const { skipped_share, size_change, leaving_share } = rules;
    const deliveries = [{ ...summary, delivery: 1 }, ...(summary.siblings ?? [])];
    if (skipped_share)
      found.push(
        worstFinding(
          deliveries.map((delivery) => ({ audience: nameOf(delivery), finding: skippedOf(skipped_share, delivery) })),
        ),
      );
    if (size_change) {
      const sizes: FindingOfAudience[] = [];
      for (const delivery of deliveries) {
        const earlier = await context.tx.sizesBefore(run.id, size_change.runs, delivery.delivery);
        sizes.push({ audience: nameOf(delivery), finding: checkSize(size_change, delivery.unique ?? 0, earlier) });
      }
      found.push(worstFinding(sizes));
    }
    if (leaving_share)
      found.push(
        worstFinding(
          deliveries.map((delivery) => ({ audience: nameOf(delivery), finding: leavingOf(leaving_share, delivery) })),
        ),
      );
  }
  if (run.status === 'succeeded') {
    const ended = new Date(summary.ended_at ?? context.now);
    const since = workingSince(run);
    if (rules.slow && since) found.push(checkSlow(rules.slow, since, ended));
    const emptying = open.find(({ rule }) => rule === 'runs_empty');
    if (emptying) found.push(notEmptying(emptying));
    // That of a deadline ends when what the job waits for comes, and not with a run of a person.
    const isDeadline = hasDeadline(job) && open.some(isOfDeadline);
    if (rules.late && !isDeadline)
      found.push(notLate(rules.late, summary.slot === null ? null : new Date(summary.slot), ended));
  }
  await applyFindings(context, { job, open, runId: run.id }, found);
}

/** Without the time in which a run waited for a person. */
function workingSince({ approval, summary: { started_at } }: StoredRun): Date | undefined {
  if (started_at === null) return undefined;
  return new Date(Math.max(Date.parse(started_at), approval ? Date.parse(approval.at) : 0));
}

type Delivered = Pick<RunSummary, 'scanned' | 'missing' | 'invalid' | 'audience_name' | 'audience_id'>;

const skippedOf = (
  rule: NonNullable<ActiveResultRules['skipped_share']>,
  { scanned, missing, invalid }: Delivered,
): Finding | undefined => checkSkipped(rule, { scanned: scanned ?? 0, missing: missing ?? 0, invalid: invalid ?? 0 });

/** Undefined when it is not known: an alert goes on then, and none begins. */
const leavingOf = (
  rule: NonNullable<ActiveResultRules['leaving_share']>,
  { unique, turnover }: Pick<RunSummary, 'unique' | 'turnover'>,
): Finding | undefined => (turnover ? checkLeaving(rule, unique ?? 0, turnover) : undefined);

/** An audience without a name was chosen by its id. */
const nameOf = ({ audience_name, audience_id }: Delivered): string => audience_name ?? audience_id ?? '';

/** Conditions in which a run is running, or will be tried again by itself. */
const EXPECTING: readonly JobCondition[] = ['running', 'retrying', 'waiting'];

/** Reports a run of the job that is late or slow. */
export async function reportUnfinished(context: AlertContext, job: StoredJob): Promise<void> {
  const { tx, now } = context;
  const run = await tx.lastRun(job.id);
  if (!run || run.status === 'succeeded' || !EXPECTING.includes(conditionOf(job.state))) return;
  const { defaults, open } = await tx.alertsOf(job.id);
  const { late, slow } = activeRules(defaults, job.configuration.alerts);
  const { slot } = run.summary;
  const since = workingSince(run);
  const found = [
    late && slot !== null ? checkLate(late, new Date(slot), now) : undefined,
    slow && run.status === 'running' && since ? checkSlow(slow, since, now) : undefined,
  ];
  // An open alert is over when a run succeeds.
  const isNew = ({ rule, isBroken }: Finding) => isBroken && !open.some((alert) => alert.rule === rule);
  const fresh = found.filter((finding) => finding !== undefined).filter(isNew);
  await applyFindings(context, { job, open, runId: run.id }, fresh);
}

/** Ends the alerts whose rule is off now, and all alerts of a terminated job. */
export async function endObsoleteAlerts(context: AlertContext, job: StoredJob): Promise<void> {
  const { defaults, open } = await context.tx.alertsOf(job.id);
  for (const alert of open.filter(({ rule }) =>
    isObsolete(
      {
        isTerminated: job.state.status === 'killed',
        own: job.configuration.alerts,
        hasDeadline: hasDeadline(job),
      },
      defaults,
      rule,
    ),
  )) {
    const why =
      job.state.status === 'killed' ? sentence`The job was terminated.` : sentence`The rule was switched off.`;
    await end(context, { job, runId: null }, alert, alert, why);
  }
}

const hasDeadline = ({ configuration }: StoredJob): boolean => Boolean(triggerOf(configuration)?.deadline);

/** @param job `hasDeadline` when its trigger has one, which is a rule about late runs of its own */
export const isObsolete = (
  job: { readonly isTerminated: boolean; readonly own: AlertRules | undefined; readonly hasDeadline: boolean },
  defaults: AlertRules,
  rule: AlertRuleName,
): boolean =>
  job.isTerminated || (activeRules(defaults, job.own)[rule] === undefined && !(rule === 'late' && job.hasDeadline));

interface Subject {
  readonly job: StoredJob;
  readonly runId: string | null;
}

/** A rule without a finding keeps its alert as it is. */
export async function applyFindings(
  context: AlertContext,
  { open, ...subject }: Subject & { readonly open: readonly OpenAlert[] },
  findings: readonly (Finding | undefined)[],
): Promise<void> {
  for (const finding of findings) {
    const alert = open.find(({ rule }) => rule === finding?.rule);
    if (finding?.isBroken) await begin(context, subject, alert, finding);
    else if (finding && alert) await end(context, subject, alert, finding, finding.what);
  }
}

async function begin(
  { tx, now, log }: AlertContext,
  { job, runId }: Subject,
  before: OpenAlert | undefined,
  { rule, threshold, measured, what: description, tellAgainAt }: Finding,
): Promise<void> {
  const facts = { rule, threshold, measured, ...localized(description) };
  const isNew = await tx.raiseAlert({ jobId: job.id, runId, ...facts }, now);
  const isWorse = before !== undefined && before.measured !== measured && measured === tellAgainAt;
  if (!isNew && !isWorse) return;
  await record(tx, 'alert_raised', { job, runId }, description, now);
  await tx.publish({ type: 'alert_raised', ...about(job, runId, now), ...facts });
  tx.onCommit(() => log.record('alert.raised', { job_id: job.id, ...(runId !== null && { run_id: runId }), rule }));
}

async function end(
  { tx, now, log }: AlertContext,
  { job, runId }: Subject,
  { rule, since }: OpenAlert,
  { threshold, measured }: Pick<Finding, 'threshold' | 'measured'>,
  description: Sentence,
): Promise<void> {
  if (!(await tx.clearAlert(job.id, rule, now))) return;
  await record(tx, 'alert_cleared', { job, runId }, description, now);
  const facts = { rule, threshold, measured, ...localized(description), since: since.toISOString() };
  await tx.publish({ type: 'alert_cleared', ...about(job, runId, now), ...facts });
  tx.onCommit(() => log.record('alert.cleared', { job_id: job.id, ...(runId !== null && { run_id: runId }), rule }));
}

const about = ({ id, name }: StoredJob, runId: string | null, now: Date) => ({
  at: now.toISOString(),
  jobId: id,
  jobName: name,
  runId,
});

/** In the job's log. */
async function record(
  tx: JobTransaction,
  action: 'alert_raised' | 'alert_cleared',
  { job, runId }: Subject,
  description: Sentence,
  now: Date,
): Promise<void> {
  const { status } = job.state;
  const stays = { from: status, to: status, condition: conditionOf(job.state) };
  await tx.recordTransition(
    { jobId: job.id, action, ...stays, actor: system, reason: localized(description), runId },
    now,
  );
}

/**
 * For a run that continues: the rules may have changed since it began. Undefined when they have not been and are not
 * there.
 */
export async function rulesOfContinued(
  store: Pick<JobReads, 'alertsOf'>,
  job: StoredJob,
  before: ActiveResultRules | null | undefined,
): Promise<ActiveResultRules | null | undefined> {
  const rules = rulesOfRun(job, (await store.alertsOf(job.id)).defaults);
  return rules ?? (before ? null : undefined);
}
