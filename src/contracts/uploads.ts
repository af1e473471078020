/** Files that people upload to export, as the HTTP API shows them: never their content. */
import { z } from 'zod';
import { plainLine } from './bounds.ts';
import { issueText } from './sentence.ts';

/** `delete_after_run`: until the job that it is for has completed · `keep`: until nobody needs it, for a job with a schedule. */
export const uploadPolicy = z.enum(['delete_after_run', 'keep']);
export type UploadPolicy = z.infer<typeof uploadPolicy>;

export const newUpload = z.strictObject({
  /** The file's own name, without a path: its ending tells the format. */
  name: plainLine(issueText`Give the file’s name.`)
    .max(255)
    .regex(/^[^/\\\p{Cc}]+$/u, issueText`Give the file’s name alone, without a path.`),
  policy: uploadPolicy.default('delete_after_run'),
});
export type NewUpload = z.infer<typeof newUpload>;

export const upload = z.object({
  id: z.string(),
  /** What a job's `segment_id` holds. */
  segment_id: z.string(),
  name: z.string(),
  bytes: z.number().int(),
  format: z.string(),
  policy: uploadPolicy,
  created_by: z.string(),
  created_at: z.string(),
  /** When its content was deleted; null while it is there. */
  deleted_at: z.string().nullable(),
  used_by: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
});
export type Upload = z.infer<typeof upload>;
