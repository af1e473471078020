/**
 * How long the texts may be that clients send. Every text, list and table of a request has a bound (test/server/bounds.test.ts
 * looks at each): what is done with it takes as long as it is, and it is stored and shown.
 */
import { z } from 'zod';
import { isPlainLine, isPlainText } from './plain-text.ts';
import { issueText } from './sentence.ts';

/** An id that Lineup gave out. */
export const knownId = z.string().min(1).max(100);

/** An audience within its source: a path, a URL, a table or an audience's id is short; a query may be long. */
export const segmentId = z.string().trim().min(1, issueText`Choose an audience.`).max(10_000);

/** The name of a field; files have no longer ones either (src/sources/files/header.ts). */
export const fieldName = z.string().min(1, issueText`Choose a field.`).max(300);

export const adAccountId = z
  .string()
  .trim()
  .max(40)
  .regex(/^[A-Za-z0-9]+$/, issueText`Enter the ad account’s id, for example A1.`);

export const customAudienceId = z
  .string()
  .max(40)
  .regex(/^\d+$/, issueText`A Custom Audience’s id is a number.`);

export const countryCode = z
  .string()
  .max(2)
  .regex(/^[A-Z]{2}$/, issueText`Enter a country code like JP.`);

/** Of a link or a session that Lineup made. */
export const oneTimeToken = z.string().max(400);

/** As long as browsers and servers take them. */
export const MAX_URL = 2_000;

/** Schemas of names and descriptions: plain-text.ts. */
const notPlain = issueText`Use plain text: no line breaks, control characters or direction marks.`;

/** A text of one line, trimmed; how long it may be is its user's to say. @param empty what is said when nothing is given */
export const plainLine = (empty: string) => z.string().trim().min(1, empty).refine(isPlainLine, notPlain);

/** A text of several lines, trimmed; it may be empty. */
export const plainLines = () => z.string().trim().refine(isPlainText, notPlain);
