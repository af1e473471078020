import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { backoff, DeadlineError, parseRetryAfter, withDeadline } from '../src/timing.ts';

test('the delay after an attempt doubles up to the longest, half of it by chance', () => {
  expect([1, 2, 5, 9].map((attempts) => backoff(attempts, 16_000, 0.5))).toEqual([375, 750, 6_000, 12_000]);
  expect([0, 1].map((random) => backoff(3, 16_000, random))).toEqual([1_000, 2_000]);
});

test('Retry-After is a number of seconds, or a date by the clock of the server', () => {
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
    expect(parseRetryAfter(header, serverDate, now), `${header}`).toBe(expected);
  }
});

describe('withDeadline', () => {
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
