import { describe, expect, it } from 'vitest';
import type { Failure } from '../src/failure.ts';
import { type CallKind, type RetryFacts, retryDelay } from '../src/retry.ts';

function failure(code: string, facts: Partial<Failure> = {}): Failure {
  return { code, message: '', retryable: true, mayBeTaken: false, ...facts };
}

function facts(changed: Partial<RetryFacts>): RetryFacts {
  return {
    kind: 'read',
    failure: failure('server_error'),
    attempts: 1,
    maxRetries: 5,
    tookMs: 10,
    unreachableMs: 10,
    random: 1,
    ...changed,
  };
}

const kinds: CallKind[] = ['read', 'repeatable_write', 'single_write'];
const taken = { mayBeTaken: true };
const final = { retryable: false };

/** Whether it is tried again, for a read, a repeatable write and a single write. */
const table: [what: string, failure: Failure, retried: [boolean, boolean, boolean]][] = [
  ['429', failure('rate_limited'), [true, true, true]],
  ['a busy audience', failure('busy'), [true, true, true]],
  ['5xx', failure('server_error', taken), [true, true, false]],
  ['a refused connection', failure('connection_failed'), [true, true, true]],
  ['a reset after sending', failure('connection_failed', taken), [true, true, false]],
  ['a timeout', failure('timeout', taken), [true, true, false]],
  ['an upload cut off half-way', failure('connection_failed'), [true, true, true]],
  ['an untrusted certificate', failure('connection_failed', final), [false, false, false]],
  ['400', failure('bad_request', final), [false, false, false]],
  ['401', failure('unauthorized', final), [false, false, false]],
  ['403', failure('forbidden', final), [false, false, false]],
  ['an unreadable answer', failure('invalid_response', { ...final, ...taken }), [false, false, false]],
  ['an abort', failure('aborted', final), [false, false, false]],
  ['an unreadable file', failure('file_unreadable', final), [false, false, false]],
];

describe('retryDelay', () => {
  it.each(table)('%s', (_, failure, retried) => {
    const decisions = kinds.map((kind) => retryDelay(facts({ kind, failure })) !== undefined);
    expect(decisions).toEqual(retried);
  });

  it('doubles from half a second to eight seconds, and half of it is random', () => {
    const delays = (random: number) =>
      [1, 2, 3, 4, 5, 6].map((attempts) => retryDelay(facts({ attempts, maxRetries: 9, random })));
    expect(delays(1)).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(delays(0)).toEqual([250, 500, 1000, 2000, 4000, 4000]);
  });

  it('ends after the allowed retries', () => {
    expect(retryDelay(facts({ attempts: 5, maxRetries: 5 }))).toBeDefined();
    expect(retryDelay(facts({ attempts: 6, maxRetries: 5 }))).toBeUndefined();
    expect(retryDelay(facts({ attempts: 1, maxRetries: 0 }))).toBeUndefined();
  });

  it('follows Retry-After up to a minute, and leaves a longer one to the caller', () => {
    const after = (retryAfterMs: number) => retryDelay(facts({ failure: failure('rate_limited', { retryAfterMs }) }));
    expect([0, 2_000, 60_000, 60_001].map(after)).toEqual([0, 2_000, 60_000, undefined]);
  });

  it('starts no attempt on an unreachable host that would end after 30 seconds', () => {
    const refused = failure('connection_failed');
    const next = (unreachableMs: number, tookMs: number, attempts = 1) =>
      retryDelay(facts({ failure: refused, unreachableMs, tookMs, attempts }));
    expect(next(10_000, 10_000)).toBe(500);
    expect(next(20_500, 10_000, 2)).toBeUndefined();
    expect(next(16_000, 1, 5)).toBe(8_000);
    // The same applies to a silent host. Other errors have no such limit.
    expect(retryDelay(facts({ failure: failure('timeout'), unreachableMs: 29_000 }))).toBeUndefined();
    expect(retryDelay(facts({ failure: failure('server_error'), unreachableMs: 29_000 }))).toBe(500);
  });
});
