import { expect, test } from 'vitest';
import { z } from 'zod';
import { localizedShape, mark, sentenceSchema, translatable } from '../../../src/domain/text/localized.ts';
import {
  inEnglish,
  internalFact,
  joinSentences,
  localized,
  redactInternals,
  sentence,
} from '../../../src/domain/text/sentence.ts';
import { changeSentences, sentencesIn } from '../../../src/domain/text/sentences-in.ts';

const where = sentence`${internalFact('PostgreSQL "shop" (lineup@db.internal:5432)', sentence`The PostgreSQL database`)} cannot be read: ${sentence`the server crashed`}.`;

const schema = z.object({
  items: z.array(z.object({ id: z.string(), error: z.object({ code: z.string(), ...localizedShape }).nullable() })),
  health_reason: z.string().nullable(),
  health_reason_sentence: translatable('health_reason'),
  detail: z.string(),
  sentence: mark('detail', sentenceSchema),
  next: z.null(),
  at: z.date(),
});

test('internal facts are shown only to some users, and other users see a general word', () => {
  expect(inEnglish(where)).toBe('PostgreSQL "shop" (lineup@db.internal:5432) cannot be read: the server crashed.');
  const both = joinSentences(where, sentence`Try again.`);
  const answer = {
    items: [{ id: 'job_1', error: { code: 'source_failed', ...localized(both) } }],
    health_reason: inEnglish(where),
    health_reason_sentence: where,
    detail: inEnglish(where),
    sentence: where,
    next: null,
    at: new Date(0),
  };
  const shown = changeSentences(answer, sentencesIn(schema), redactInternals);
  expect(JSON.stringify(shown)).not.toMatch(/shop|db\.internal/);
  const outside = 'The PostgreSQL database cannot be read: the server crashed.';
  expect(shown).toMatchObject({
    items: [{ id: 'job_1', error: { code: 'source_failed', message: `${outside} Try again.` } }],
    health_reason: outside,
    detail: outside,
    next: null,
    at: new Date(0),
  });
  // A redacted sentence keeps the general word. Parsing it again changes nothing.
  expect(sentenceSchema.parse(JSON.parse(JSON.stringify(where)))).toEqual(where);
});
