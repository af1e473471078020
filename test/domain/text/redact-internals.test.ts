import { expect, test } from 'vitest';
import { sentenceSchema } from '../../../src/domain/text/localized.ts';
import {
  inEnglish,
  internalFact,
  joinSentences,
  localized,
  redactInternalsInBody,
  sentence,
} from '../../../src/domain/text/sentence.ts';

const where = sentence`${internalFact('PostgreSQL "shop" (lineup@db.internal:5432)', sentence`The PostgreSQL database`)} cannot be read: ${sentence`the server crashed`}.`;

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
  const shown = redactInternalsInBody(answer);
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
