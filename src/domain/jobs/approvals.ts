/**
 * A person's word about a result that the guard or an alert rule has stopped. It counts only for what the person saw:
 * the run, the revision of the job, every reason, and the size of each audience.
 */
import { z } from 'zod';
import { shrinkage } from '../audiences/size.ts';
import { type JudgedAudience, judgedAudience, judgedReason, judgement } from '../runs/run.ts';
import { localizedShape } from '../text/localized.ts';
import { type Sentence, sentence, share } from '../text/sentence.ts';
import { knownId } from '../values/bounds.ts';
import { approvableReasons } from './conditions.ts';

const size = z.number().int().nonnegative();

/** A person cannot look at more audiences together. Also those of a job with several identifiers. */
export const MAX_JUDGED = 200;

/** A judgement that a person has approved for a run. */
export const approval = judgement.pick({ audiences: true });
export type Approval = z.infer<typeof approval>;

/** The same with the revisions of the job and of its source for which it counts. */
export const storedApproval = judgement.extend({
  jobRevision: z.number().int(),
  /** When the person approved it. */
  at: z.string(),
});
export type StoredApproval = z.infer<typeof storedApproval>;

/** What a person saw and approves, in the API. It must be what is true now. */
export const seenJudgement = z.strictObject({
  /** The run that was stopped. */
  run_id: knownId,
  /** When the run was judged. So the word is about one judgement, also of a person who sees its numbers in tens. */
  judged_at: z.string().max(40),
  /** The revision of the job. */
  revision: z.number().int().positive().max(2_000_000_000),
  /** All audiences of `approval.audiences`, in their order. */
  audiences: z
    .array(
      z.strictObject({
        delivery: z.number().int().min(1),
        /** Of the column of a split job. */
        value: z.string().max(1_000).optional(),
        /** The size at LINE; null when it is unknown, and for a new audience. */
        before: size.nullable(),
        after: size,
        reasons: z
          .array(z.strictObject(judgedReason.pick({ code: true, measured: true }).shape))
          .max(approvableReasons.length)
          .readonly(),
      }),
    )
    .min(1)
    .max(MAX_JUDGED)
    .readonly(),
});
export type SeenJudgement = z.infer<typeof seenJudgement>;

/** What a person can approve now, in the API. */
export const openApproval = z.object({
  run_id: z.string(),
  /** When the run was judged. */
  judged_at: z.string(),
  /**
   * `as_seen`: the run goes on and sends what was judged, after the suppression lists and the sizes at LINE were read
   * again. `new_scan`: what was judged is no longer kept, so the source is read again.
   */
  sends: z.enum(['as_seen', 'new_scan']),
  /** Until when what was judged is kept. */
  kept_until: z.string(),
  /** What will happen. */
  ...localizedShape,
  audiences: z.array(judgedAudience).readonly(),
});
export type OpenApproval = z.infer<typeof openApproval>;

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
  audiences: audiences.map(({ delivery, part, before, after, reasons }) => ({
    delivery,
    ...(part && { value: part.value }),
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
    const was = approved.find(
      ({ delivery, part }) => delivery === audience.delivery && part?.value === audience.part?.value,
    );
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
