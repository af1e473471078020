/** Uploaded files, as the HTTP API shows them. The API never shows their content. */
import { z } from 'zod';
import { issueText } from '../domain/text/sentence.ts';
import { plainLine } from '../domain/values/bounds.ts';

/**
 * How long to keep a file. `delete_after_run`: until its job completes · `keep`: while a job needs it, for a schedule.
 */
export const uploadPolicy = z.enum(['delete_after_run', 'keep']);
export type UploadPolicy = z.infer<typeof uploadPolicy>;

export const newUpload = z.strictObject({
  /** The file name without a path. Its extension gives the format. */
  name: plainLine(issueText`Enter the file name.`)
    .max(255)
    .regex(/^[^/\\\p{Cc}]+$/u, issueText`Enter the file name without a path.`),
  policy: uploadPolicy.default('delete_after_run'),
});
export type NewUpload = z.infer<typeof newUpload>;

export const upload = z.object({
  id: z.string(),
  /** The `segment_id` of a job that reads the file. */
  segment_id: z.string(),
  name: z.string(),
  bytes: z.number().int(),
  format: z.string(),
  policy: uploadPolicy,
  created_by: z.string(),
  created_at: z.string(),
  /** When the content was deleted; null while it exists. */
  deleted_at: z.string().nullable(),
  used_by: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
});
export type Upload = z.infer<typeof upload>;
