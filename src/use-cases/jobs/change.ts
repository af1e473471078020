/** Edits a job: detects concurrent changes, validates with LINE and the source, and renames the audience. */
import { LineupError } from '../../contracts/errors.ts';
import { type AudienceAfter, audienceAfter, requestsSameAudience } from '../../contracts/job-audience.ts';
import { scheduleOf } from '../../contracts/job-configuration.ts';
import type { JobChange } from '../../contracts/jobs.ts';
import { wrongValue } from '../../contracts/localized.ts';
import type { Actor } from '../../contracts/people.ts';
import { sentence } from '../../contracts/sentence.ts';
import { act } from '../../jobs/act.ts';
import { sendsTheSame, within } from '../../jobs/context.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { changeJob, getJob, lockJob, type StoredJob } from '../../store/repositories/jobs.ts';
import { forbidContinuing } from '../../store/repositories/recovery.ts';
import { changedMeanwhile } from '../../store/repositories/repository-errors.ts';
import { lastRun } from '../../store/repositories/runs.ts';
import { auditEntries, changesBetween } from '../audit-entries.ts';
import type { UseCaseDeps } from '../deps.ts';
import { claimUpload } from '../uploads/of-job.ts';
import { auditRename, renameAudience } from './rename.ts';
import { assertValid, claimAudience } from './validate.ts';

const audit = auditEntries('job');

/** The first run has created the audience while an edit was being validated. */
class AudienceMadeMeanwhile extends Error {}

/**
 * Saves an edit of the revision that the editor saw. When a run stores the new audience meanwhile, this is no conflict: the edit is
 * validated again.
 */
export async function changeTo(
  deps: UseCaseDeps,
  id: string,
  revision: number,
  change: JobChange,
  actor: Actor,
): Promise<StoredJob> {
  for (;;) {
    const before = await getJob(deps.db, id);
    // Checked first, so an edit that is out of date renames nothing at LINE.
    if (before.revision !== revision) throw changedMeanwhile();
    try {
      return await saveChange(deps, before, change, actor);
    } catch (error) {
      // Repeats at most once: only another edit removes an audience, and that changes the revision.
      if (!(error instanceof AudienceMadeMeanwhile)) throw error;
    }
  }
}

/** @throws {AudienceMadeMeanwhile} */
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
    await assertValid(deps, { input, existing: { before, audience } });
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
      if (locked.audienceId !== before.audienceId) throw new AudienceMadeMeanwhile();
      if (last?.status === 'running' && wouldMakeAnother(locked, configuration)) throw beingMade(locked);
      const saved = await changeJob(
        tx,
        id,
        revision,
        { ...change, audience_id: audience.id },
        actor,
        deps.now(),
      );
      if (saved.audienceId !== before.audienceId) await claimAudience(tx, saved.audienceId, id);
      // A run of the old configuration must not continue after the new one is saved.
      if (last && !requestsSameExport(before, saved, audience)) await forbidContinuing(tx, last.id);
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
    // A concurrent edit may have renamed the audience too. Its name stays.
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
  // If the job was deleted meanwhile, there is no such name.
  const now = await getJob(db, before.id).catch(() => before);
  const isOthers = now.revision !== before.revision && now.audienceId === before.audienceId;
  return isOthers ? now.configuration.audience_name : null;
}

/** @throws {LineupError} `invalid_argument` for an existing audience */
function assertMakesAudience({ audience_id }: StoredJob['configuration']): void {
  if (audience_id === null) return;
  throw wrongValue(
    'another_audience',
    sentence`Enter the name of the audience to create, in place of the id of an existing one.`,
  );
}

/** While the first run creates the audience, another name would create a second one. */
const wouldMakeAnother = (
  { audienceId, configuration: now }: StoredJob,
  wanted: StoredJob['configuration'],
): boolean => audienceId === null && !requestsSameAudience(now, wanted);

const beingMade = ({ configuration }: StoredJob): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`The first run makes the audience "${configuration.audience_name ?? ''}" at LINE right now. Change it when that run has ended, or stop the run first.`,
    { retryable: true },
  );

const requestsSameExport = (before: StoredJob, after: StoredJob, audience: AudienceAfter): boolean => {
  const isSameAudience =
    audience.id === null
      ? audience.kind === 'kept' && before.configuration.audience_name === after.configuration.audience_name
      : audience.id === before.audienceId;
  return (
    isSameAudience &&
    before.sourceAuthorizationId === after.sourceAuthorizationId &&
    sendsTheSame(before.configuration, after.configuration)
  );
};
