/**
 * Saves an edit of a job. The values are validated before (src/use-cases/jobs/change.ts). Here it is checked again, under locks,
 * what another edit, another job or a run may have changed meanwhile.
 */
import { isDeepStrictEqual } from 'node:util';
import { LineupError } from '../contracts/errors.ts';
import {
  type AudienceAfter,
  type JobConfiguration,
  requestsSameAudience,
} from '../contracts/job-configuration.ts';
import type { StoredJob, StoredRun, WantedAudience } from '../contracts/job-store.ts';
import type { JobChange } from '../contracts/jobs.ts';
import { changedMeanwhile } from '../contracts/localized.ts';
import { scheduleOf } from '../contracts/schedule-of.ts';
import { sentence } from '../contracts/sentence.ts';
import { fileOptionsKey } from '../contracts/sources.ts';
import { type ActContext, act } from './act.ts';
import { claimAudience } from './claim-audience.ts';

/** The first run has created the audience while an edit was being validated. */
export class AudienceMadeMeanwhile extends Error {}

export interface Edit {
  /** The job that the editor saw. */
  readonly before: StoredJob;
  readonly change: Omit<JobChange, 'another_audience'>;
  /** What happens to the audience. */
  readonly audience: AudienceAfter;
}

/**
 * @returns the job with its new state
 * @throws {LineupError} `changed_meanwhile`, `not_found`; `action_not_allowed` while the first run creates another audience;
 * `invalid_argument` when another job fills the audience
 * @throws {AudienceMadeMeanwhile}
 */
export async function edit(context: ActContext, { before, change, audience }: Edit): Promise<StoredJob> {
  const { tx, actor, now } = context;
  const { id, revision } = before;
  const configuration = change.configuration ?? before.configuration;
  const locked = await tx.lockJob(id);
  const last = await tx.lastRun(id);
  if (locked.revision !== revision) throw changedMeanwhile();
  if (locked.audienceId !== before.audienceId) throw new AudienceMadeMeanwhile();
  if (wouldMakeAnother(locked, configuration)) {
    if (last && mayBeMaking(last)) throw beingMade(locked);
    const runId = audience.id === null && (await tx.unansweredCreation(wantedAudience(locked)));
    if (runId) throw perhapsMade(locked, runId);
  }
  const saved = await tx.changeJob(
    id,
    revision,
    { ...change, audience_id: audience.id, sibling_audience_ids: before.siblingAudienceIds },
    actor,
    now,
  );
  if (saved.audienceId !== before.audienceId) await claimAudience(tx, saved.audienceId, id);
  // A run of the old configuration must not continue after the new one is saved.
  if (last && !requestsSameExport(before, saved, audience)) await tx.forbidContinuing(last.id);
  return act(context, id, { type: 'edit', before: scheduleOf(before.configuration) });
}

/** A run that waits to go on may have sent its first chunk, and lost the answer. */
const mayBeMaking = ({ status, atLine }: StoredRun): boolean =>
  status === 'running' || (status === 'queued' && atLine === 'part');

/** While the first run creates the audience, another name would create a second one. */
const wouldMakeAnother = ({ audienceId, configuration: now }: StoredJob, wanted: JobConfiguration): boolean =>
  audienceId === null && !requestsSameAudience(now, wanted);

const beingMade = ({ configuration }: StoredJob): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`The first run is creating the audience "${configuration.audience_name ?? ''}" at LINE now. Change the audience after the run, or stop the run first.`,
    { retryable: true },
  );

/** The audience that the next run of the job creates, if it has none yet. */
export const wantedAudience = ({ id, configuration }: StoredJob): WantedAudience => ({
  jobId: id,
  adAccountId: configuration.adaccount_id,
  audienceName: configuration.audience_name ?? '',
});

const perhapsMade = ({ configuration }: StoredJob, runId: string): LineupError =>
  new LineupError(
    'action_not_allowed',
    sentence`LINE did not answer run ${runId}, so it may have the audience "${configuration.audience_name ?? ''}". If LINE has this audience, choose it. If not, continue the run or start a new one, then change the audience.`,
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

/**
 * Whether two configurations send the same lines to the same ad account, so that a run of one may complete for the
 * other.
 */
export function sendsTheSame(a: JobConfiguration, b: JobConfiguration): boolean {
  const keys = [
    'segment_id',
    'adaccount_id',
    'identifier_type',
    'id_field',
    'default_country',
    'ifa_format',
  ] as const;
  return (
    keys.every((key) => a[key] === b[key]) &&
    isDeepStrictEqual(a.hold_out, b.hold_out) &&
    fileOptionsKey(a.file_options) === fileOptionsKey(b.file_options) &&
    a.suppression_lists.toSorted().join() === b.suppression_lists.toSorted().join()
  );
}
