/** Fields that take a reference to a secret outside Lineup, by the same rule everywhere. */
import { z } from 'zod';
import { issueText } from '../domain/text/sentence.ts';
import { MAX_URL } from '../domain/values/bounds.ts';
import { exampleReference, isSecretReference, readSecretReference } from '../domain/values/secret-reference.ts';

const malformed = issueText`This is no reference to a secret. Write one as the page “Secrets” of the documentation shows.`;

/** A reference, in place of a value that is not known here. */
export const secretReference = z
  .string()
  .trim()
  .refine((text) => readSecretReference(text) !== null, malformed);

/** The text that a schema makes of a text, or a reference. */
export function orSecretReference(schema: z.ZodType<string, string>) {
  const read = (text: string) => (isSecretReference(text) ? secretReference : schema).safeParse(text);
  return z
    .string()
    .max(MAX_URL, { abort: true })
    .overwrite((text) => read(text).data ?? text)
    .superRefine((text, context) => {
      for (const { message } of read(text).error?.issues ?? []) context.addIssue({ code: 'custom', message });
    })
    .describe(`Or a reference to a secret outside Lineup, such as ${exampleReference}.`);
}
