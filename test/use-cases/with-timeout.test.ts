/** A user waits for a source, so a silent source is reported in time. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { lyticsProvider } from '../../src/sources/lytics/provider.ts';
import { withTimeout } from '../../src/use-cases/sources/registry.ts';
import { MovedClock } from '../support/service-bench.ts';

/** A clock whose waits end when the test says so. */
function stillClock() {
  const waits: { ms: number; signal: AbortSignal | undefined; end: () => void }[] = [];
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      waits.push({ ms, signal, end: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  return { sleep, waits };
}

test('a silent source is reported and its request aborted, and every other error is unchanged', async () => {
  const simulator = await startLyticsSimulator({ faults: [{ kind: 'slow', ms: 3_600_000, count: 0 }] });
  onTestFinished(() => simulator.close());
  const credentials = new Secret({ token: simulator.token, origin: simulator.origin });
  const clock = stillClock();
  let inner: AbortSignal | undefined;
  const ask = (signal: AbortSignal) =>
    withTimeout(clock, signal, (given) => {
      inner = given;
      return lyticsProvider({ clock: new MovedClock() }).audiences(credentials, { limit: 10 }, given);
    });
  const silent = ask(new AbortController().signal);
  expect(clock.waits.map(({ ms }) => ms)).toEqual([30_000]);
  clock.waits[0]!.end();
  await expect(silent).rejects.toMatchObject({
    code: 'source_failed',
    message: 'The source did not answer within 30 seconds.',
    retryable: true,
  });
  expect(inner?.reason).toMatchObject({ name: 'TimeoutError' });
  const gone = new AbortController();
  const asked = ask(gone.signal);
  gone.abort();
  await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
  const own = new Error('its own');
  await expect(withTimeout(clock, gone.signal, () => Promise.reject(own))).rejects.toBe(own);
});

test('no timer stays when the work has ended', async () => {
  const { sleep, waits } = stillClock();
  const { signal } = new AbortController();
  expect(await withTimeout({ sleep }, signal, async () => 'done')).toBe('done');
  await expect(withTimeout({ sleep }, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(waits.map((wait) => wait.signal?.aborted)).toEqual([true, true]);
});
