/** The spans of requests: who may put them into a trace, and which there are. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readTelemetry } from '../../src/config/telemetry.ts';
import type { Telemetry } from '../../src/contracts/telemetry.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { answers } from '../server/answers.ts';
import { databases, type TestDatabase } from '../support/databases.ts';
import { otlpReceiver } from '../support/otlp.ts';
import { testServer } from '../support/server.ts';
import { tokens, useCases } from '../support/use-cases.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const sampled = `00-${CALLER.traceId}-${CALLER.spanId}-01`;

let opened: TestDatabase;
beforeAll(async () => {
  opened = await databases[0]!.migrated();
});
afterAll(() => opened.drop());

async function started(variables: Record<string, string> = {}) {
  const collector = await otlpReceiver();
  const settings = readTelemetry({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`, ...variables })!;
  const telemetry: Telemetry = startTelemetry(settings, {
    ...{ version: '0.0.0', instanceId: randomUUID(), clock: systemClock },
  });
  let closed: Promise<boolean> | undefined;
  const close = () => (closed ??= telemetry.close());
  onTestFinished(async () => void (await close()));
  const server = await testServer(opened.database, useCases(answers()), { telemetry });
  onTestFinished(() => server.app.close());
  const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ method: 'GET', url, headers });
  return { collector, get, log: server.log, close };
}

const viewer = { authorization: `Bearer ${tokens.viewer}` };

test('a request with a session or a token is in the trace of its caller, and every other one begins its own', async () => {
  const { collector, get, log, close } = await started();
  expect((await get('/api/v1/jobs?search=canary', { ...viewer, traceparent: sampled })).statusCode).toBe(200);
  expect((await get('/api/v1/jobs/canary', { ...viewer, traceparent: 'canary@example.com' })).statusCode).toBe(404);
  expect((await get('/api/v1/jobs', { traceparent: sampled })).statusCode).toBe(401);
  expect((await get('/health', { traceparent: sampled })).statusCode).toBe(200);
  expect((await get('/api/v1/nowhere/canary', { ...viewer, traceparent: sampled })).statusCode).toBe(404);
  await close();
  const [first, second, ...others] = collector.spans();
  expect(first).toMatchObject({
    ...{ name: 'GET /api/v1/jobs', traceId: CALLER.traceId, parent: CALLER.spanId },
    attributes: { 'http.request.method': 'GET', 'http.route': '/api/v1/jobs', 'http.response.status_code': 200 },
  });
  expect(second).toMatchObject({ name: 'GET /api/v1/jobs/:id', parent: '' });
  expect(second!.traceId).not.toBe(CALLER.traceId);
  expect(others).toEqual([]);
  expect(Buffer.concat(collector.bodies).toString('latin1')).not.toMatch(/canary|example\.com|lineup_/);
  const line = log()
    .split('\n')
    .find((text) => text.includes('"path":"/api/v1/jobs"') && text.includes('"Answered"'));
  expect(JSON.parse(line!)).toMatchObject({ trace_id: CALLER.traceId, span_id: first!.spanId });
});

test('with traceidratio alone, nobody can ask to be recorded', async () => {
  const { collector, get, close } = await started({
    ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  });
  await get('/api/v1/jobs', { ...viewer, traceparent: sampled });
  await close();
  expect(collector.spans()).toEqual([]);
});

test('without propagators, a request begins its own trace', async () => {
  const { collector, get, close } = await started({ OTEL_PROPAGATORS: 'none' });
  await get('/api/v1/jobs', { ...viewer, traceparent: sampled });
  await close();
  expect(collector.spans()).toMatchObject([{ name: 'GET /api/v1/jobs', parent: '' }]);
});
