/**
 * One GET for a file, and the sentences for its failures. They contain no credential, no query and no text of
 * the server. Redirects are followed here, so that each target is checked like the first URL.
 */
import type { IncomingMessage } from 'node:http';
import { DeadlineError, parseRetryAfter } from '../../../../packages/client-core/src/timing.ts';
import { LineupError } from '../../../domain/errors/errors.ts';
import { type Sentence, sentence, type Value } from '../../../domain/text/sentence.ts';
import { firstError, get, isPassingStatus, withDeadline } from '../../http.ts';
import type { UrlAccess } from '../location.ts';

const MAX_REDIRECTS = 5;

export interface RemoteFile {
  readonly url: URL;
  /** Without credentials and query. */
  readonly name: string;
  readonly access: UrlAccess;
}

/**
 * An answer with a file, or with a part of it (200, 206). The caller must destroy it.
 * @throws {LineupError} `source_*`, or the refusal of `access`
 */
export async function fetchFile(
  { url: first, name, access }: RemoteFile,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    // Only the server of the first URL gets the credentials.
    const own = url.origin === first.origin ? credentialsOf(first) : {};
    const answer = await exchange(url, access, { ...headers, ...own }, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw explainNetwork(name, url.host, error);
    });
    const { statusCode: status = 0 } = answer;
    if (status === 200 || status === 206) return answer;
    answer.destroy();
    const { location, date = null, 'retry-after': retryAfter = null } = answer.headers;
    if (!REDIRECTS.has(status) || location === undefined) {
      throw refusedBy(name, status, parseRetryAfter(retryAfter, date, access.clock.now().getTime()));
    }
    if (redirects === MAX_REDIRECTS) {
      throw new LineupError('source_unreadable', sentence`${name} redirects too many times.`);
    }
    url = redirectTarget(location, url, name);
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirectTarget(location: string, from: URL, name: string): URL {
  const next = URL.parse(location, from.href);
  if (!next) throw new LineupError('source_unreadable', sentence`${name} redirects to an invalid URL.`);
  return next;
}

async function exchange(
  url: URL,
  access: UrlAccess,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const lookup = access.admit(url);
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return withDeadline(access.silenceMs, signal, (inner) =>
    get(plain, {
      // A guarded request uses a new connection: a kept one may be from a time when more hosts were allowed.
      ...(lookup && { agent: false, lookup }),
      headers: { accept: '*/*', ...headers },
      signal: inner,
    }),
  );
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodePart(username)}:${decodePart(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A plain `%` is allowed here. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The server cannot answer now. A later attempt may succeed. */
export class UnavailableError extends LineupError {
  /** How long the server asks us to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(text: Sentence, reason: string, retryAfterMs?: number) {
    super('source_failed', text, { reason, retryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/** For an answer without a file. */
export function refusedBy(name: string, status: number, retryAfterMs: number | undefined): LineupError {
  const reason = String(status);
  if (status === 404 || status === 410) {
    return new LineupError('source_not_found', sentence`${name} does not exist (HTTP ${reason}).`, {
      reason,
    });
  }
  if (status === 401 || status === 403) {
    return new LineupError(
      'source_unreadable',
      sentence`${name} cannot be read: the server denies access (HTTP ${reason}).`,
      { reason },
    );
  }
  if (isPassingStatus(status)) {
    return new UnavailableError(
      sentence`${name} could not be fetched: the server answered HTTP ${reason}.`,
      reason,
      retryAfterMs,
    );
  }
  return new LineupError(
    'source_unreadable',
    sentence`${name} could not be fetched: the server answered HTTP ${reason}.`,
    { reason },
  );
}

/** For a connection that failed. Returns a LineupError unchanged. */
export function explainNetwork(name: string, host: Value, error: unknown): LineupError {
  if (error instanceof LineupError) return error;
  if (error instanceof DeadlineError) {
    return new UnavailableError(sentence`${name}: the server did not respond for too long.`, 'timeout');
  }
  const { code = 'no answer' } = firstError(error) as NodeJS.ErrnoException;
  const failed = (problem: Sentence) =>
    new UnavailableError(sentence`${name} could not be fetched: ${problem} (${code}).`, code);
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code)) {
    return new LineupError(
      'source_unreadable',
      sentence`${name} could not be fetched: the certificate of ${host} is not trusted (${code}). Renew it, or set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority.`,
      { reason: code },
    );
  }
  if (/SSL|EPROTO/.test(code)) return failed(sentence`no encrypted connection to ${host} could be made`);
  switch (code) {
    case 'ENOTFOUND':
      return failed(sentence`there is no host ${host}`);
    case 'EAI_AGAIN':
      return failed(sentence`the name server could not look up ${host}`);
    case 'ECONNREFUSED':
      return failed(sentence`nothing answers at ${host}`);
    default:
      return failed(sentence`the connection failed, or was lost before the end of the file`);
  }
}
