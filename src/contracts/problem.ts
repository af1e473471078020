/** Problem details (RFC 9457): the body of every error response. */
import { z } from 'zod';
import { fieldErrorSchema, mark, sentenceSchema } from '../domain/text/localized.ts';

export const problem = z.object({
  /** `about:blank`: the `code` identifies the problem. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** What happened, why, and what to do. */
  detail: z.string(),
  /** The detail for translation: a template and its values. */
  sentence: mark('detail', sentenceSchema.optional()),
  /** Stable, for programs. */
  code: z.string(),
  /** The reason that the remote side gave, e.g. LINE's `reason`. */
  reason: z.string().nullable(),
  /** Whether the same request may succeed later without any change. */
  retryable: z.boolean(),
  /** Every wrong value; `path` has keys joined by dots. */
  errors: z.array(fieldErrorSchema).readonly(),
  /** The log has the same id beside the event. */
  request_id: z.string(),
});
export type Problem = z.infer<typeof problem>;
