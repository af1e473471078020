/** A job waits for the success of another one. */
import { z } from 'zod';
import { knownId } from '../../values/bounds.ts';
import { triggerBounds } from './bounds.ts';

export const afterJob = z
  .strictObject({
    kind: z.literal('after_job'),
    job_id: knownId.describe('The job that must have succeeded.'),
    ...triggerBounds,
  })
  .readonly();
export type AfterJob = z.infer<typeof afterJob>;
