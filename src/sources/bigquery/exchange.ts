/** Sends one request to the REST API, and reads its whole answer within bounds. */

import { DeadlineError, parseRetryAfter } from '../../../packages/client-core/src/timing.ts';
import type { NetworkAccess } from '../../contracts/network.ts';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { firstError, get, jsonOf, post, readText, withDeadline } from '../http.ts';
import { stopped } from './retries.ts';

export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** With a body it is a POST. */
  readonly body?: string;
  readonly network: NetworkAccess | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  /** Undefined when it is not JSON, or longer than Lineup reads. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

/** A page of 1,000 tables has half a megabyte; a schema of 10,000 columns has about two. */
const MAX_BYTES = 16_000_000;
/** BigQuery keeps some requests open until a query has ended, but not that long. */
const TIMEOUT_MS = 180_000;

/**
 * @throws {LineupError} `source_failed` when BigQuery cannot be reached, `source_unreadable` from the guard,
 *   `interrupted`
 */
export async function exchange(request: Exchange): Promise<Answer> {
  const { url, network, silenceMs, signal } = request;
  network?.assertAllowed(url.hostname);
  try {
    return await withDeadline(TIMEOUT_MS, signal, (inner) => roundTrip(request, inner));
  } catch (error) {
    if (signal?.aborted) throw stopped();
    if (error instanceof LineupError) throw error;
    throw unreachable(error, silenceMs);
  }
}

async function roundTrip(
  { url, headers, body, network, clock, silenceMs }: Exchange,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await withDeadline(silenceMs, signal, (inner) => {
    // Only a simulator has a guard. A connection that is kept open could belong to another one.
    const guard = network && { agent: false as const, lookup: network.lookup };
    const request = { headers, ...guard, signal: inner };
    return body === undefined ? get(url, request) : post(url, request, body);
  });
  try {
    const text = await readText(answer, MAX_BYTES, silenceMs, signal);
    const now = clock.now().getTime();
    const retryAfter = answer.headers['retry-after'] ?? null;
    return {
      status: answer.statusCode ?? 0,
      body: jsonOf(text ?? ''),
      retryAfterMs: parseRetryAfter(retryAfter, answer.headers.date ?? null, now),
    };
  } finally {
    answer.destroy();
  }
}

function unreachable(error: unknown, silenceMs: number): LineupError {
  if (error instanceof DeadlineError) {
    return new LineupError(
      'source_failed',
      sentence`BigQuery did not answer within ${silenceMs / 1000} seconds. Try again later.`,
      { reason: 'timeout', retryable: true },
    );
  }
  const cause = firstError(error);
  const { code } = Object(cause) as { code?: unknown };
  const name = typeof code === 'string' ? code : 'unknown';
  return new LineupError(
    'source_failed',
    sentence`BigQuery could not be reached, or the connection was lost (${name}). Try again later.`,
    { reason: name, retryable: true, cause },
  );
}
