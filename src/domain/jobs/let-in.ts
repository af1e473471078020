/**
 * Changes that let people back into a live audience who were kept out of it: who comes in, and what a person must have
 * seen.
 *
 * Editors change jobs, and see in tens how many were left out. So all numbers of a job are derived from numbers in
 * tens: whoever tries many shares or confirmations learns nothing else. Only administrators change lists, so those
 * numbers are exact.
 */
import { z } from 'zod';
import type { HoldOut } from '../audiences/hold-out.ts';
import type { IdentifierType } from '../audiences/requests.ts';
import type { ListAppliesTo, ListFields, UseOfList } from '../audiences/suppression-lists.ts';
import { joinSentences, type Sentence, sentence, share } from '../text/sentence.ts';
import type { DeliveryAfter } from './audiences.ts';

/**
 * Whom the last run of which LINE has something kept out of the audience: all of it is of that one run. In tens for
 * everybody, because a person confirms what follows from it when a change lets people back in.
 */
export const leftOut = z.object({
  /** LINE's id of the audience of the first identifier; null when LINE has not answered its creation. */
  audience_id: z.string().nullable(),
  /** That of the run, which the configuration may not have any more. */
  hold_out: z.object({ share: z.number(), experiment: z.string() }).nullable(),
  /** Of all identifiers. Null: the run had no hold-out. */
  held_out: z.number().int().nullable(),
  /** The members of the audience, of all identifiers. */
  sent: z.number().int(),
  /** What it has kept out with each list, without those that are for all jobs now. */
  lists: z.array(z.object({ id: z.string(), name: z.string(), kept_out: z.number().int() })).readonly(),
});
export type LeftOut = z.infer<typeof leftOut>;

/** What a change does. A person confirms the number. */
export interface LetIn {
  /** How many come in. Somebody who comes into two audiences counts twice. */
  readonly members: number;
  readonly what: Sentence;
}

/** The part of a job's configuration that keeps people out. */
interface Kept {
  readonly hold_out: HoldOut | null;
  readonly suppression_lists: readonly string[];
}

/**
 * What the next run does, compared with the last one that LINE has something of: the configuration may have changed
 * since then without a run. Undefined when nobody moves who was kept out, or may have seen the campaign: then nothing
 * is asked. Neither is it about an audience that the job leaves, because that one stays as it is, nor about what a
 * person has confirmed before.
 * @param leftOut of the job; null before LINE has anything of it
 * @param first the delivery of the first identifier
 */
export function letInByJob(
  leftOut: LeftOut | null,
  before: Kept,
  after: Kept,
  [first]: readonly DeliveryAfter[],
): LetIn | undefined {
  if (!leftOut || first?.audience.id !== leftOut.audience_id) return undefined;
  // A job that comes back to the audience was not asked when it left it.
  const confirmed = first.before?.audienceId === leftOut.audience_id ? before : undefined;
  const parts = [...holdOutMoves(leftOut, confirmed, after), ...listMoves(leftOut, confirmed, after)];
  if (parts.length === 0) return undefined;
  return {
    members: parts.reduce((sum, { members }) => sum + members, 0),
    what: joinSentences(...parts.map(({ what: effect }) => effect)),
  };
}

/**
 * A share holds out the buckets below it, so a larger one keeps everybody who was held out, and a smaller one lets the
 * difference in. Two experiments are independent of each other (docs/hold-outs.md).
 */
function holdOutMoves(
  { hold_out: before, held_out, sent }: LeftOut,
  confirmed: Kept | undefined,
  { hold_out: after }: Kept,
): LetIn[] {
  // Nobody is held out yet, so an experiment may begin.
  if (!before || held_out === null) return [];
  if (confirmed && isSame(confirmed.hold_out, after)) return [];
  if (!after) {
    const effect = sentence`Without the hold-out, about ${held_out} members who were held out come into the audience with the next run.`;
    return [{ members: held_out, what: effect }];
  }
  if (before.experiment !== after.experiment) {
    const members = nearest((held_out * (100 - after.share)) / 100);
    const seen = nearest((sent * after.share) / 100);
    const effect = sentence`The experiment "${after.experiment}" holds out other people than "${before.experiment}". With the next run, about ${members} members who were held out come into the audience, and about ${seen} who may have seen the campaign leave it.`;
    return [{ members, what: effect }];
  }
  const moved = nearest((held_out * Math.abs(after.share - before.share)) / before.share);
  const [was, is] = [share(before.share / 100), share(after.share / 100)];
  if (after.share < before.share) {
    const effect = sentence`With a share of ${is} instead of ${was}, about ${moved} members who were held out come into the audience with the next run.`;
    return [{ members: moved, what: effect }];
  }
  if (after.share === before.share) return [];
  const effect = sentence`With a share of ${is} instead of ${was}, about ${moved} members who may have seen the campaign leave the audience with the next run.`;
  return [{ members: 0, what: effect }];
}

const isSame = (a: HoldOut | null, b: HoldOut | null): boolean =>
  a?.experiment === b?.experiment && a?.share === b?.share;

const nearest = (count: number): number => Math.round(count / 10) * 10;

/** Of lists that the job chooses no more. */
const listMoves = ({ lists }: LeftOut, confirmed: Kept | undefined, after: Kept): LetIn[] =>
  lists
    .filter(({ id }) => !after.suppression_lists.includes(id))
    .filter(({ id }) => confirmed?.suppression_lists.includes(id) ?? true)
    .map(({ name, kept_out: members }) => ({
      members,
      what: sentence`The suppression list "${name}" kept about ${members} members out of the last run of this job. Without it, they come back with the next run, unless another list has them.`,
    }));

interface Applying {
  readonly applies_to: ListAppliesTo;
  readonly fields: ListFields;
}

type List = Applying & { readonly name: string; readonly uses: readonly UseOfList[] };

/** Undefined when the list keeps out of every job whom it kept out until now. */
export function letInByList(list: List, after: Partial<Applying>): LetIn | undefined {
  const { applies_to = list.applies_to, fields = list.fields } = after;
  const lost = (Object.keys(list.fields) as IdentifierType[]).filter((type) => fields[type] === undefined);
  const leaves = list.applies_to === 'all_jobs' && applies_to === 'chosen_jobs';
  const concerned = list.uses.filter(
    ({ jobs_with_result, is_chosen, identifier_types }) =>
      jobs_with_result > 0 && ((leaves && !is_chosen) || lost.some((type) => identifier_types.includes(type))),
  );
  if (concerned.length === 0) return undefined;
  const jobs = sumOf(concerned, 'jobs_with_result');
  const members = sumOf(concerned, 'kept_out');
  const effect = sentence`The suppression list "${list.name}" would not keep the same people out of its jobs any more. The change concerns ${jobs} of them. It kept ${members} members out of their last runs. At most that many come back with the next runs.`;
  return { members, what: effect };
}

/** Undefined when the list applies to no job. One that jobs choose cannot be deleted. */
export function letInByDeletion({ name, applies_to, uses }: Omit<List, 'fields'>): LetIn | undefined {
  if (applies_to !== 'all_jobs' || uses.length === 0) return undefined;
  const jobs = sumOf(uses, 'jobs');
  const members = sumOf(uses, 'kept_out');
  const effect = sentence`The suppression list "${name}" applies to all jobs, which are ${jobs} now. It kept ${members} members out of their last runs. They come back with the next runs.`;
  return { members, what: effect };
}

const sumOf = (uses: readonly UseOfList[], key: 'jobs' | 'jobs_with_result' | 'kept_out'): number =>
  uses.reduce((sum, use) => sum + use[key], 0);
