/**
 * Schemas of texts that clients send, with their maximum lengths. Every text, list and table of a request has a limit,
 * because the work and the storage grow with its length; test/server/bounds.test.ts checks each of them.
 */
import { z } from 'zod';
import { MAX_LISTS } from '../audiences/requests.ts';
import { isPlainLine, isPlainText } from '../text/plain-text.ts';
import { issueText } from '../text/sentence.ts';

/** An id that Lineup made. */
export const knownId = z.string().min(1).max(100);

/** An audience within its source. A path, a URL, a table or an id is short; a query may be long. */
export const segmentId = z.string().trim().min(1, issueText`Choose an audience.`).max(10_000);

/** The name of a field. src/sources/files/header.ts has the same limit for files. */
export const fieldName = z.string().min(1, issueText`Choose a field.`).max(300);

export const adAccountId = z
  .string()
  .trim()
  .max(40)
  .regex(/^[A-Za-z0-9]+$/, issueText`Enter the ad account’s ID, for example A1.`);

export const customAudienceId = z.string().max(40).regex(/^\d+$/, issueText`The ID of an audience is a number.`);

export const countryCode = z
  .string()
  .max(2)
  .regex(/^[A-Z]{2}$/, issueText`Enter a country code like JP.`);

/** The largest loss of members that a run may bring, as a fraction of them. */
export const maxShrink = z.number().min(0).max(1);

/** The token of a link or a session that Lineup made. */
export const oneTimeToken = z.string().max(400);

/** The suppression lists that a job chooses. */
export const chosenLists = z
  .array(knownId)
  .max(MAX_LISTS, issueText`At most 15 suppression lists apply to one job. Choose fewer.`)
  .refine((ids) => new Set(ids).size === ids.length, issueText`The same suppression list is chosen twice.`);

/** The longest URL that browsers and servers accept. */
export const MAX_URL = 2_000;

/** Schemas of names and descriptions: plain-text.ts. */
export const notPlain = issueText`Use plain text: no line breaks, control characters or direction marks.`;

/** A trimmed text of one line. The caller adds the maximum length. @param empty the message for an empty text */
export const plainLine = (empty: string) => z.string().trim().min(1, empty).refine(isPlainLine, notPlain);

/** A trimmed text of several lines; it may be empty. */
export const plainLines = () => z.string().trim().refine(isPlainText, notPlain);
