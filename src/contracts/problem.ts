/** Problem details (RFC 9457): the body of every answer that refuses or fails. */
import { z } from 'zod';
import { fieldErrorSchema, sentenceSchema } from './localized.ts';

export const problem = z.object({
  /** `about:blank`: the code says more than a page would. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** What happened, why, and what to do. */
  detail: z.string(),
  /** The detail for readers of other languages: a template and its values. */
  sentence: sentenceSchema.optional(),
  /** Stable, for programs. */
  code: z.string(),
  /** The remote side's own word for it, e.g. LINE's `reason`. */
  reason: z.string().nullable(),
  /** Whether the same request may succeed later without anybody changing anything. */
  retryable: z.boolean(),
  /** Every value that is wrong, by keys joined with dots. */
  errors: z.array(fieldErrorSchema).readonly(),
  /** In the log beside what happened. */
  request_id: z.string(),
});
export type Problem = z.infer<typeof problem>;
