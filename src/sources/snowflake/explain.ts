/**
 * Explains a failure in our own sentences. The text of Snowflake is never shown: it may quote values of members, and
 * the person who reads it need not be the author of the query.
 */
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { internalFact, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Failure } from './attempt.ts';
import type { Connection } from './connection.ts';

/** What a failed request was about. */
export interface Subject {
  /** A table for people, or `the query`. */
  readonly label?: string;
  /** The query that a person wrote, if the statement contains one: the lines before it, and its own. */
  readonly query?: { readonly linesBefore: number; readonly lines: number };
}

type Explanation = readonly [code: ErrorCode, what: Sentence, retryable?: 'retryable'];

/** A clock that is wrong by more makes tokens that Snowflake refuses. */
const TOLERATED_SKEW_MS = 60_000;

export function explain(failure: Failure, connection: Connection, subject: Subject = {}): LineupError {
  const [code, text, retryable] = explanationOf(failure, connection, subject);
  return new LineupError(code, text, {
    reason: failure.code || (failure.status === undefined ? undefined : String(failure.status)),
    retryable: retryable !== undefined,
  });
}

function explanationOf(failure: Failure, connection: Connection, subject: Subject): Explanation {
  const { code, status } = failure;
  return (
    (status === undefined ? networkExplanation(failure, connection) : undefined) ??
    bySnowflakesCode(code, connection, subject) ??
    (status === 422 ? ofStatement(failure, subject) : byStatus(failure, connection))
  );
}

function networkExplanation({ code }: Failure, { origin, silenceMs, timeoutMs }: Connection): Explanation {
  const host = internalFact(new URL(origin).host, sentence`its host`);
  if (code === 'silent')
    return [
      'source_failed',
      sentence`Snowflake did not answer within ${Math.min(silenceMs, timeoutMs) / 1000} seconds. Try again later.`,
      'retryable',
    ];
  if (code === 'ENOTFOUND')
    return ['source_failed', sentence`There is no Snowflake account at ${host}. Check the account identifier.`];
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code))
    return [
      'source_failed',
      sentence`The certificate of Snowflake at ${host} is not trusted (${code}). Check the account identifier.`,
    ];
  return [
    'source_failed',
    sentence`Snowflake could not be reached at ${host}, or the connection was lost (${code}). Try again later.`,
    'retryable',
  ];
}

/** By the number of an error. Snowflake publishes no whole list, so these are those that people meet. */
function bySnowflakesCode(
  code: string,
  { place, user }: Connection,
  { label = 'the query' }: Subject,
): Explanation | undefined {
  const role = place.role || sentence`your role`;
  switch (code) {
    case '000008':
      return notOneSelect;
    case '000604':
      return [
        'source_failed',
        sentence`The statement was cancelled in Snowflake, by a person or by a resource monitor. Try again, or ask the administrator of Snowflake.`,
        'retryable',
      ];
    case '000606':
      return place.warehouse === ''
        ? [
            'source_unauthorized',
            sentence`Snowflake has no warehouse for this user. Enter a warehouse in the authorization, or ask the administrator for a default warehouse.`,
          ]
        : [
            'source_unauthorized',
            sentence`The warehouse "${place.warehouse}" cannot be used: it does not exist, it is suspended and does not start by itself, or the role lacks the right. Ask the administrator for AUTO_RESUME = TRUE and GRANT USAGE ON WAREHOUSE "${place.warehouse}" TO ROLE ${role}.`,
          ];
    case '000630':
      return tooLong;
    case '000612':
    case '000709':
      return expired;
    case '002003':
    case '002043':
      return [
        'source_not_found',
        sentence`In Snowflake, ${label} does not exist, or the role may not read it. Check the name, or ask the administrator for GRANT SELECT on it and GRANT USAGE on its database and schema, TO ROLE ${role}.`,
      ];
    case '002028':
      return ['field_not_found', sentence`Two columns of ${label} have the same name. Rename one with AS.`];
    case '003001':
      return [
        'source_unauthorized',
        sentence`The role of Snowflake may not read ${label}. Ask the administrator for GRANT SELECT on it, TO ROLE ${role}.`,
      ];
    case '090073':
      return [
        'source_failed',
        sentence`The warehouse cannot start, because a resource monitor has used up its quota. Ask the administrator of Snowflake to raise it, or enter another warehouse.`,
      ];
    case '090105':
    case '090106':
      return [
        'invalid_argument',
        sentence`Snowflake does not know in which database or schema to look. Write the name as DATABASE.SCHEMA.TABLE, or enter the database and the schema in the authorization.`,
      ];
    case '390189':
      return [
        'source_unauthorized',
        sentence`The role "${place.role}" is not granted to this user. Ask the administrator for GRANT ROLE "${place.role}" TO USER "${user || '…'}", or enter another role.`,
      ];
    case '390201':
      return [
        'source_unauthorized',
        sentence`The warehouse, database or schema of the authorization does not exist, or the role may not use it. Ask the administrator for GRANT USAGE on it, TO ROLE ${role}.`,
      ];
    case '390420':
    case '390422':
      return [
        'source_unauthorized',
        sentence`The network policy of Snowflake refuses the address of this machine. Ask the administrator of Snowflake to add it to the policy.`,
      ];
    default:
      return undefined;
  }
}

const notOneSelect: Explanation = [
  'invalid_argument',
  sentence`The query must be exactly one SELECT, because Lineup only reads. Remove the other statements.`,
];

export const tooLong: Explanation = [
  'source_failed',
  sentence`The statement took longer than Snowflake allows, so Snowflake ended it. Read fewer rows, use a larger warehouse, or ask the administrator to raise STATEMENT_TIMEOUT_IN_SECONDS.`,
  'retryable',
];

export const tooLarge: Explanation = [
  'source_failed',
  sentence`The result is too large for the SQL API of Snowflake, so not all of its rows came. Read fewer rows or fewer fields.`,
];

export const expired: Explanation = [
  'source_expired',
  sentence`Snowflake no longer keeps the result of the scan. The scan must start over.`,
  'retryable',
];

/** Mistakes in a query that people make most, by their code. */
const MISTAKES: Readonly<Record<string, Sentence>> = {
  '000904': sentence`there is no such column`,
  '000979': sentence`a column must be in GROUP BY or in an aggregate function`,
  '001003': sentence`this is a syntax error`,
  '002140': sentence`there is no such function`,
};

/** 422: the statement failed. A class of SQL states tells why when the code does not. */
function ofStatement({ code, sqlState = '', position }: Failure, { label, query }: Subject): Explanation {
  const mistake = MISTAKES[code];
  if (mistake && query) {
    const line = (position?.line ?? 0) - query.linesBefore;
    return [
      // The text is right, and may be run when the column is there again.
      code === '000904' ? 'field_not_found' : 'invalid_argument',
      position && line >= 1 && line <= query.lines
        ? sentence`The query is not correct in line ${line}, column ${position.column}: ${mistake}.`
        : sentence`The query is not correct: ${mistake}.`,
    ];
  }
  if (code === '000904')
    return [
      'field_not_found',
      sentence`A column of ${label ?? 'the table'} vanished or changed its name. Choose the field again.`,
    ];
  // 57014: cancelled, or too long.
  if (sqlState === '57014') return tooLong;
  if (sqlState === '57P03') return warehouseProblem;
  if (sqlState.startsWith('22'))
    return [
      'source_failed',
      sentence`A value in ${label ?? 'the query'} cannot be converted (${code}). Use TRY_CAST in the query, or leave such rows out.`,
    ];
  return [
    'source_failed',
    sentence`Snowflake reports the error ${code} (SQL state ${sqlState}). Its text is in the query history of Snowflake.`,
  ];
}

const warehouseProblem: Explanation = [
  'source_failed',
  sentence`The warehouse of Snowflake is not available. Try again later, or ask the administrator of Snowflake.`,
  'retryable',
];

function byStatus({ status = 0, code, clockBehindMs = 0 }: Failure, connection: Connection): Explanation {
  const { tokenType, origin } = connection;
  if (status === 408) return tooLong;
  if (status === 429)
    return [
      'source_failed',
      sentence`Snowflake has too many requests at the moment (429). Try again later.`,
      'retryable',
    ];
  if (status === 401 || (status === 403 && code !== '')) {
    if (tokenType === 'PROGRAMMATIC_ACCESS_TOKEN')
      return [
        'source_unauthorized',
        sentence`Snowflake does not accept the access token. It is wrong, expired or disabled, or its user has no network policy. Make a new token in Snowflake, and enter it in the authorization.`,
      ];
    if (Math.abs(clockBehindMs) > TOLERATED_SKEW_MS)
      return [
        'source_unauthorized',
        sentence`Snowflake does not accept the key pair, because the clock of this machine differs from Snowflake’s by ${Math.round(Math.abs(clockBehindMs) / 1000)} seconds. Set the clock.`,
      ];
    return [
      'source_unauthorized',
      sentence`Snowflake does not accept the key pair: the account, the user or the key is wrong. Ask the administrator to check RSA_PUBLIC_KEY with DESCRIBE USER.`,
    ];
  }
  if (status === 403 || status === 404)
    return [
      'source_failed',
      sentence`There is no Snowflake account at ${internalFact(new URL(origin).host, sentence`its host`)}. Check the account identifier.`,
    ];
  if (status === 200 || status === 202)
    return code === 'too_large'
      ? ['source_failed', sentence`Snowflake sent an answer that is too long for Lineup.`]
      : notUnderstood;
  const answered = sentence`Snowflake answered ${String(status)}. Try again later.`;
  return status >= 500 ? ['source_failed', answered, 'retryable'] : ['source_failed', answered];
}

/** Lost half-way, or not Snowflake at all. */
export const notUnderstood: Explanation = [
  'source_failed',
  sentence`Snowflake sent an answer that Lineup does not understand. Try again later, and check the account identifier.`,
  'retryable',
];

export const errorOf = ([code, text, retryable]: Explanation): LineupError =>
  new LineupError(code, text, { retryable: retryable !== undefined });
