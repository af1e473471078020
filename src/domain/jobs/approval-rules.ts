/**
 * The rules of approvals: pure, and without Zod, because the web app and the start of the command line use them too.
 */

import { shrinkage } from '../audiences/requests.ts';
import type { SeenSizes, SuppressionList } from '../audiences/suppression-lists.ts';
import type { JudgedAudience } from '../runs/run.ts';
import { type Sentence, sentence, share } from '../text/sentence.ts';
import type { OpenApproval, SeenJudgement } from './approvals.ts';

/** How long what was judged is kept, and may be sent as it was seen. */
export const KEPT_MS = 24 * 3_600_000;

/** How much worse a result may be than what was approved, as a share. */
export const TOLERANCE = 0.02;

/** What a person says to approve what the API shows of a job. */
export const seenOf = (
  { run_id, judged_at, audiences }: Pick<OpenApproval, 'run_id' | 'judged_at' | 'audiences'>,
  revision: number,
): SeenJudgement => ({
  run_id,
  judged_at,
  revision,
  audiences: audiences.map(({ delivery, before, after, reasons }) => ({
    delivery,
    before: before?.size ?? null,
    after,
    reasons: reasons.map(({ code, measured }) => ({ code, measured })),
  })),
});

/** How an audience would change, as a share of its size; undefined when that cannot be said. */
export function changeOf({ before, after }: Pick<JudgedAudience, 'before' | 'after'>): number | undefined {
  const size = before?.size ?? 0;
  return size === 0 ? undefined : (after - size) / size;
}

/**
 * What of a result a person has not approved. Empty when the approval covers it: for each audience no other reason,
 * none that weighs more, and neither a smaller result nor a larger loss, apart from `TOLERANCE`. The approval of one
 * reason never overrules another.
 */
export function beyondApproval(approved: readonly JudgedAudience[], now: readonly JudgedAudience[]): Sentence[] {
  return now.flatMap((audience) => {
    const was = approved.find(({ delivery }) => delivery === audience.delivery);
    if (was) return [...newReasons(was, audience), ...worseSizes(was, audience)];
    return audience.reasons.length > 0 ? [notApproved] : [];
  });
}

const notApproved = sentence`Not all reasons were approved.`;

function newReasons(was: JudgedAudience, now: JudgedAudience): Sentence[] {
  const isNew = now.reasons.some(({ code }) => was.reasons.every((reason) => reason.code !== code));
  const worse = now.reasons.flatMap(({ code, measured }) => {
    const approved = was.reasons.find((reason) => reason.code === code)?.measured ?? null;
    // The sizes say more about a loss.
    if (code === 'audience_shrinks' || measured === null || approved === null) return [];
    const isWorse = Math.sign(measured) !== Math.sign(approved) || Math.abs(measured) > Math.abs(approved) + TOLERANCE;
    return isWorse ? [sentence`${share(approved)} was approved, and now it is ${share(measured)}.`] : [];
  });
  return [...(isNew ? [notApproved] : []), ...worse];
}

function worseSizes(was: JudgedAudience, now: JudgedAudience): Sentence[] {
  if (shrinkage(was.after, now.after, TOLERANCE) === 'shrinks')
    return [sentence`${was.after} members were approved, and now there are ${now.after}.`];
  const [before, then] = [now.before?.size ?? 0, was.before?.size ?? 0];
  if (before === 0 || then === 0) return [];
  return shrinkage(was.after / then, now.after / before, TOLERANCE) === 'shrinks'
    ? [sentence`The audience held ${then} members when this was approved, and now it holds ${before}.`]
    : [];
}

/** What a person says to accept the sizes of a suppression list that the API shows. */
export const seenSizesOf = ({ revision, refusals }: Pick<SuppressionList, 'revision' | 'refusals'>): SeenSizes => ({
  revision,
  sizes: refusals
    .filter(({ accepted }) => !accepted)
    .map(({ identifier_type, job_id, before, after }) => ({ identifier_type, job_id, before, after })),
});
