/** Use cases of jobs: list, create, delete, act. change.ts edits them. */

import type { StoredJob, StoredRun } from '../../contracts/job-store.ts';
import type { BulkAction, BulkResult, JobView, NewJob, PlainAction } from '../../contracts/jobs.ts';
import type { Jobs } from '../../contracts/use-cases.ts';
import { leavesByAge } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { SeenJudgement } from '../../domain/jobs/approvals.ts';
import { deliveriesOfNew } from '../../domain/jobs/audiences.ts';
import { conditionOf, type JobStatus, waitsFor } from '../../domain/jobs/conditions.ts';
import { type Actor, type Caller, mayDo, type Role } from '../../domain/people/people.ts';
import { maySeeLeftOut } from '../../domain/runs/left-out.ts';
import type { JudgedAudience } from '../../domain/runs/run.ts';
import { isActive } from '../../domain/runs/run-state.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { cronWords } from '../../i18n/cron-words.ts';
import { act, create } from '../../jobs/act.ts';
import { approvableOf } from '../../jobs/approvable.ts';
import { approve } from '../../jobs/approve.ts';
import { within } from '../../jobs/context.ts';
import { terminateParts } from '../../jobs/parts/change.ts';
import { possibleActions } from '../../jobs/possible-actions.ts';
import { ENDING_ACTIONS, isReadable } from '../../jobs/readable.ts';
import { nextSlots } from '../../jobs/schedule.ts';
import { type Tx, transaction } from '../../store/database/database.ts';
import { openAlertCounts } from '../../store/repositories/alerts.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { incompleteOf } from '../../store/repositories/incomplete-runs.ts';
import { listJobs, type Sight, tagsInUse } from '../../store/repositories/job-list.ts';
import { lockParts } from '../../store/repositories/job-parts.ts';
import { listTransitions } from '../../store/repositories/job-transitions.ts';
import { deleteJob, describeJob, getJob, lockJob } from '../../store/repositories/jobs.ts';
import { staysOfJobs } from '../../store/repositories/member-days.ts';
import { lastRunsOf, recentSizesOf } from '../../store/repositories/run-list.ts';
import { lastRun } from '../../store/repositories/runs.ts';
import { lockTriggers } from '../../store/repositories/trigger-jobs.ts';
import { auditEntries } from '../audit-log.ts';
import { createOnce } from '../create-once.ts';
import { numberedPage } from '../cursors.ts';
import type { UseCaseDeps } from '../deps.ts';
import { progressOf } from '../runs.ts';
import { claimSplit } from '../split/problems.ts';
import { partsOf, splitsOf } from '../split/views.ts';
import { claimLists } from '../suppression-lists/of-job.ts';
import { assertUpload, assertUploadFor, claimUpload } from '../uploads/of-job.ts';
import { bulkEdit, forChosen } from './bulk.ts';
import { changeTo } from './change.ts';
import { emptyingsOf } from './emptying.ts';
import { historyOf } from './history.ts';
import { leftOutOf } from './left-out.ts';
import { jobMoveOf } from './move.ts';
import { linksOf, movedFromDetail } from './moved-from.ts';
import { outlookOf } from './outlook.ts';
import { asPart, nextRunOf, sizesOf } from './parts.ts';
import { renewalsOfJobs } from './renewals.ts';
import { rowsOf } from './rows.ts';
import { waitersOf, whyJobsAwaited } from './triggers/after-job.ts';
import { claimTrigger, triggersOf } from './triggers/index.ts';
import { assertValid, problemsOf, warningsOf } from './validate.ts';

/** Why a job cannot be deleted now. */
export const whyKept = (last: StoredRun | undefined): Sentence | undefined =>
  last && isActive(last) ? sentence`A run of this job is in progress. Stop it first.` : undefined;

/** The same for the parts of a split job, which are deleted with it. */
async function whyPartsKept(tx: Tx, parts: readonly StoredJob[]): Promise<Sentence | undefined> {
  for (const part of parts) {
    const last = await lastRun(tx, part.id);
    if (last && isActive(last)) return sentence`A run of "${part.name}" is in progress. Stop it first.`;
  }
  return undefined;
}

export function jobUseCases(deps: UseCaseDeps): Jobs {
  const view = async (job: StoredJob): Promise<JobView> => (await viewsOf(deps, [job]))[0]!;
  const load = async (id: string): Promise<JobView> => view(await getJob(deps.db, id));

  const createJob: Jobs['create'] = (input, actor, options = {}) =>
    createOnce(deps, {
      actor,
      options,
      request: { job: input },
      check: () => assertValid(deps, { input, savedBy: actor }),
      make: async (tx, { inSource, counted }) => {
        await claimUpload(tx, input, deps.now());
        await claimLists(tx, input);
        await claimTrigger(tx, input);
        await claimSplit(tx, input);
        const context = within(deps.jobs, deps.jobs.store.within(tx), actor);
        const { id } = await create(context, input, inSource);
        // In the same transaction, so no worker sees its first run.
        if (input.paused) await act(context, id, { type: 'pause' });
        const detail = { name: input.name, ...adoptedAudiences(input), ...(await movedFromDetail(tx, input)) };
        await recordAudit(tx, actor, audit('create', id, detail), deps.now());
        await counted?.giveBack(tx);
        return id;
      },
      load,
    });

  return {
    list: async (query, role = 'viewer') => {
      const page = await listJobs(deps.db, query, sightOf(role));
      return { ...page, items: await viewsOf(deps, page.items) };
    },
    rows: async (query, role = 'viewer') => {
      const sight = sightOf(role);
      const page = await listJobs(deps.db, query, sight);
      return { ...page, items: await rowsOf(deps.db, page.items, sight.uploadNames) };
    },
    tags: () => tagsInUse(deps.db),
    get: load,
    parts: (id, page) => partsOf(deps.db, id, page),
    validate: async (input, signal) => ({
      errors: await problemsOf(deps, { input }, signal),
      warnings: warningsOf(input),
    }),
    outlook: (request) => outlookOf(deps, request),
    move: (id, query) => jobMoveOf(deps, id, query),
    create: createJob,
    change: async (id, revision, change, actor, letIn) =>
      view(await changeTo(deps, { id, revision, change, actor, letIn })),
    delete: (id, actor) =>
      transaction(deps.db, async (tx) => {
        // Nobody lets another job wait for it meanwhile.
        await lockTriggers(tx);
        const job = await lockJob(tx, id);
        const parts = await lockParts(tx, id);
        const why =
          whyKept(await lastRun(tx, id)) ??
          (await whyPartsKept(tx, parts)) ??
          (await whyJobsAwaited(tx, [job, ...parts]));
        if (why) throw new LineupError('action_not_allowed', why);
        await deleteJob(tx, id);
        await recordAudit(tx, actor, audit('delete', id, { name: job.name }), deps.now());
      }),
    act: async (id, action, actor) => view(await actOn(deps, id, action, actor)),
    approve: async (id, seen, actor) => view(await approveRun(deps, id, seen, actor)),
    actOnMany: async (ids, action, actor) => {
      const results: BulkResult['results'][number][] = [];
      // One after the other, each in its own transaction: a refused one does not stop the others.
      for (const id of ids) results.push({ id, ...(await actOnOne(deps, id, action, actor)) });
      return results;
    },
    actOnChosen: (chosen, action, caller, signal) =>
      forChosen(deps, chosen, caller, signal, (id) => actUnlessSo(deps, id, action, caller)),
    changeChosen: async (chosen, change, caller, signal) => {
      const edit = await bulkEdit(deps, change, caller);
      return forChosen(deps, chosen, caller, signal, edit);
    },
    transitions: async (id, page) => {
      await getJob(deps.db, id);
      return numberedPage(
        page,
        (limit, before) => listTransitions(deps.db, id, limit, before),
        (line) => line.id,
      );
    },
    history: async (id, days) => historyOf(deps.db, await getJob(deps.db, id), days, deps.now()),
    previewSchedule: async (schedule, count, language) => ({
      times: nextSlots(schedule, deps.now(), count),
      words: schedule.run_frequency === 'custom' ? await cronWords(schedule.cron_expressions, language) : [],
    }),
  };
}

const actOn = (deps: UseCaseDeps, id: string, action: PlainAction, actor: Actor): Promise<StoredJob> =>
  transaction(deps.db, async (tx) => {
    const { configuration, sourceAuthorizationId } = await lockJob(tx, id);
    const asked = { configuration, source_authorization_id: sourceAuthorizationId };
    await assertUploadFor(tx, asked, action);
    const context = within(deps.jobs, deps.jobs.store.within(tx), actor);
    const job = await act(context, id, { type: action });
    if (action === 'terminate' && configuration.split) await terminateParts(context, id);
    await recordAudit(tx, actor, audit(action, id, { name: job.name }), deps.now());
    return job;
  });

async function approveRun(deps: UseCaseDeps, id: string, seen: SeenJudgement, actor: Caller): Promise<StoredJob> {
  return transaction(deps.db, async (tx) => {
    const job = await approve(within(deps.jobs, deps.jobs.store.within(tx), actor), id, seen, actor.role);
    const last = await lastRun(tx, id);
    // A new run reads the file again.
    if (last?.id !== seen.run_id) {
      const { configuration, sourceAuthorizationId } = job;
      await assertUpload(tx, { configuration, source_authorization_id: sourceAuthorizationId });
    }
    const approved = (last?.approval?.audiences ?? []).map(approvedText);
    const detail = { name: job.name, run: seen.run_id, revision: seen.revision, approved };
    await recordAudit(tx, actor, audit('run_anyway', id, detail), deps.now());
    return job;
  });
}

/** What was approved of an audience, for the audit log. */
function approvedText({ audienceName, audienceId, before, after, reasons }: JudgedAudience): string {
  const why = reasons.map(({ code, measured }) =>
    measured === null ? code : `${code} ${Math.round(measured * 1_000) / 10} %`,
  );
  const sizes = `${before?.size ?? '?'} → ${after}`;
  return [`${audienceName ?? audienceId}: ${sizes}`, ...why].join(', ');
}

/** An action on one of many jobs, unless it is so already: the request may be a repetition. */
async function actUnlessSo(deps: UseCaseDeps, id: string, action: BulkAction, actor: Actor): Promise<boolean> {
  if (isDone(action, (await getJob(deps.db, id)).state.status)) return false;
  await actOn(deps, id, action, actor);
  return true;
}

const isDone = (action: BulkAction, status: JobStatus): boolean =>
  (action === 'pause' && status === 'paused') ||
  (action === 'resume' && (status === 'sleeping' || status === 'runnable'));

/** An action on one job of several: a refusal is its result. */
export async function actOnOne(
  deps: UseCaseDeps,
  id: string,
  action: BulkAction,
  actor: Actor,
): Promise<Omit<BulkResult['results'][number], 'id'>> {
  try {
    await actOn(deps, id, action, actor);
    return { done: true, error: null };
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    const { code, message, sentence } = error;
    return { done: false, error: { code, message, sentence } };
  }
}

const audit = auditEntries('job');

/** The audiences at LINE that a new job takes over, for the audit log. */
function adoptedAudiences(input: NewJob) {
  const ids = deliveriesOfNew(input).flatMap(({ audience }) => (audience.kind === 'adopted' ? [audience.id] : []));
  return ids.length > 0 && { adopted_audiences: ids };
}

const sightOf = (role: Role): Sight => ({
  uploadNames: mayDo(role, 'uploads.read'),
  sizesInTens: !maySeeLeftOut(role),
});

/** How many sizes the trend of a job shows. */
const RECENT = 14;

/** Jobs as the API shows them, in lists and alone. */
export async function viewsOf(deps: Pick<UseCaseDeps, 'db' | 'now'>, jobs: readonly StoredJob[]): Promise<JobView[]> {
  const ids = jobs.map((job) => job.id);
  const lastRuns = await lastRunsOf(deps.db, ids);
  const summaries = new Map([...lastRuns].map(([id, { summary }]) => [id, summary]));
  const leftOut = await leftOutOf(deps.db, ids, summaries);
  const sizes = await recentSizesOf(deps.db, ids, RECENT);
  const incomplete = await incompleteOf(deps.db, ids);
  const openAlerts = await openAlertCounts(deps.db, ids);
  const emptyings = await emptyingsOf(deps.db, jobs);
  const ageing = jobs.filter(({ type }) => leavesByAge(type)).map(({ id }) => id);
  const stays = await staysOfJobs(deps.db, ageing, deps.now());
  const links = await linksOf(deps.db, jobs);
  const renewals = await renewalsOfJobs(deps.db, jobs, deps.now());
  const triggers = await triggersOf(deps.db, jobs, deps.now());
  const waiters = await waitersOf(deps.db, jobs);
  const splits = await splitsOf(deps.db, jobs);
  const authorizations = new Map(
    (await listAuthorizations(deps.db)).map((authorization) => [authorization.id, authorization]),
  );
  const labelOf = (id: string) => authorizations.get(id)?.label;
  const approvalOf = ({ id, sourceAuthorizationId }: StoredJob) => {
    const last = lastRuns.get(id);
    const revision = authorizations.get(sourceAuthorizationId ?? '')?.revision ?? null;
    return last && approvableOf(last, revision, deps.now());
  };
  return jobs.map((job) => {
    const part = incomplete.get(job.id);
    const approval = conditionOf(job.state) === 'needs_approval' ? approvalOf(job) : undefined;
    const last = lastRuns.get(job.id);
    const { warnings, ...trigger } = triggers(job);
    return {
      ...describeJob(job),
      condition: conditionOf(job.state),
      waits_for: waitsFor(job.state),
      incomplete_at_line: part ? asPart(part) : null,
      approval: approval ?? null,
      open_alerts: openAlerts.get(job.id) ?? 0,
      ...links(job),
      ...trigger,
      ...waiters(job),
      ...splits(job),
      warnings: [...warningsOf(job), ...warnings],
      longest_stay_days: stays.get(job.id) ?? null,
      ...renewals(job),
      runs_empty_at: emptyings.get(job.id)?.toISOString() ?? null,
      authorization_label: labelOf(job.authorizationId) ?? job.authorizationId,
      source_label: job.sourceAuthorizationId && (labelOf(job.sourceAuthorizationId) ?? null),
      next_run_at: nextRunOf(job),
      last_run: last?.summary ?? null,
      progress: last ? progressOf(last) : null,
      left_out: leftOut.get(job.id) ?? null,
      recent_sizes: sizesOf(job, sizes.get(job.id), part, RECENT),
      actions: possibleActions(job.state, {
        continuable: part?.continuable ?? false,
        approvable: approval?.sends ?? null,
      }).filter((action) => isReadable(job) || ENDING_ACTIONS.includes(action)),
    };
  });
}
