/** What a job becomes at the destination that takes over the audiences of its own, in the HTTP API. */
import { z } from 'zod';
import { ifaKinds, MAX_MEMBER_DAYS } from '../domain/audiences/requests.ts';
import { keptParts, moveNotes } from '../domain/jobs/move.ts';
import { fieldErrorSchema, localizedShape } from '../domain/text/localized.ts';
import { adAccountId, knownId } from '../domain/values/bounds.ts';
import { job, newJob } from './jobs.ts';

/** What a person has chosen so far. */
export const jobMoveQuery = z.object({
  authorization_id: knownId.describe('The authorization of the new job.'),
  adaccount_id: adAccountId.optional(),
  // In a URL it is text.
  member_days: z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(MAX_MEMBER_DAYS)
    .optional()
    .describe('Default: the fewest that the schedule needs.'),
  ifa_kind: z.enum(ifaKinds).optional(),
  own_lists: z
    .literal('true')
    .transform(() => true as const)
    .optional()
    .describe('Each identifier fills a list of its own, also where several may fill one.'),
});
export type JobMoveQuery = z.infer<typeof jobMoveQuery>;

export const jobMove = z.object({
  job: job
    .pick({
      type: true,
      name: true,
      description: true,
      tags: true,
      authorization_id: true,
      source_authorization_id: true,
      configuration: true,
    })
    .extend({
      paused: z.boolean(),
      moved_from: newJob.shape.moved_from.unwrap(),
    })
    .describe(
      'The new job, as `POST /jobs` takes it when nothing is missing. It is paused, so that its first run waits until somebody resumes it.',
    ),
  keeps: z.array(z.enum(keptParts)).readonly().describe('What it has of the job.'),
  notes: z
    .array(z.object({ code: z.enum(moveNotes), ...localizedShape }))
    .readonly()
    .describe('What is different.'),
  missing: z.array(fieldErrorSchema).readonly().describe('What is still to be chosen, each at its key of `job`.'),
  warnings: z.array(fieldErrorSchema).readonly().describe('What is unwise, but not refused.'),
});
export type JobMove = z.infer<typeof jobMove>;
