/** LINE’s client is a package without dependencies and has its own copy of these rules. The two must do the same. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import * as client from '../../packages/client-core/src/retry.ts';
import * as application from '../../src/domain/retry.ts';

test('the delay after an attempt is the same', () => {
  const failure = { code: 'server_error', message: '', retryable: true, mayBeTaken: false } as const;
  for (let attempts = 1; attempts <= 8; attempts++) {
    for (const random of [0, 0.3, 0.999]) {
      const facts = { kind: 'read', failure, attempts, maxRetries: 9, tookMs: 1, unreachableMs: 1, random } as const;
      expect(application.backoff(attempts, 8_000, random)).toBe(client.retryDelay(facts));
    }
  }
  expect([1, 2, 5, 9].map((attempts) => application.backoff(attempts, 16_000, 0.5))).toEqual([375, 750, 6_000, 12_000]);
});

test('Retry-After is read in the same way', () => {
  const now = Date.UTC(2026, 0, 5, 12, 0, 0);
  const date = 'Mon, 05 Jan 2026 12:00:30 GMT';
  const before = 'Mon, 05 Jan 2026 12:00:20 GMT';
  const headers: [string | null, string | null, number | undefined][] = [
    [null, date, undefined],
    [' 2 ', null, 2_000],
    ['soon', null, undefined],
    [date, null, 30_000],
    [date, before, 10_000],
    [date, 'no date', 30_000],
    [before, date, 0],
    ['', null, undefined],
  ];
  for (const [header, serverDate, expected] of headers) {
    expect(application.parseRetryAfter(header, serverDate, now), `${header}`).toBe(expected);
    expect(client.parseRetryAfter(header, serverDate, now), `${header}`).toBe(expected);
  }
});

describe.each([
  ['of the application', application],
  ['of the client', client],
])('withDeadline %s', (_, { withDeadline, DeadlineError }) => {
  /** A wait that ends when the test says so. */
  const timer = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let asked = 0;
    const wait = (ms: number, signal: AbortSignal) => {
      asked = ms;
      signal.addEventListener('abort', () => reject(signal.reason));
      return promise;
    };
    return { wait, expire: resolve, ended: promise, asked: () => asked };
  };
  const never = () => new Promise<never>(() => {});

  test('gives the result, ends the wait, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const { wait, ended, asked } = timer();
    expect(await withDeadline(50, signal, async (inner) => inner.aborted, wait)).toBe(false);
    await expect(ended).rejects.toBe('The work has ended.');
    expect(asked()).toBe(50);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends the work when the time is over, also work that ignores its signal', async () => {
    const { wait, expire } = timer();
    let inner: AbortSignal | undefined;
    const late = withDeadline(
      50,
      undefined,
      (signal) => {
        inner = signal;
        return never();
      },
      wait,
    );
    expire();
    const error = await late.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ name: 'DeadlineError', message: '50 ms have passed' });
    expect(inner?.reason).toBe(error);
  });

  test('ends it with the reason of the caller, and begins none that is aborted already', async () => {
    const stop = new AbortController();
    const stopped = withDeadline(50, stop.signal, never, timer().wait);
    const why = new Error('no more patience');
    stop.abort(why);
    await expect(stopped).rejects.toBe(why);
    let began = false;
    const work = async () => {
      began = true;
    };
    await expect(withDeadline(50, stop.signal, work, timer().wait)).rejects.toBe(why);
    expect(began).toBe(false);
  });

  test('passes on a failure of the work', async () => {
    const { wait, ended } = timer();
    const failed = withDeadline(50, undefined, () => Promise.reject(new Error('It failed.')), wait);
    await expect(failed).rejects.toThrow('It failed.');
    await expect(ended).rejects.toBe('The work has ended.');
  });
});
