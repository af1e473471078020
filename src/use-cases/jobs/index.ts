/** Use cases of jobs: create, edit, delete, act. */
import { LineupError } from '../../contracts/errors.ts';
import { type AudienceAfter, audienceAfter, namesTheSame } from '../../contracts/job-audience.ts';
import {
  type BulkAction,
  type BulkResult,
  type JobAction,
  type JobChange,
  type JobView,
  scheduleOf,
} from '../../contracts/jobs.ts';
import { wrongValue } from '../../contracts/localized.ts';
import type { Actor } from '../../contracts/people.ts';
import { mayDo } from '../../contracts/permissions.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Jobs } from '../../contracts/use-cases.ts';
import { act, create } from '../../jobs/act.ts';
import { asksForTheSame, within } from '../../jobs/context.ts';
import { nextSlots } from '../../jobs/schedule.ts';
import { transaction } from '../../store/database/transaction.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { listJobs, tagsInUse } from '../../store/repositories/job-list.ts';
import { listTransitions } from '../../store/repositories/job-transitions.ts';
import { changeJob, deleteJob, getJob, lockJob, type StoredJob } from '../../store/repositories/jobs.ts';
import { forbidContinuing } from '../../store/repositories/recovery.ts';
import { changedMeanwhile } from '../../store/repositories/repository-errors.ts';
import { lastRun } from '../../store/repositories/runs.ts';
import { changesBetween } from '../audit-changes.ts';
import { createOnce } from '../create-once.ts';
import type { UseCaseDeps } from '../deps.ts';
import { numberedPage } from '../numbered-page.ts';
import { assertUploadFor, claimUpload } from '../uploads/of-job.ts';
import { auditRename, renameAudience } from './rename.ts';
import { assertNone, claimAudience, problemsOf } from './validate.ts';
import { viewsOf } from './view.ts';

/** How long a creation may wait for LINE and the source. */
const CHECK_MS = 60_000;

export function jobUseCases(deps: UseCaseDeps): Jobs {
  const view = async (job: StoredJob): Promise<JobView> => (await viewsOf(deps, [job]))[0]!;
  const load = async (id: string): Promise<JobView> => view(await getJob(deps.db, id));

  const createJob: Jobs['create'] = (input, actor, options = {}) =>
    createOnce(deps, {
      actor,
      options,
      request: { job: input },
      check: async () => assertNone(await problemsOf(deps, { input }, AbortSignal.timeout(CHECK_MS))),
      make: async (tx) => {
        await claimUpload(tx, input, deps.now());
        await claimAudience(tx, input.configuration.audience_id);
        const { id } = await create(within(deps.jobs, tx, actor), input);
        await recordAudit(tx, actor, audit('create', id, { name: input.name }), deps.now());
        return id;
      },
      load,
    });

  return {
    list: async (query, role = 'viewer') => {
      const page = await listJobs(deps.db, query, { uploadNames: mayDo(role, 'uploads.read') });
      return { ...page, items: await viewsOf(deps, page.items) };
    },
    tags: () => tagsInUse(deps.db),
    get: load,
    validate: (input, signal) => problemsOf(deps, { input }, signal),
    create: createJob,
    change: async (id, revision, change, actor) => view(await changeTo(deps, id, revision, change, actor)),
    delete: (id, actor) =>
      deps.db.transaction().execute(async (tx) => {
        const job = await lockJob(tx, id);
        const last = await lastRun(tx, id);
        if (last?.status === 'queued' || last?.status === 'running') {
          throw new LineupError('action_not_allowed', sentence`A run of this job goes on: stop it first.`);
        }
        await deleteJob(tx, id);
        await recordAudit(tx, actor, audit('delete', id, { name: job.name }), deps.now());
      }),
    act: async (id, action, actor) => view(await actOn(deps, id, action, actor)),
    actOnMany: async (ids, action, actor) => {
      const results: BulkResult['results'][number][] = [];
      // One after the other, each in its own transaction: one that is refused hinders none.
      for (const id of ids) results.push({ id, ...(await tryOn(deps, id, action, actor)) });
      return results;
    },
    transitions: async (id, page) => {
      await getJob(deps.db, id);
      return numberedPage(
        page,
        (limit, before) => listTransitions(deps.db, id, limit, before),
        (line) => line.id,
      );
    },
    nextTimes: (schedule, count) => nextSlots(schedule, deps.now(), count),
  };
}

const actOn = (deps: UseCaseDeps, id: string, action: JobAction, actor: Actor): Promise<StoredJob> =>
  transaction(deps.db, async (tx) => {
    const { configuration, sourceAuthorizationId } = await lockJob(tx, id);
    const asked = { configuration, source_authorization_id: sourceAuthorizationId };
    await assertUploadFor(tx, asked, action);
    const job = await act(within(deps.jobs, tx, actor), id, { type: action });
    await recordAudit(tx, actor, audit(action, id, { name: job.name }), deps.now());
    return job;
  });

async function tryOn(
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

const audit = (verb: string, subjectId: string, detail: Record<string, unknown>) => ({
  action: `job.${verb}`,
  subjectType: 'job',
  subjectId,
  detail,
});

/** The first run has made the audience while an edit was being looked at. */
class AudienceMade extends Error {}

/**
 * Saves an edit on top of what the editor saw. What the service itself writes into the job is no edit, so it refuses none: an
 * edit that it overtakes is looked at again.
 */
async function changeTo(
  deps: UseCaseDeps,
  id: string,
  revision: number,
  change: JobChange,
  actor: Actor,
): Promise<StoredJob> {
  for (;;) {
    const before = await getJob(deps.db, id);
    // Nothing is renamed at LINE for a form that is out of date.
    if (before.revision !== revision) throw changedMeanwhile();
    try {
      return await saveChange(deps, before, change, actor);
    } catch (error) {
      // At most once: only an edit takes an audience away, and that has another revision.
      if (!(error instanceof AudienceMade)) throw error;
    }
  }
}

/** @throws {AudienceMade} */
async function saveChange(
  deps: UseCaseDeps,
  before: StoredJob,
  { another_audience = false, ...change }: JobChange,
  actor: Actor,
): Promise<StoredJob> {
  const { id, revision } = before;
  const configuration = change.configuration ?? before.configuration;
  const input = {
    authorization_id: change.authorization_id ?? before.authorizationId,
    source_authorization_id:
      change.source_authorization_id === undefined
        ? before.sourceAuthorizationId
        : change.source_authorization_id,
    configuration,
  };
  const audience = audienceAfter(before, configuration, another_audience);
  if (another_audience) assertMakesAudience(configuration);
  if (
    change.configuration ||
    another_audience ||
    change.authorization_id ||
    change.source_authorization_id !== undefined
  ) {
    assertNone(
      await problemsOf(deps, { input, existing: { before, audience } }, AbortSignal.timeout(CHECK_MS)),
    );
  }
  const account = { authorization_id: input.authorization_id, adaccount_id: configuration.adaccount_id };
  const renamed = audience.kind === 'renamed' ? await renameAudience(deps, account, audience) : null;
  try {
    return await transaction(deps.db, async (tx) => {
      if (change.configuration || change.source_authorization_id !== undefined) {
        await claimUpload(tx, input, deps.now());
      }
      const locked = await lockJob(tx, id);
      const last = await lastRun(tx, id);
      if (locked.revision !== revision) throw changedMeanwhile();
      if (locked.audienceId !== before.audienceId) throw new AudienceMade();
      if (last?.status === 'running' && asksToMakeAnother(locked, configuration)) throw beingMade(locked);
      const saved = await changeJob(
        tx,
        id,
        revision,
        { ...change, audience_id: audience.id },
        actor,
        deps.now(),
      );
      if (saved.audienceId !== before.audienceId) await claimAudience(tx, saved.audienceId, id);
      // A run of the old wish must not go on after the new one was saved.
      if (last && !isSameWish(before, saved, audience)) await forbidContinuing(tx, last.id);
      const job = await act(within(deps.jobs, tx, actor), id, {
        type: 'edit',
        before: scheduleOf(before.configuration),
      });
      const detail = {
        name: saved.name,
        changes: changesBetween(asSaved(before), change),
        ...(audience.kind === 'another' && { left_audience: audience.left }),
      };
      await recordAudit(tx, actor, audit('change', id, detail), deps.now());
      if (renamed) await auditRename(tx, actor, account, renamed, deps.now());
      return job;
    });
  } catch (error) {
    // Somebody who saved first may have renamed it, too: theirs is the name that stays.
    if (renamed) await renamed.undo(await nameSavedSince(deps, before));
    throw error;
  }
}

/** A stored job with the keys of a change. */
const asSaved = (job: StoredJob) => ({
  name: job.name,
  description: job.description,
  tags: job.tags,
  authorization_id: job.authorizationId,
  source_authorization_id: job.sourceAuthorizationId,
  configuration: job.configuration,
});

async function nameSavedSince({ db }: UseCaseDeps, before: StoredJob): Promise<string | null> {
  // Deleted meanwhile: then there is no name that could stay.
  const now = await getJob(db, before.id).catch(() => before);
  const isOthers = now.revision !== before.revision && now.audienceId === before.audienceId;
  return isOthers ? now.configuration.audience_name : null;
}

/** @throws {LineupError} `invalid_argument` for an audience that is there already */
function assertMakesAudience({ audience_id }: StoredJob['configuration']): void {
  if (audience_id === null) return;
  throw wrongValue(
    'another_audience',
    sentence`Enter the name of the audience to create, in place of the id of an existing one.`,
  );
}

/** While its first run makes the audience, another name would lead to a second one. */
const asksToMakeAnother = (
  { audienceId, configuration: now }: StoredJob,
  wanted: StoredJob['configuration'],
): boolean => audienceId === null && !namesTheSame(now, wanted);

const beingMade = ({ configuration }: StoredJob): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`The first run makes the audience "${configuration.audience_name ?? ''}" at LINE right now. Change it when that run has ended, or stop the run first.`,
    { retryable: true },
  );

const isSameWish = (before: StoredJob, after: StoredJob, audience: AudienceAfter): boolean => {
  const isSameAudience =
    audience.id === null
      ? audience.kind === 'kept' && before.configuration.audience_name === after.configuration.audience_name
      : audience.id === before.audienceId;
  return (
    isSameAudience &&
    before.sourceAuthorizationId === after.sourceAuthorizationId &&
    asksForTheSame(before.configuration, after.configuration)
  );
};
