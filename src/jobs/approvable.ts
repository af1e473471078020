/**
 * What a person can approve of a run that was stopped, and whether an approval still counts. It counts only for the
 * revision of the job and the source that the person saw.
 */

import type { StoredJob, StoredRun } from '../contracts/job-store.ts';
import { type Approval, KEPT_MS, type OpenApproval, TOLERANCE } from '../domain/jobs/approvals.ts';
import { joinSentences, localized, moment, type Sentence, sentence, share } from '../domain/text/sentence.ts';

/**
 * Undefined when there is nothing to approve: also after an edit with which the job sends something else, when the
 * source is read with other credentials now, and for a run of a version that stored no numbers. Then a new run is
 * judged.
 * @param run the last one of its job
 * @param sourceRevision of its source now
 */
export function approvableOf(
  { id, status, forbidden, summary: { error, ended_at } }: Pick<StoredRun, 'id' | 'status' | 'forbidden' | 'summary'>,
  sourceRevision: number | null,
  now: Date,
): OpenApproval | undefined {
  const judged = error?.judged;
  if (status !== 'failed' || forbidden || !judged || ended_at === null) return undefined;
  if (judged.sourceRevision !== sourceRevision) return undefined;
  const keptUntil = new Date(Date.parse(ended_at) + KEPT_MS);
  // Nothing of a scan that was not given to the parts is kept.
  const isOfParts = judged.audiences.some(({ part }) => part);
  const sends = now < keptUntil && !isOfParts ? 'as_seen' : 'new_scan';
  return {
    run_id: id,
    judged_at: ended_at,
    sends,
    kept_until: isOfParts ? ended_at : keptUntil.toISOString(),
    ...localized(joinSentences(isOfParts ? divideAgain : whatHappens(sends, keptUntil), stopsAgain)),
    audiences: judged.audiences,
  };
}

const whatHappens = (sends: OpenApproval['sends'], keptUntil: Date): Sentence =>
  sends === 'as_seen'
    ? sentence`These members are sent as the run has read them. They are kept until ${moment(keptUntil)}. Suppression lists and the sizes of the audiences are read again first. If a list has changed, the source is read again too.`
    : sentence`The members of this run were kept until ${moment(keptUntil)}, so the source is read again.`;

const divideAgain = sentence`The source is read again and divided anew. Then all audiences of the job get their members, also those that are not shown here.`;

const stopsAgain = sentence`A new result that is smaller by more than ${share(TOLERANCE)}, or has another reason, stops again.`;

/**
 * What a person has approved for a run, if it still counts.
 * @param sourceRevision of the job's source now
 */
export function approvalFor(
  { approval }: Pick<StoredRun, 'approval'>,
  { revision }: Pick<StoredJob, 'revision'>,
  sourceRevision: number | null,
): Approval | undefined {
  if (!approval || approval.jobRevision !== revision) return undefined;
  return approval.sourceRevision === sourceRevision ? { audiences: approval.audiences } : undefined;
}
