/** Why one attempt failed, and the sentence for it. */

import { z } from 'zod';
import { LineupError, type LineupErrorOptions } from '../../contracts/errors.ts';
import type { Secret } from '../../contracts/secret.ts';
import { type Sentence, sentence, together } from '../../contracts/sentence.ts';

export interface Failure {
  /** HTTP status, when Lytics answered; of an answer that cannot be read there is one, too. */
  readonly status?: number;
  /** What happened: without the token, without an identifier. */
  readonly what: Sentence;
  /** Lytics's own word for it, or the system's. */
  readonly reason: string;
  /** Whether the next attempt may end otherwise. */
  readonly retryable: boolean;
  /** Whether Lytics may have carried out the request although its answer did not arrive. */
  readonly lost?: boolean;
  /** The answer was longer than is read. */
  readonly tooLarge?: boolean;
  /** How long Lytics asks to wait, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Statuses after which the same request may succeed: the rest would be refused again (lytics-api.md section 3). */
export const isRetryableStatus = (status: number): boolean => status === 429 || status >= 500;

/** @param call the request, e.g. `GET /v2/segment` */
export function explainFailure(failure: Failure, call: string, attempts: number): LineupError {
  const { status, what, reason, retryable, cause } = failure;
  const options: LineupErrorOptions = { reason, retryable, cause };
  if (status === 401) {
    return new LineupError(
      'source_unauthorized',
      sentence`Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.`,
      options,
    );
  }
  if (status === 403) {
    return new LineupError(
      'source_unauthorized',
      sentence`The role of the Lytics API token does not allow to read this (${call}). Give the token a role that may read audiences, fields and profiles.`,
      options,
    );
  }
  return new LineupError(
    'source_failed',
    together(
      what,
      attempts > 1 ? sentence`${call} was tried ${attempts} times.` : sentence`The request was ${call}.`,
      retryable ? sentence`Try again later.` : undefined,
    ),
    options,
  );
}

const status = z.union([z.number(), z.string().max(3)]).transform(Number);
const text = z.string().nullish();

/** v1, or v2 with a list of errors, or flat (lytics-api.md section 1). */
const refusal = z.union([
  z.object({ status, data: z.null(), message: text }),
  z.object({
    status,
    request_id: z.string(),
    errors: z.array(z.object({ code: text, message: text })).min(1),
  }),
  z.object({ status, request_id: z.string(), message: text }),
]);

/** The status of an error that came as a success. */
export function statusIn(body: unknown): number | undefined {
  const found = z.object({ status }).safeParse(body).data?.status ?? 0;
  return found >= 400 && found <= 599 ? found : undefined;
}

/**
 * What an error of Lytics says, as far as it may be shown. Whoever enters an origin could otherwise have somebody else’s answer
 * read out to them. So only what has the form of Lytics’ errors is shown, and of that its code and a few plain words: nothing in
 * which a secret, an address or a number could be.
 * @returns e.g. `FORBIDDEN-003, not authorized`; empty when nothing of it may be shown
 */
export function toldBy(body: unknown, expected: number, token: Secret): string {
  const read = refusal.safeParse(body).data;
  if (read?.status !== expected) return '';
  const error = 'errors' in read ? read.errors[0] : read;
  const code = error && 'code' in error && /^[A-Z_]{1,40}-\d{1,6}$/.test(error.code ?? '') ? error.code : '';
  return [code, plainWords(error?.message ?? '', token.reveal())].filter(Boolean).join(', ');
}

/** A short line of words, or nothing at all: of a text that was cut nobody could tell what it is. */
function plainWords(message: string, token: string): string {
  if (message.length > 120 || message.includes(token)) return '';
  const words = message.trim().replace(/\.$/, '').split(' ');
  return words.every((word) => /^\p{L}{1,20}[,;:]?$/u.test(word)) ? words.join(' ') : '';
}
