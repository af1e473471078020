/** A job waits for a change of a table of its source, or of the value of a query. */
import { z } from 'zod';
import { issueText } from '../../text/sentence.ts';
import { fieldName, segmentId } from '../../values/bounds.ts';
import { triggerBounds } from './bounds.ts';

export const tableTrigger = z
  .strictObject({
    kind: z.literal('table'),
    column: fieldName
      .nullable()
      .default(null)
      .describe(
        'A column of the table of the source, whose maximum changes. Without it and a query: the table itself.',
      ),
    query: segmentId
      .nullable()
      .default(null)
      .describe('A SELECT of one value, in the database of the source. The job runs when the value is another one.'),
    ...triggerBounds,
  })
  .refine(({ column, query }) => column === null || query === null, {
    path: ['query'],
    message: issueText`Choose a column or a query, and not both.`,
  })
  .readonly();
