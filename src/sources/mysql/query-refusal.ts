/** Which queries are refused, and why, in our own sentences. */
import type { ErrorCode } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { displayName, notOneSelect, readQuery } from '../database/query.ts';
import { SessionError } from './session-error.ts';
import { codeOf, hasCodeInComments } from './sql-text.ts';

/**
 * What the server would run although the query begins with SELECT. A READ ONLY transaction does not prevent it: a file
 * of the server, a lock that makes other people wait, a variable of the session.
 */
const FORBIDDEN: readonly (readonly [RegExp, Sentence])[] = [
  [/\binto\b/i, sentence`INTO writes to a file or a variable`],
  [/\bfor\s+(?:update|share)\b|\block\s+in\s+share\b/i, sentence`it locks rows, and others would have to wait`],
  [/\bprocedure\b/i, sentence`PROCEDURE is not possible`],
];

/**
 * The query without its last semicolons.
 * @throws {LineupError} `invalid_argument`
 */
export function checkQuery(given: string): string {
  const query = readQuery(given);
  if (hasCodeInComments(query))
    throw notOneSelect(sentence`it contains a comment with code. Remove /*! … */ and /*+ … */`);
  const code = codeOf(query);
  for (const [pattern, why] of FORBIDDEN) if (pattern.test(code)) throw notOneSelect(why);
  return query;
}

/** By the number of the error. */
const MISTAKES: Readonly<Record<string, Sentence>> = {
  '1052': sentence`two columns have this name. Write the name of the table before it`,
  '1054': sentence`there is no such column`,
  '1055': sentence`a column must be in GROUP BY or in an aggregate function`,
  '1060': sentence`two columns have this name. Rename one with AS`,
  '1064': sentence`this is a syntax error`,
  '1066': sentence`two tables have this name. Rename one with AS`,
  '1115': sentence`there is no such type or collation`,
  '1140': sentence`a column must be in GROUP BY or in an aggregate function`,
  '1146': sentence`there is no such table or view`,
  '1149': sentence`this is a syntax error`,
  '1222': sentence`the SELECTs of a UNION have different numbers of columns`,
  '1248': sentence`each SELECT in FROM needs a name. Add AS`,
  '1267': sentence`two texts have different collations. Convert one of them with COLLATE`,
  '1273': sentence`there is no such type or collation`,
  '1305': sentence`there is no such function`,
  '1582': sentence`a function has the wrong number of arguments`,
  '1792': sentence`this is not possible in a query that only reads`,
};

/**
 * What the query names is not there. The text is right, and may be run later: dbt drops tables and makes them again.
 */
const GONE: Readonly<Record<string, ErrorCode>> = {
  '1054': 'field_not_found',
  '1146': 'source_not_found',
};

/** The error for a mistake in the query's text. Returns errors of other kinds unchanged. */
export function explainRefusal(error: unknown): unknown {
  if (!(error instanceof SessionError)) return error;
  const { code, place } = error;
  const mistake = MISTAKES[code];
  if (mistake === undefined) return error;
  const ours = GONE[code];
  if (place.line !== undefined) return notOneSelect(sentence`line ${String(place.line)}: ${mistake}`, code, ours);
  if (place.name === undefined) return notOneSelect(mistake, code, ours);
  return notOneSelect(sentence`"${displayName(place.name)}": ${mistake}`, code, ours);
}
