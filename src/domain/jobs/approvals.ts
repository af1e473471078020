/**
 * A person's word about a result that the guard or an alert rule has stopped. It counts only for what the person saw:
 * the run, the revision of the job, every reason, and the size of each audience. The rules are in approval-rules.ts.
 */
import { z } from 'zod';
import { MAX_SIBLINGS } from '../audiences/requests.ts';
import { judgedAudience, judgedReason, judgement } from '../runs/run.ts';
import { localizedShape } from '../text/localized.ts';
import { knownId } from '../values/bounds.ts';
import { approvableReasons } from './job-display.ts';

const size = z.number().int().nonnegative();

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
    .max(MAX_SIBLINGS + 1)
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
