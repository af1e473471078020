/** A user waits for a source, so a silent source is reported in time. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { Secret } from '../../src/contracts/secret.ts';
import { lyticsProvider } from '../../src/sources/lytics/provider.ts';
import { withTimeout } from '../../src/use-cases/sources/registry.ts';
import { MovedClock } from '../support/service-bench.ts';

test('a silent source is reported and its request aborted, and every other error is unchanged', async () => {
  const simulator = await startLyticsSimulator({ faults: [{ kind: 'slow', ms: 3_600_000, count: 0 }] });
  onTestFinished(() => simulator.close());
  const credentials = new Secret({ token: simulator.token, origin: simulator.origin });
  const ask = (signal: AbortSignal, timeoutMs: number) =>
    withTimeout(
      signal,
      (inner) => lyticsProvider({ clock: new MovedClock() }).audiences(credentials, { limit: 10 }, inner),
      timeoutMs,
    );
  await expect(ask(new AbortController().signal, 300)).rejects.toMatchObject({
    code: 'source_failed',
    message: 'The source did not answer within 0.3 seconds.',
    retryable: true,
  });
  const gone = new AbortController();
  const asked = ask(gone.signal, 3_600_000);
  gone.abort();
  await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
  const own = new Error('its own');
  await expect(withTimeout(gone.signal, () => Promise.reject(own))).rejects.toBe(own);
});
