/** Edits a job: detects concurrent changes, validates with LINE and the source, and renames the audience. */
import type { AdAccountRef } from '../../contracts/custom-audiences.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobChange } from '../../contracts/jobs.ts';
import { findAudience, renameTo } from '../../destinations/audience.ts';
import type { Destination } from '../../destinations/destination.ts';
import { siblingText } from '../../domain/audiences/sibling-names.ts';
import { ownerOf } from '../../domain/destinations/index.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { type DeliveryAfter, deliveriesAfter, deliveriesOfJob, leftBySiblings } from '../../domain/jobs/audiences.ts';
import type { JobConfiguration } from '../../domain/jobs/configuration.ts';
import { type LetIn, letInByJob } from '../../domain/jobs/let-in.ts';
import type { Actor } from '../../domain/people/people.ts';
import { changedMeanwhile, fieldError, wrongValue, wrongValues } from '../../domain/text/localized.ts';
import { joinSentences, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import { within } from '../../jobs/context.ts';
import { AudienceMadeMeanwhileError, edit } from '../../jobs/edit.ts';
import { changeParts } from '../../jobs/parts/change.ts';
import { type Db, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { auditEntries, changesBetween } from '../audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';
import { destinationWith, interactive } from '../destinations.ts';
import { assertConfirmed, letInDetail } from '../let-in.ts';
import { letInByParts } from '../split/let-in.ts';
import { claimLists } from '../suppression-lists/of-job.ts';
import { claimUpload } from '../uploads/of-job.ts';
import type { Validated } from './audience-problems.ts';
import { leftOutOf } from './left-out.ts';
import { claimTrigger } from './triggers/index.ts';
import { assertValid, problemsOf } from './validate.ts';

const audit = auditEntries('job');
const auditAudience = auditEntries('custom_audience');

interface WantedChange {
  readonly id: string;
  readonly revision: number;
  readonly change: JobChange;
  readonly actor: Actor;
  /** How many people come in, as the editor saw it. */
  readonly letIn: number | undefined;
}

/**
 * Saves an edit of the revision that the editor saw. When a run stores the new audience meanwhile, this is no conflict:
 * the edit is validated again.
 */
export async function changeTo(deps: UseCaseDeps, wanted: WantedChange): Promise<StoredJob> {
  for (;;) {
    const before = await getJob(deps.db, wanted.id);
    // Checked first, so an edit that is out of date renames nothing at LINE.
    if (before.revision !== wanted.revision) throw changedMeanwhile();
    try {
      return await saveChange(deps, before, wanted);
    } catch (error) {
      // Repeats at most once for each audience: only another edit removes one, and that changes the revision.
      if (!(error instanceof AudienceMadeMeanwhileError)) throw error;
    }
  }
}

/** @throws {AudienceMadeMeanwhileError} */
async function saveChange(
  deps: UseCaseDeps,
  before: StoredJob,
  { change: { another_audience = false, ...change }, actor, letIn }: WantedChange,
): Promise<StoredJob> {
  const { id } = before;
  const configuration = change.configuration ?? before.configuration;
  const input = {
    type: before.type,
    authorization_id: change.authorization_id ?? before.authorizationId,
    source_authorization_id:
      change.source_authorization_id === undefined ? before.sourceAuthorizationId : change.source_authorization_id,
    configuration,
  };
  const deliveries = deliveriesAfter(before, configuration, another_audience);
  const makesNone = another_audience ? makesNoAudience(deliveries) : [];
  if (makesNone.length > 0) throw wrongValues(makesNone);
  const isChecked =
    change.configuration || another_audience || change.authorization_id || change.source_authorization_id !== undefined;
  const { inSource, counted } = isChecked
    ? await assertValid(deps, { input, existing: { before, deliveries }, savedBy: actor })
    : { inSource: null, counted: undefined };
  // Before anything changes at LINE.
  const wanted = { configuration, deliveries };
  await confirmedLetIn(deps.db, before, wanted, letIn);
  const account = { authorization_id: input.authorization_id, adaccount_id: configuration.adaccount_id };
  const renamed = await renameAudiences(deps, account, before, deliveries);
  try {
    return await transaction(deps.db, async (tx) => {
      if (change.configuration || change.source_authorization_id !== undefined) {
        // A part gets its files from the scans.
        if (!before.part) await claimUpload(tx, input, deps.now());
        await claimLists(tx, input);
        await claimTrigger(tx, input, id);
      }
      const context = within(deps.jobs, deps.jobs.store.within(tx), actor);
      const job = await edit(context, { before, change, deliveries, inSource });
      if (job.configuration.split) await changeParts(context, before, job);
      const detail = {
        name: job.name,
        changes: changesBetween(shown(asSaved(before)), shown(change)),
        ...leftAudiences(before, deliveries),
        ...letInDetail(await confirmedLetIn(tx, before, wanted, letIn)),
      };
      await recordAudit(tx, actor, audit('change', id, detail), deps.now());
      for (const { id, from, to } of renamed) {
        const entry = auditAudience('rename', id, { adaccount_id: account.adaccount_id, from, to });
        await recordAudit(tx, actor, entry, deps.now());
      }
      await counted?.giveBack(tx);
      return job;
    });
  } catch (error) {
    if (renamed.length > 0) await undoAll(renamed, await namesSavedSince(deps, before));
    throw error;
  }
}

/** What is wrong with an edit, each problem at its key. Nothing is changed. @throws {LineupError} as `problemsOf` */
export async function problemsOfChange(
  deps: UseCaseDeps,
  job: Validated & { readonly existing: NonNullable<Validated['existing']> },
  another: boolean,
  signal: AbortSignal,
): Promise<FieldError[]> {
  return [...(another ? makesNoAudience(job.existing.deliveries) : []), ...(await problemsOf(deps, job, signal))];
}

/** @returns what the change does, and a person has confirmed @throws {LineupError} `action_not_allowed` */
async function confirmedLetIn(
  db: Db,
  before: StoredJob,
  wanted: { readonly configuration: JobConfiguration; readonly deliveries: readonly DeliveryAfter[] },
  confirmed: number | undefined,
): Promise<LetIn | undefined> {
  const { id, configuration } = before;
  const leftOut = (await leftOutOf(db, [id])).get(id) ?? null;
  const found = configuration.split
    ? await letInByParts(db, before, wanted.configuration)
    : letInByJob(leftOut, configuration, wanted.configuration, wanted.deliveries);
  assertConfirmed(found, confirmed);
  return found;
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

/** A change with its further identifiers as short texts, for the audit log. */
const shown = ({ configuration, ...change }: Pick<JobChange, 'configuration'>) => ({
  ...change,
  ...(configuration && {
    configuration: { ...configuration, siblings: configuration.siblings.map(siblingText) },
  }),
});

/** The audiences that the job leaves as they are, for the audit log. */
function leftAudiences(before: StoredJob, deliveries: readonly DeliveryAfter[]) {
  const first = deliveries[0]?.audience;
  const others = leftBySiblings(before, deliveries);
  return {
    ...(first?.kind === 'another' && { left_audience: first.left }),
    ...(others.length > 0 && { left_sibling_audiences: others }),
  };
}

/** The names by audience that a concurrent edit has saved. They stay. */
async function namesSavedSince({ db }: UseCaseDeps, before: StoredJob): Promise<Names> {
  // If the job was deleted meanwhile, there are no such names.
  const now = await getJob(db, before.id).catch(() => before);
  if (now.revision === before.revision) return new Map();
  return new Map(
    deliveriesOfJob(now).map(({ audienceId, configuration }) => [audienceId, configuration.audience_name]),
  );
}

/** The problem of an edit that asks for another audience, when all are existing ones. */
function makesNoAudience(deliveries: readonly DeliveryAfter[]): FieldError[] {
  if (deliveries.some(({ wanted }) => wanted.audience_id === null)) return [];
  const problem = sentence`Enter the name of the audience to create instead of the ID of an existing one.`;
  return [fieldError('another_audience', problem)];
}

type Names = ReadonlyMap<string | null, string | null>;

interface Renamed {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Restores the name: the one that a concurrent edit saved, else the old one. Never fails. */
  undo(name: string | null): Promise<void>;
}

/**
 * Renames audiences at LINE before their job is saved: if LINE refuses a name, nothing is saved. If saving fails
 * afterwards, the old names are restored. If that fails too, the job still has its audiences, because it stores their
 * ids.
 * @returns without those that already have their names
 * @throws {LineupError} `invalid_argument` when LINE refuses a name; `line_*` when LINE does not answer
 */
async function renameAudiences(
  deps: UseCaseDeps,
  account: AdAccountRef,
  job: StoredJob,
  deliveries: readonly DeliveryAfter[],
): Promise<Renamed[]> {
  const done: Renamed[] = [];
  try {
    for (const { path, audience } of deliveries) {
      if (audience.kind !== 'renamed') continue;
      const renamed = await renameAudience(deps, account, { ...audience, path });
      if (renamed) done.push(renamed);
    }
    return done;
  } catch (error) {
    await undoAll(done, await namesSavedSince(deps, job));
    throw error;
  }
}

/** In the opposite order. @param names of a concurrent edit, by audience */
async function undoAll(renamed: readonly Renamed[], names: Names): Promise<void> {
  for (const { id, undo } of renamed.toReversed()) await undo(names.get(id) ?? null);
}

/** @returns null when the audience already has the name */
async function renameAudience(
  { destinations, log }: UseCaseDeps,
  account: AdAccountRef,
  { id, name, path }: { readonly id: string; readonly name: string; readonly path: string },
): Promise<Renamed | null> {
  const destination = await destinationWith(destinations, account.authorization_id, interactive);
  const before = await findAudience(destination, account.adaccount_id, id);
  if (!before || before.name === name) return null;
  await rename(destination, account.adaccount_id, { id, name, path });
  return {
    id,
    from: before.name,
    to: name,
    undo: async (ofJob) => {
      const back = ofJob ?? before.name;
      // The editor must see the error of saving, so this one is only logged.
      const keep = (error: unknown) => log.record('audience.rename_kept', { audience_id: id, err: error });
      await destination
        .rename(account.adaccount_id, id, back)
        .then((renamed) => renamed.outcome === 'taken' || keep(renamed.why), keep);
    },
  };
}

async function rename(
  destination: Destination,
  account: string,
  { id, name, path }: { readonly id: string; readonly name: string; readonly path: string },
): Promise<void> {
  const renamed = await renameTo(destination, account, id, name);
  if (renamed.outcome === 'taken') return;
  if (renamed.means === undefined) throw renamed.why;
  const owner = ownerOf(destination.traits);
  throw wrongValue(
    `${path}.audience_name`,
    joinSentences(sentence`${owner} did not rename the audience, so nothing was saved.`, sentenceOf(renamed.why)),
  );
}
