import { audienceAfter } from '../../contracts/job-audience.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobChange } from '../../contracts/jobs.ts';
import { changedMeanwhile, wrongValue } from '../../contracts/localized.ts';
import type { Actor } from '../../contracts/people.ts';
import { sentence } from '../../contracts/sentence.ts';
import { within } from '../../jobs/context.ts';
import { AudienceMadeMeanwhile, edit } from '../../jobs/edit.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { auditEntries, changesBetween } from '../audit-entries.ts';
import type { UseCaseDeps } from '../deps.ts';
import { claimUpload } from '../uploads/of-job.ts';
import { auditRename, renameAudience } from './rename.ts';
import { assertValid } from './validate.ts';

const audit = auditEntries('job');

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
  const { id } = before;
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
      const context = within(deps.jobs, deps.jobs.store.within(tx), actor);
      const job = await edit(context, { before, change, audience });
      const detail = {
        name: job.name,
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
