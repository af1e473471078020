/** What went wrong with a file's server, in words; never with a credential, a query, or what the server wrote. */
import { LineupError } from '../../../contracts/errors.ts';
import { type Sentence, sentence } from '../../../contracts/sentence.ts';
import { TimeIsUp } from '../../remote/deadline.ts';

/** The server cannot do it now. */
export class Unavailable extends LineupError {
  /** How long it asks to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(what: Sentence, reason: string, retryAfterMs?: number) {
    super('source_failed', what, { reason, retryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/** For an answer that brings no file. */
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
      sentence`${name} may not be read: the server refuses it (HTTP ${reason}).`,
      { reason },
    );
  }
  if (status === 429 || status >= 500) {
    return new Unavailable(
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

/** For a connection that was not made, or broke. What is in words already stays as it is. */
export function explainNetwork(name: string, host: string, error: unknown): LineupError {
  if (error instanceof LineupError) return error;
  if (error instanceof TimeIsUp) {
    return new Unavailable(sentence`${name}: the server stayed silent for too long.`, 'timeout');
  }
  const { code = 'no answer' } = firstOf(error);
  const failed = (words: Sentence) =>
    new Unavailable(sentence`${name} could not be fetched: ${words} (${code}).`, code);
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code)) {
    return new LineupError(
      'source_unreadable',
      sentence`${name} could not be fetched: the certificate of ${host} is not trusted (${code}). Renew it, or name its authority's certificate in NODE_EXTRA_CA_CERTS.`,
      { reason: code },
    );
  }
  if (/SSL|EPROTO/.test(code)) return failed(sentence`no encrypted connection to ${host} comes about`);
  switch (code) {
    case 'ENOTFOUND':
      return failed(sentence`there is no host ${host}`);
    case 'EAI_AGAIN':
      return failed(sentence`the name server does not tell where ${host} is`);
    case 'ECONNREFUSED':
      return failed(sentence`nothing answers at ${host}`);
    default:
      return failed(sentence`the connection did not come about, or broke before the end of the file`);
  }
}

/** Of several addresses that were tried, each has an error of its own. */
function firstOf(error: unknown): NodeJS.ErrnoException {
  return (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
}
