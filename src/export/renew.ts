/**
 * An audience that ends is renewed before: the run fills a successor with the same name and a number. The journal has
 * that before anything is sent, so a process that continues the run fills the same one. A later run goes on with a
 * successor that an earlier one has begun.
 */
import { checkAudience, findAudience } from '../destinations/audience.ts';
import type { Audience, Destination } from '../destinations/destination.ts';
import { endOf, isDue } from '../domain/audiences/renewal.ts';
import { renewedText } from '../domain/audiences/renewal-text.ts';
import { successorName, successorsBeginWith } from '../domain/audiences/successor-name.ts';
import { ownerOf, takesType } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RequestedRenewal, RunWarning } from '../domain/runs/run.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { asSentence, localized, sentence } from '../domain/text/sentence.ts';
import { type ExportContext, timestamp } from './context.ts';
import { settleNamed } from './settle.ts';

/** Decides which audiences of a run it renews, before anything is sent to them. */
export async function renewDue(deliveries: readonly ExportContext[], destination: Destination): Promise<void> {
  for (const delivery of deliveries) {
    const names = deliveries.flatMap(({ journal }) => journal.state.audienceName ?? []);
    await renewIfDue(delivery, destination, names);
  }
}

/** @param names of the audiences that the run creates */
async function renewIfDue(context: ExportContext, destination: Destination, names: readonly string[]): Promise<void> {
  const { journal, history, clock, signal } = context;
  const { request, audienceId, renews, lastWriteAt, runId, delivery } = journal.state;
  const { renewal, adAccountId } = request;
  if (!renewal || audienceId === null || renews || lastWriteAt !== null) return;
  const audience = await findAudience(destination, adAccountId, audienceId, signal);
  if (audience && isOfAnother(audience, destination, journal.state)) return;
  const endsAt = (audience && endOfAudience(destination, audience)) ?? renewal.endsAt;
  if (audience && endsAt !== renewal.endsAt) await noteLife(context, audience, endsAt);
  const { successor } = renewal;
  const isBegun = successor !== undefined && (successor.audienceId !== null || successor.asked === true);
  const seen = { endsAt, hasEnded: audience?.hasEnded === true, isGone: audience === undefined };
  if (!isDue(seen, { ...renewal, isBegun }, clock.now())) return;
  const found = await earlierSuccessor(context, destination, successor);
  const [members = null] = await history.sizesBefore(runId, 1, delivery);
  await journal.append({
    type: 'renewed',
    at: timestamp(clock),
    from: { audienceId, audienceName: audience?.name ?? renewal.base, endsAt },
    audienceId: found?.id ?? null,
    audienceName:
      found?.name ?? (await newName(context, destination, renewal.base ?? audience?.name ?? audienceId, names)),
    members,
  });
}

/** What cannot be filled for another reason than its age is no case for a renewal: the check of the run says why. */
const isOfAnother = (audience: Audience, { traits }: Destination, { request }: RunState): boolean =>
  (audience.unusable !== null && audience.hasEnded !== true) || !takesType(traits, audience, request.identifierType);

const endOfAudience = ({ traits }: Destination, { endsAt, created }: Audience): string | null =>
  endsAt ?? endOf(traits, created);

/** Journals when an audience ends. It may be told before that end is near. */
export async function noteLife(
  { journal, clock }: ExportContext,
  { id, name }: Audience,
  endsAt: string | null,
): Promise<void> {
  if (endsAt === null) return;
  await journal.append({ type: 'life', at: timestamp(clock), audienceId: id, audienceName: name, endsAt });
}

/** The same after a run has created its audience. */
export async function noteLifeOfNew(
  context: ExportContext,
  destination: Destination,
  audience: Audience,
): Promise<void> {
  const { created, renews } = context.journal.state;
  if (created || renews) await noteLife(context, audience, endOfAudience(destination, audience));
}

/** The successor that an earlier run has created, if it takes uploads. */
async function earlierSuccessor(
  context: ExportContext,
  destination: Destination,
  successor: RequestedRenewal['successor'],
): Promise<Audience | undefined> {
  const { journal, signal } = context;
  const { adAccountId } = journal.state.request;
  if (!successor) return undefined;
  const { audienceId, name } = successor;
  if (audienceId === null && !successor.asked) return undefined;
  const id = audienceId ?? (await settleNamed(context, destination, name))?.audienceId ?? null;
  const found = id === null ? undefined : await findAudience(destination, adAccountId, id, signal);
  return found && found.unusable === null && !isOfAnother(found, destination, journal.state) ? found : undefined;
}

/** A name that no audience has. */
async function newName(
  { journal, signal }: ExportContext,
  destination: Destination,
  name: string,
  ofOthers: readonly string[],
): Promise<string> {
  const { maxLength } = destination.traits.name;
  const { adAccountId, renewal } = journal.state.request;
  const taken = [...ofOthers];
  for (let page = 1, hasNext = true; hasNext; page += 1) {
    const asked = { page, size: 40, search: successorsBeginWith(name, maxLength) };
    const found = await destination.page(adAccountId, asked, signal);
    taken.push(...found.items.map((audience) => audience.name));
    hasNext = found.hasNext && found.items.length > 0;
  }
  // An earlier run has chosen it, and the job's log may name it.
  const before = renewal?.successor?.name;
  const isFree = before !== undefined && !taken.some((other) => other.toLowerCase() === before.toLowerCase());
  return isFree ? before : successorName(name, taken, maxLength);
}

/**
 * Checks that the account has room for the audiences that the run is to create.
 * @throws {LineupError} `too_many_audiences`
 */
export async function assertRoom(deliveries: readonly ExportContext[], destination: Destination): Promise<void> {
  const { audiences: most } = destination.traits.limits;
  const wanted = deliveries.filter(({ journal: { state } }) => state.audienceId === null && isFirstToFill(state));
  const [first] = wanted;
  if (!first || most === undefined || !destination.count) return;
  const count = await destination.count(first.journal.state.request.adAccountId, first.signal);
  if (count + wanted.length <= most) return;
  const { label } = destination.traits;
  const owner = ownerOf(destination.traits);
  throw new LineupError(
    'too_many_audiences',
    sentence`${asSentence(label)} has ${count} audiences of ${most} that ${owner} allows, and this run would create ${wanted.length}. Nothing was sent. Delete audiences that no campaign uses, then run the job again.`,
  );
}

/** One that shares its audience is none more. */
const isFirstToFill = ({ delivery, jobsOfOthers }: RunState): boolean => delivery === 1 || jobsOfOthers === undefined;

/** What a person must know of a renewal. */
export const renewalWarning = (state: RunState): RunWarning[] =>
  renewedText(state).map((text) => ({ code: 'audience_renewed', count: 1, ...localized(text) }));

/** Checks the audience that a delivery fills now: it may be a successor, which the request does not name. */
export const checkPresent = (delivery: ExportContext, destination: Destination): Promise<Audience | undefined> => {
  const { request, audienceId, audienceName } = delivery.journal.state;
  return checkAudience(destination, { ...request, audienceName }, audienceId, delivery.signal);
};
