/** Whom an edit lets into a live audience. It arrives while the job is asked for. */

import type { JobChange, JobView } from '../../../src/contracts/jobs.ts';
import { deliveriesAfter, withAudiences } from '../../../src/domain/jobs/audiences.ts';
import { type LetIn, letInByJob } from '../../../src/domain/jobs/let-in.ts';
import { isWhole } from './request.ts';

/** What an edit does to who is kept out. While a hold-out is typed, it counts as the saved one. */
export function letInOf(job: JobView, change: JobChange): LetIn | undefined {
  const { configuration: after, another_audience = false } = change;
  if (!after) return undefined;
  const isTyped = after.hold_out === null || isWhole(after.hold_out);
  const { left_out, configuration: before } = job;
  const deliveries = deliveriesAfter(withAudiences(job), after, another_audience);
  return letInByJob(left_out, before, isTyped ? after : { ...after, hold_out: before.hold_out }, deliveries);
}
