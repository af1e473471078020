/**
 * Why PostgreSQL did not do what it was asked for, in sentences. The server's own words are shown only where they are about
 * syntax and names, for others may quote a member's value. The cause is left out everywhere: it may hold that, or the password.
 */
import { type ErrorCode, LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { looksLikeIdentifier, mask } from '../mask.ts';

type Explanation = readonly [code: ErrorCode, why: Sentence, retryable?: 'retryable'];

/** By SQLSTATE (appendix A of PostgreSQL's manual), or by the code of a network or TLS error of Node.js. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '22021': [
    'source_encoding',
    sentence`a value is not text in the encoding that the database claims. A query can convert it: convert_from(field::bytea, 'SJIS')`,
  ],
  '22P05': ['source_encoding', sentence`a value holds a character that UTF-8 does not have`],
  '25006': ['invalid_argument', sentence`it would change something, and members are only ever read`],
  '28000': [
    'source_unauthorized',
    sentence`the server refuses this user from here, or without TLS, as its pg_hba.conf says: check the user and sslmode`,
  ],
  '28P01': ['source_unauthorized', sentence`the server refuses this user or password`],
  '3D000': ['source_not_found', sentence`there is no database of that name`],
  '40001': [
    'source_failed',
    sentence`this server is a standby, and cancelled what stood in the way of its updates. Read from the primary, or raise max_standby_streaming_delay`,
    'retryable',
  ],
  '42501': [
    'source_unauthorized',
    sentence`this user may not read all of it: GRANT SELECT on the table, and USAGE on its schema`,
  ],
  '42702': ['field_not_found', sentence`two of its fields have this name: give one another name with AS`],
  '42P01': ['source_not_found', sentence`there is no such table or view`],
  '53300': ['source_failed', sentence`the server has no connection left`, 'retryable'],
  '55P03': ['source_failed', sentence`the table is locked, and stayed so for too long`, 'retryable'],
  '57014': [
    'source_failed',
    sentence`it took longer than is allowed, or somebody cancelled it at the server`,
    'retryable',
  ],
  '57P01': [
    'source_failed',
    sentence`the server was shut down, or its administrator ended the connection`,
    'retryable',
  ],
  '57P02': ['source_failed', sentence`the server crashed`, 'retryable'],
  '57P03': ['source_failed', sentence`the server is starting up or shutting down`, 'retryable'],
  EAI_AGAIN: ['source_failed', sentence`its host name cannot be looked up at the moment`, 'retryable'],
  ECONNREFUSED: ['source_failed', sentence`nothing listens there`, 'retryable'],
  ENOENT: ['source_failed', sentence`there is no such socket`, 'retryable'],
  ENOTFOUND: ['source_failed', sentence`its host name is not known`],
  CERT_HAS_EXPIRED: ['source_failed', sentence`its certificate has expired`],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'source_failed',
    sentence`its certificate is for another name. Use that name, or give its authority’s certificate and sslmode=verify-ca`,
  ],
};

const UNKNOWN_AUTHORITY: Explanation = [
  'source_failed',
  sentence`its certificate is not from an authority that is known here. Give that authority’s certificate, or use sslmode=require, which encrypts without knowing with whom`,
];

const CUT: Explanation = ['source_failed', sentence`the connection was cut`, 'retryable'];

/**
 * The failure of something at the server; an error that has nothing to do with it is given back.
 * @param what its subject, e.g. `The PostgreSQL database "shop" at …`
 */
export function failure(error: unknown, what: string): Error {
  if (error instanceof LineupError) return error;
  const { code, message } = partsOf(error);
  const explanation = EXPLANATIONS[code] ?? guess(code, message);
  if (!explanation) return error instanceof Error ? error : new Error(message);
  const [ours, why, retryable] = explanation;
  return new LineupError(ours, sentence`${what} cannot be read: ${why}.`, {
    reason: code || undefined,
    retryable: retryable !== undefined,
  });
}

/** An error's code, and its words without anything in quotes that looks like a member's identifier. */
export function partsOf(error: unknown): { code: string; message: string; position: number | undefined } {
  const parts = (error ?? {}) as { code?: unknown; message?: unknown; position?: unknown };
  return {
    code: typeof parts.code === 'string' ? parts.code : '',
    message: String(parts.message ?? '').replace(/"([^"]*)"/g, (quoted, text: string) =>
      looksLikeIdentifier(text) ? `"${mask(text)}"` : quoted,
    ),
    position: Number(parts.position) || undefined,
  };
}

/** For what has no code, or one of a kind. The messages are those of `pg`, and of no other. */
function guess(code: string, message: string): Explanation | undefined {
  if (/^42/.test(code)) return ['source_failed', sentence`the server says: ${message}`];
  if (/^(08|53|57|58)/.test(code))
    return ['source_failed', sentence`the server has trouble (${code})`, 'retryable'];
  if (/^(ECONNRESET|EPIPE)$/.test(code) || /terminated|closed|connection error/.test(message)) return CUT;
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return UNKNOWN_AUTHORITY;
  if (/does not support SSL/.test(message)) {
    return [
      'source_failed',
      sentence`it speaks no TLS. Turn that on at the server, or use sslmode=disable where the network between is trusted`,
    ];
  }
  if (/SSL|TLS/.test(code + message))
    return ['source_failed', sentence`no TLS connection could be agreed on`];
  if (/password/i.test(message)) {
    return ['source_unauthorized', sentence`the server asks for a password, and the URL has none`];
  }
  if (/timeout/i.test(message)) return ['source_failed', sentence`it did not answer in time`, 'retryable'];
  if (/^E[A-Z]+$/.test(code))
    return ['source_failed', sentence`the connection failed (${code})`, 'retryable'];
  if (code !== '')
    return [
      'source_failed',
      sentence`the server reports the error ${code} (PostgreSQL’s manual, appendix A)`,
    ];
  return undefined;
}
