/**
 * Explains in our own sentences why the server does not accept a query. The server's text may quote values,
 * and the person who reads it need not be the author of the query.
 */
import type { ErrorCode } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { displayName, notOneSelect } from '../database/query.ts';
import { SessionError } from './session-error.ts';
import { placeIn } from './sql-text.ts';

/** By SQLSTATE (appendix A of PostgreSQL's manual). */
const MISTAKES: Readonly<Record<string, Sentence>> = {
  '0A000': sentence`this is not possible in a query that only reads`,
  '3F000': sentence`there is no such schema`,
  '42601': sentence`this is a syntax error`,
  '42702': sentence`two columns have this name. Write the name of the table before it`,
  '42703': sentence`there is no such column`,
  '42704': sentence`there is no such type or collation`,
  '42712': sentence`two tables have this name. Rename one with AS`,
  '42725': sentence`several functions or operators match. Convert a value with :: or CAST`,
  '42803': sentence`a column must be in GROUP BY or in an aggregate function`,
  '42804': sentence`the types do not match. Convert one of them with :: or CAST`,
  '42846': sentence`there is no conversion between these types`,
  '42883': sentence`there is no such function or operator for these types. Convert a value with :: or CAST`,
  '42P01': sentence`there is no such table or view`,
  '42P02': sentence`it contains a parameter like $1, which has no value`,
  '42P10': sentence`there is no such column`,
  '42P18': sentence`the type of a value is not clear. Convert it with :: or CAST`,
};

/**
 * What the query names is not there. The text is right, and may be run later: dbt drops tables and makes them again.
 */
const GONE: Readonly<Record<string, ErrorCode>> = {
  '3F000': 'source_not_found',
  '42703': 'field_not_found',
  '42P01': 'source_not_found',
};

/** The server reads literals while it parses a query, so these are mistakes in its text. */
const BAD_LITERAL = sentence`a value in quotes does not match its type`;
const TOO_COMPLEX = sentence`it is too long or too complex for the server`;

/** Where the query stands in the text that was sent. */
interface Sent {
  readonly query: string;
  /** The number of characters before it. */
  readonly before: number;
}

/** The error for a mistake in the query's text. Returns errors of other kinds unchanged. */
export function explainRefusal(error: unknown, { query, before }: Sent): unknown {
  if (!(error instanceof SessionError)) return error;
  const { code, position } = error;
  const mistake = mistakeOf(code);
  if (mistake === undefined) return error;
  const place = position === undefined ? undefined : placeIn(query, position - before);
  const ours = GONE[code];
  if (place === undefined) return notOneSelect(mistake, code, ours);
  const [line, column] = [String(place.line), String(place.column)];
  return notOneSelect(
    place.name === undefined
      ? sentence`line ${line}, column ${column}: ${mistake}`
      : sentence`line ${line}, column ${column}, at "${displayName(place.name.replaceAll('"', ''))}": ${mistake}`,
    code,
    ours,
  );
}

function mistakeOf(code: string): Sentence | undefined {
  // A missing right is not a mistake in the text.
  if (code === '42501') return undefined;
  if (/^22/.test(code)) return BAD_LITERAL;
  if (/^54/.test(code)) return TOO_COMPLEX;
  if (/^42/.test(code)) return MISTAKES[code] ?? sentence`the server does not accept it (${code})`;
  return MISTAKES[code];
}
