/**
 * Saves an edit of a job. The values are validated before (src/use-cases/jobs/change.ts). Here it is checked again,
 * under locks, what another edit, another job or a run may have changed meanwhile.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredJob, StoredRun, WantedAudience } from '../contracts/job-store.ts';
import type { JobChange } from '../contracts/jobs.ts';
import { destinationOfJob, ownerOf } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { fileOptionsKey } from '../domain/files/file-options.ts';
import {
  type Delivery,
  type DeliveryAfter,
  deliveriesOfJob,
  type JobDelivery,
  requestsSameAudience,
} from '../domain/jobs/audiences.ts';
import type { JobConfiguration } from '../domain/jobs/configuration.ts';
import { changedMeanwhile } from '../domain/text/localized.ts';
import { type Sentence, sentence } from '../domain/text/sentence.ts';
import { type ActContext, act } from './act.ts';
import { claimAudiences } from './claim-audience.ts';
import { assertReadable } from './readable.ts';
import { timingOf } from './timing.ts';

/** A run has created an audience while an edit was being validated. */
export class AudienceMadeMeanwhileError extends Error {}

export interface Edit {
  /** The job that the editor saw. */
  readonly before: StoredJob;
  readonly change: Omit<JobChange, 'another_audience'>;
  /** What happens to its audiences. */
  readonly deliveries: readonly DeliveryAfter[];
  /** What its trigger sees in its source, if it looks there. @default nothing */
  readonly inSource?: string | null;
}

/**
 * @returns the job with its new state
 * @throws {LineupError} `changed_meanwhile`, `not_found`, `data_newer`; `action_not_allowed` while the first run
 * creates another audience; `invalid_argument` when another job fills an audience
 * @throws {AudienceMadeMeanwhileError}
 */
export async function edit(
  context: ActContext,
  { before, change, deliveries, inSource = null }: Edit,
): Promise<StoredJob> {
  const { tx, actor, now } = context;
  const { id, revision } = before;
  const locked = await tx.lockJob(id);
  const last = await tx.lastRun(id);
  if (locked.revision !== revision) throw changedMeanwhile();
  const present = idsOf(locked);
  if (!isDeepStrictEqual(present, idsOf(before))) throw new AudienceMadeMeanwhileError();
  for (const { before: was, wanted, audience } of deliveries) {
    if (!was || !wouldMakeAnother(was, wanted)) continue;
    if (last && mayBeMaking(last)) throw beingMade(before, was.configuration);
    const runId = audience.id === null && (await tx.unansweredCreation(wantedAudience(id, was.configuration)));
    if (runId) throw perhapsMade(before, was.configuration, runId);
  }
  const [audience_id = null, ...sibling_audience_ids] = deliveries.map(({ audience }) => audience.id);
  const saved = await tx.changeJob(id, revision, { ...change, audience_id, sibling_audience_ids }, actor, now);
  // An edit may repair a damaged job. What a newer version has stored stays, and this version cannot judge it.
  assertReadable(saved);
  await claimAudiences(
    tx,
    deliveries.filter(({ audience }) => !present.includes(audience.id)),
    id,
  );
  // A run of the old configuration must not continue after the new one is saved.
  if (last && !requestsSameExport(before, saved, deliveries)) await tx.forbidContinuing(last.id);
  return act(context, id, { type: 'edit', before: timingOf(before), inSource });
}

const idsOf = (job: StoredJob): (string | null)[] => deliveriesOfJob(job).map(({ audienceId }) => audienceId);

/** A run that waits to go on may have sent its first chunk, and lost the answer. */
const mayBeMaking = ({ status, atLine }: StoredRun): boolean =>
  status === 'running' || (status === 'queued' && atLine === 'part');

/** While the first run creates the audience, another name would create a second one. */
const wouldMakeAnother = ({ audienceId, configuration: now }: JobDelivery, wanted: Delivery): boolean =>
  audienceId === null && !now.shares && !requestsSameAudience(now, wanted);

const ownerOfJob = ({ type }: StoredJob): Sentence => ownerOf(destinationOfJob(type));

function beingMade(job: StoredJob, { audience_name }: Delivery): LineupError {
  const owner = ownerOfJob(job);
  return new LineupError(
    'action_not_allowed',
    sentence`The first run is creating the audience "${audience_name ?? ''}" at ${owner} now. Change the audience after the run, or stop the run first.`,
    { retryable: true },
  );
}

/** The audience that the next run of the job creates for a delivery, if it has none yet. */
export const wantedAudience = (jobId: string, { adaccount_id, audience_name }: Delivery): WantedAudience => ({
  jobId,
  adAccountId: adaccount_id,
  audienceName: audience_name ?? '',
});

function perhapsMade(job: StoredJob, { audience_name }: Delivery, runId: string): LineupError {
  const owner = ownerOfJob(job);
  return new LineupError(
    'action_not_allowed',
    sentence`${owner} did not answer run ${runId}, so it may have the audience "${audience_name ?? ''}". If ${owner} has this audience, choose it. If not, continue the run or start a new one, then change the audience.`,
  );
}

function requestsSameExport(before: StoredJob, after: StoredJob, deliveries: readonly DeliveryAfter[]): boolean {
  const was = deliveriesOfJob(before);
  const hasSameAudiences = deliveries.every(({ wanted, audience }, n) =>
    audience.id === null
      ? ['kept', 'shared'].includes(audience.kind) && was[n]?.configuration.audience_name === wanted.audience_name
      : audience.id === was[n]?.audienceId,
  );
  return (
    hasSameAudiences &&
    before.sourceAuthorizationId === after.sourceAuthorizationId &&
    sendsTheSame(before.configuration, after.configuration)
  );
}

/**
 * Whether two configurations send the same lines to the same ad account, so that a run of one may complete for the
 * other.
 */
export function sendsTheSame(a: JobConfiguration, b: JobConfiguration): boolean {
  return (
    a.segment_id === b.segment_id &&
    a.adaccount_id === b.adaccount_id &&
    a.split?.column === b.split?.column &&
    a.siblings.length === b.siblings.length &&
    sendsTheSameIdentifier(a, b) &&
    a.siblings.every((sibling, n) => sendsTheSameIdentifier(sibling, b.siblings[n]!)) &&
    isDeepStrictEqual(a.hold_out, b.hold_out) &&
    // A database cannot hash some values, and a run must not read values in clear after this was turned on.
    a.hash_in_database === b.hash_in_database &&
    fileOptionsKey(a.file_options) === fileOptionsKey(b.file_options) &&
    a.suppression_lists.toSorted().join() === b.suppression_lists.toSorted().join()
  );
}

type Identifier = Omit<Delivery, 'adaccount_id'>;

const sendsTheSameIdentifier = (a: Identifier, b: Identifier): boolean =>
  (['identifier_type', 'id_field', 'default_country', 'ifa_format', 'ifa_kind'] as const).every(
    (key) => a[key] === b[key],
  ) && Boolean(a.shares) === Boolean(b.shares);
