/** The text of a query that a person wrote: its bounds, and how a refusal names what is wrong. */
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { looksLikeIdentifier, mask } from '../mask.ts';

const LONGEST_QUERY = 100_000;
/** A name of PostgreSQL has at most 63 bytes, and one of MySQL at most 64 characters. */
const LONGEST_NAME = 63;

/**
 * The query without its last semicolons and white space.
 * @throws {LineupError} `invalid_argument`
 */
export function readQuery(given: string): string {
  let query = given.trimEnd();
  while (query.endsWith(';')) query = query.slice(0, -1).trimEnd();
  if (query === '') throw notOneSelect(sentence`it is empty`);
  if (query.length > LONGEST_QUERY) throw notOneSelect(sentence`it is longer than ${LONGEST_QUERY} characters`);
  // The protocol ends a text at this character, and would read the rest as something else.
  if (query.includes('\0')) throw notOneSelect(sentence`it contains a NUL character`);
  return query;
}

/**
 * @param code `invalid_argument` for a mistake in the text; another one for what the text names and may be there again
 * later
 */
export function notOneSelect(why: Sentence, reason?: string, code: ErrorCode = 'invalid_argument'): LineupError {
  return new LineupError(
    code,
    sentence`This query is not valid: ${why}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.`,
    { reason },
  );
}

/** A name from the query. A person may have written a value as a name, so this masks what looks like one. */
export function displayName(name: string): string {
  if (looksLikeIdentifier(name)) return mask(name);
  const characters = [...name];
  return characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME).join('')}…` : name;
}
