/**
 * Errors of a connection to PostgreSQL, and our own sentences for them. The server's text is never shown,
 * because it may quote the values of members, even whole tables. The `cause` is left out for the same reason,
 * and because it may contain the password.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import {
  CHANGES_DATA,
  DatabaseSessionError,
  type Explanation,
  explainNetwork,
  type FailureWords,
  LOCKED,
  NO_CONNECTION,
  NO_DATABASE,
  NO_TABLE,
  networkFailures,
  ownFailures,
  SHUT_DOWN,
  TOO_LONG,
} from '../database/failure.ts';

/** Our own codes, for faults that have no code from the server or from Node.js. */
type OwnCode = keyof typeof ownFailures | 'protocol' | 'no_tls' | 'no_password';

/** Its code is an SQLSTATE, a code of Node.js, or one of our own. */
export class SessionError extends DatabaseSessionError {
  /** The position of the mistake in the statement: the number of the character, from 1. */
  readonly position: number | undefined;

  constructor(code: OwnCode | (string & {}), position?: number) {
    super('PostgreSQL', code);
    this.position = position;
  }

  get words(): FailureWords {
    return WORDS;
  }
}

/** insufficient_privilege */
export const NO_RIGHT = '42501';

/** By SQLSTATE (PostgreSQL's manual, appendix A), or by the code of a network or TLS error of Node.js. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '22021': [
    'source_encoding',
    sentence`a value is not valid in the encoding of the database. A query can convert it: convert_from(field::bytea, 'SJIS')`,
  ],
  '22P05': ['source_encoding', sentence`a value contains a character that does not exist in UTF-8`],
  '25006': CHANGES_DATA,
  '28000': [
    'source_unauthorized',
    sentence`the pg_hba.conf of the server refuses this user from this machine, or without TLS. Check the user and sslmode`,
  ],
  '28P01': ['source_unauthorized', sentence`the server refuses this user or password`],
  '3D000': NO_DATABASE,
  '40001': [
    'source_failed',
    sentence`this server is a standby and cancelled the query because of its own updates. Read from the primary, or raise max_standby_streaming_delay`,
    'retryable',
  ],
  [NO_RIGHT]: [
    'source_unauthorized',
    sentence`this user may not read all of it. GRANT SELECT on the table, and USAGE on its schema`,
  ],
  '42702': ['field_not_found', sentence`two of its fields have this name. Rename one with AS`],
  '42883': [
    'source_unsupported',
    sentence`the server does not have a function of the statement. Hashing in the database needs PostgreSQL 11 or later`,
  ],
  '42P01': NO_TABLE,
  '53100': [
    'source_failed',
    sentence`the server has no disk space left, for example for the temporary files of a large statement`,
    'retryable',
  ],
  '53300': NO_CONNECTION,
  '53400': [
    'source_failed',
    sentence`the server does not allow a statement so much temporary space. Raise temp_file_limit for this user`,
  ],
  '55P03': LOCKED,
  '57014': TOO_LONG,
  '57P01': SHUT_DOWN,
  '57P02': ['source_failed', sentence`the server crashed`, 'retryable'],
  '57P03': ['source_failed', sentence`the server is starting up or shutting down`, 'retryable'],
  ...networkFailures,
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'source_failed',
    sentence`its certificate is for another name. Use that name, or add the certificate of its authority and sslmode=verify-ca`,
  ],
};

const UNKNOWN_AUTHORITY: Explanation = [
  'source_failed',
  sentence`its certificate is not from a trusted authority. Add the certificate of the authority, or use sslmode=require, which encrypts but does not check the server`,
];

const OWN: Readonly<Record<OwnCode, Explanation>> = {
  ...ownFailures,
  protocol: ['source_failed', sentence`the server does not follow the PostgreSQL protocol. Check host and port`],
  no_tls: [
    'source_failed',
    sentence`it does not support TLS. Turn on TLS at the server, or use sslmode=disable in a trusted network`,
  ],
  no_password: ['source_unauthorized', sentence`the server asks for a password, but the URL has none`],
};

/** Makes a SessionError of an error of the driver. Returns our own errors unchanged. */
export function sessionError(error: unknown): LineupError | SessionError {
  if (error instanceof LineupError || error instanceof SessionError) return error;
  const { code, message, position } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code))
    return new SessionError(code, Number(position) || undefined);
  return new SessionError(ownCodeOf(String(message)));
}

/** For an error without a code. The messages are those of `pg`. */
function ownCodeOf(message: string): OwnCode {
  if (/terminated|closed|connection error/.test(message)) return 'cut';
  if (/timeout/i.test(message)) return 'silent';
  if (/does not support SSL/.test(message)) return 'no_tls';
  if (/client password/.test(message)) return 'no_password';
  if (/^SASL/.test(message)) return 'sign_in';
  if (/SSL|TLS/.test(message)) return 'tls';
  return 'protocol';
}

/** For a code without an entry, by its class. */
function explainOther(code: string): Explanation {
  if (/^(08|53|57|58)/.test(code)) return ['source_failed', sentence`the server has a problem (${code})`, 'retryable'];
  return (
    explainNetwork(code, UNKNOWN_AUTHORITY) ?? [
      'source_failed',
      sentence`the server reports the error ${code} (PostgreSQL’s manual, appendix A)`,
    ]
  );
}

const WORDS: FailureWords = {
  own: OWN,
  known: EXPLANATIONS,
  others: explainOther,
  unnamed: sentence`The PostgreSQL database`,
};
