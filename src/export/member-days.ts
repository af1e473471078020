/**
 * Where members leave by age, an audience has its days since it was created. A person may have given the job others
 * since, or have chosen an audience with others.
 */
import { findAudience } from '../destinations/audience.ts';
import type { Audience, Destination } from '../destinations/destination.ts';
import { ownerOf } from '../domain/destinations/index.ts';
import { joinSentences, localized, type Sentence, sentence, sentenceOf } from '../domain/text/sentence.ts';
import { type ExportContext, timestamp } from './context.ts';

/**
 * Gives the audience the days of the job, before members are sent to it. If that is not possible, the run warns: to
 * send nothing would be worse.
 */
export async function keepDays(context: ExportContext, destination: Destination): Promise<void> {
  const { journal, clock, signal } = context;
  const { request, audienceId, created, delivery } = journal.state;
  const { memberDays, adAccountId } = request;
  // One that shares an audience comes after the first one, which has seen to it.
  const isSharer = delivery > 1 && journal.state.jobsOfOthers !== undefined;
  if (memberDays === undefined || audienceId === null || created || isSharer) return;
  const audience = await findAudience(destination, adAccountId, audienceId, signal);
  if (audience?.memberDays === undefined || audience.memberDays === memberDays) return;
  const why = await change(destination, { ...audience, memberDays: audience.memberDays }, context, memberDays);
  if (!why) return;
  await journal.append({
    type: 'warning',
    at: timestamp(clock),
    // The days that count: an alert before the list is empty reads them (store/repositories/emptying.ts).
    warning: { code: 'member_days_kept', count: audience.memberDays, ...localized(why) },
  });
}

/** @returns why the audience keeps its days */
async function change(
  destination: Destination,
  audience: Audience & { readonly memberDays: number },
  { journal, signal }: ExportContext,
  wanted: number,
): Promise<Sentence | undefined> {
  const { leaving } = destination.traits;
  const owner = ownerOf(destination.traits);
  const kept = sentence`Members leave the audience after ${audience.memberDays} days, and not after ${wanted}, as the job has it.`;
  if (leaving.by !== 'age' || !leaving.isChangeable || !destination.changeDays)
    return joinSentences(kept, sentence`${owner} does not change the days of an audience that exists.`);
  const changed = await destination.changeDays(journal.state.request.adAccountId, audience.id, wanted, signal);
  if (changed.outcome === 'taken') return undefined;
  if (changed.why.code === 'interrupted') throw changed.why;
  return joinSentences(kept, sentence`${owner} did not change the days:`, sentenceOf(changed.why));
}
