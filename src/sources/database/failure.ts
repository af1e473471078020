/**
 * What both drivers tell of a connection that fails, and our own sentences for it. The server's text is never shown,
 * because it may quote the values of members, even whole tables.
 */
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { internalFact, type Sentence, sentence } from '../../domain/text/sentence.ts';

export type Explanation = readonly [code: ErrorCode, why: Sentence, retryable?: 'retryable'];

export const CUT: Explanation = ['source_failed', sentence`the connection was lost`, 'retryable'];

export const TOO_LONG: Explanation = [
  'source_failed',
  sentence`it took too long, or somebody cancelled it on the server`,
  'retryable',
];

export const NO_CONNECTION: Explanation = ['source_failed', sentence`the server has no free connection`, 'retryable'];

export const LOCKED: Explanation = ['source_failed', sentence`the table was locked for too long`, 'retryable'];

export const SHUT_DOWN: Explanation = [
  'source_failed',
  sentence`the server was shut down, or its administrator ended the connection`,
  'retryable',
];

export const NO_DATABASE: Explanation = ['source_not_found', sentence`there is no database with this name`];
export const NO_TABLE: Explanation = ['source_not_found', sentence`there is no such table or view`];
export const CHANGES_DATA: Explanation = ['invalid_argument', sentence`it would change data, but Lineup only reads`];

/** By the code of a network or TLS error of Node.js. */
export const networkFailures: Readonly<Record<string, Explanation>> = {
  EAI_AGAIN: ['source_failed', sentence`its host name cannot be looked up at the moment`, 'retryable'],
  ECONNREFUSED: ['source_failed', sentence`nothing listens there`, 'retryable'],
  ENOENT: ['source_failed', sentence`there is no such socket`, 'retryable'],
  ENOTFOUND: ['source_failed', sentence`its host name is not known`],
  ECONNRESET: CUT,
  EPIPE: CUT,
  CERT_HAS_EXPIRED: ['source_failed', sentence`its certificate has expired`],
};

const TLS: Explanation = ['source_failed', sentence`the TLS connection failed`];

/** By our own codes: for faults that have no code from the server or from Node.js. */
export const ownFailures = {
  cut: CUT,
  silent: ['source_failed', sentence`it did not answer in time`, 'retryable'],
  too_much: ['source_failed', sentence`the server sent more data than requested`],
  tls: TLS,
  sign_in: ['source_unauthorized', sentence`signing in failed, because the server does not follow the protocol`],
} as const satisfies Readonly<Record<string, Explanation>>;

/** For a code of Node.js without an entry. Undefined for any other code. */
export function explainNetwork(code: string, unknownAuthority: Explanation): Explanation | undefined {
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return unknownAuthority;
  if (/SSL|TLS/.test(code)) return TLS;
  if (/^E[A-Z]+$/.test(code)) return ['source_failed', sentence`the connection failed (${code})`, 'retryable'];
  return undefined;
}

/** The words of one kind of database. */
export interface FailureWords {
  /** By our own codes. These are not shown as a reason. */
  readonly own: Readonly<Record<string, Explanation>>;
  /** By the codes of the server and of Node.js. */
  readonly known: Readonly<Record<string, Explanation>>;
  /** For every other code. */
  readonly others: (code: string) => Explanation;
  /** The subject of the sentence for a person who may not see the server's name. */
  readonly unnamed: Sentence;
}

/** An error of a connection. It contains no text of the server or of the driver. */
export abstract class DatabaseSessionError extends Error {
  override readonly name = 'SessionError';
  /** A code of the server, a code of a network or TLS error of Node.js, or one of our own. */
  readonly code: string;
  abstract readonly words: FailureWords;

  constructor(system: string, code: string) {
    super(`a connection to ${system} failed: ${code}`);
    this.code = code;
  }
}

/**
 * The LineupError for the error of a connection. Returns other errors unchanged.
 * @param subject the subject of the sentence, e.g. `MySQL "shop" (reader@…)`
 */
export function explainSessionError(error: unknown, subject: string): Error {
  if (!(error instanceof DatabaseSessionError)) return error instanceof Error ? error : new Error(String(error));
  const { code, words } = error;
  const own = Object.hasOwn(words.own, code) ? words.own[code] : undefined;
  const [ours, why, retryable] = own ?? words.known[code] ?? words.others(code);
  return new LineupError(ours, sentence`${internalFact(subject, words.unnamed)} cannot be read: ${why}.`, {
    reason: own ? undefined : code,
    retryable: retryable !== undefined,
  });
}
