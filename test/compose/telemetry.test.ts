import { afterEach, expect, test, vi } from 'vitest';
import { openTelemetry } from '../../src/compose/telemetry.ts';

afterEach(() => vi.unstubAllEnvs());

test('an installation without the SDK says so, and goes on without it', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318');
  const notes: string[] = [];
  const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(
    await openTelemetry(
      '1.0.0',
      (note) => notes.push(note),
      () => Promise.reject(missing),
    ),
  ).toBe(undefined);
  expect(notes).toEqual([expect.stringContaining('without the parts for OpenTelemetry')]);
  const other = new Error('broken');
  await expect(
    openTelemetry(
      '1.0.0',
      () => {},
      () => Promise.reject(other),
    ),
  ).rejects.toBe(other);
});
