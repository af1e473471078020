/** Which queries are refused, and why, in our own sentences. */
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { looksLikeIdentifier, mask } from '../mask.ts';
import { SessionError } from './session-error.ts';
import { codeOf, hasCodeInComments } from './sql-text.ts';

const LONGEST_QUERY = 100_000;

/**
 * What the server would run although the query begins with SELECT. A READ ONLY transaction does not prevent it: a file of the
 * server, a lock that makes other people wait, a variable of the session.
 */
const FORBIDDEN: readonly (readonly [RegExp, Sentence])[] = [
  [/\binto\b/i, sentence`INTO writes to a file or a variable`],
  [
    /\bfor\s+(?:update|share)\b|\block\s+in\s+share\b/i,
    sentence`it locks rows, and others would have to wait`,
  ],
  [/\bprocedure\b/i, sentence`PROCEDURE is not possible`],
];

/**
 * The query without its last semicolons.
 * @throws {LineupError} `invalid_argument`
 */
export function checkQuery(given: string): string {
  const query = withoutSemicolons(given);
  if (query === '') throw notOneSelect(sentence`it is empty`);
  if (query.length > LONGEST_QUERY)
    throw notOneSelect(sentence`it is longer than ${LONGEST_QUERY} characters`);
  // The protocol ends a text at this character, and would read the rest as something else.
  if (query.includes('\0')) throw notOneSelect(sentence`it contains a NUL character`);
  if (hasCodeInComments(query))
    throw notOneSelect(sentence`it contains a comment with code. Remove /*! … */ and /*+ … */`);
  const code = codeOf(query);
  for (const [pattern, why] of FORBIDDEN) if (pattern.test(code)) throw notOneSelect(why);
  return query;
}

/** Also removes the white space around them. */
function withoutSemicolons(text: string): string {
  let query = text.trimEnd();
  while (query.endsWith(';')) query = query.slice(0, -1).trimEnd();
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

/** The error for a mistake in the query's text. Returns errors of other kinds unchanged. */
export function explainRefusal(error: unknown): unknown {
  if (!(error instanceof SessionError)) return error;
  const { code, place } = error;
  const what = MISTAKES[code];
  if (what === undefined) return error;
  if (place.line !== undefined) return notOneSelect(sentence`line ${String(place.line)}: ${what}`, code);
  if (place.name === undefined) return notOneSelect(what, code);
  return notOneSelect(sentence`"${displayName(place.name)}": ${what}`, code);
}

export function notOneSelect(why: Sentence, reason?: string): LineupError {
  return new LineupError(
    'invalid_argument',
    sentence`This query is not valid: ${why}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.`,
    { reason },
  );
}

/** A name from the query. A person may have written a value as a name, so this masks what looks like one. */
function displayName(name: string): string {
  if (looksLikeIdentifier(name)) return mask(name);
  const characters = [...name];
  return characters.length > 63 ? `${characters.slice(0, 63).join('')}…` : name;
}
