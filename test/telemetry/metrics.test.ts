/** The metrics of prom-client as those of OpenTelemetry. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { EventLog } from '../../src/contracts/event-log.ts';
import { processMetrics } from '../../src/server/monitoring.ts';
import { metricsOf } from '../../src/telemetry/metric-families.ts';
import { Outages } from '../../src/telemetry/outages.ts';

const times = { startedAt: [1, 0], now: [2, 0] } as const;
const convert = (families: Parameters<typeof metricsOf>[0]) =>
  metricsOf(families, { startedAt: [...times.startedAt], now: [...times.now] });

test('each kind keeps its name, its series and its values', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'lineup_events_total', help: 'Events.', labelNames: ['event'], registers }).inc(
    { event: 'a.b' },
    3,
  );
  new Counter({ name: 'process_cpu_seconds_total', help: 'Time.', registers }).inc(0.5);
  new Gauge({ name: 'lineup_runs', help: 'Runs.', labelNames: ['status'], registers }).set({ status: 'failed' }, 2);
  const duration = new Histogram({
    name: 'lineup_http_request_duration_seconds',
    help: 'Requests.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.1, 1],
    registers,
  });
  for (const seconds of [0.05, 0.5, 0.7, 5]) duration.observe({ method: 'GET', route: '/a/:id', status: 200 }, seconds);
  duration.observe({ method: 'POST', route: '/a', status: 201 }, 0.1);

  const [events, cpu, runs, requests, standard] = convert(await registry.getMetricsAsJSON());
  // It counts since the installation.
  expect(events).toMatchObject({
    ...{ descriptor: { name: 'lineup_events_total', description: 'Events.' }, isMonotonic: true },
    dataPoints: [{ attributes: { event: 'a.b' }, value: 3, startTime: [0, 0], endTime: times.now }],
  });
  expect(cpu).toMatchObject({
    descriptor: { unit: 's' },
    dataPoints: [{ value: 0.5, startTime: times.startedAt, attributes: {} }],
  });
  expect(runs).toMatchObject({ dataPoints: [{ attributes: { status: 'failed' }, value: 2 }] });
  const buckets = { boundaries: [0.1, 1], counts: [1, 2, 1] };
  expect(requests?.dataPoints).toMatchObject([
    { attributes: { method: 'GET', route: '/a/:id', status: 200 }, value: { buckets, sum: 6.25, count: 4 } },
    { attributes: { method: 'POST' }, value: { buckets: { counts: [1, 0, 0] }, count: 1 } },
  ]);
  expect(standard).toMatchObject({
    descriptor: { name: 'http.server.request.duration', unit: 's' },
    dataPoints: [
      {
        attributes: { 'http.request.method': 'GET', 'http.route': '/a/:id', 'http.response.status_code': 200 },
        value: { buckets, count: 4 },
      },
      { attributes: { 'http.request.method': 'POST' } },
    ],
  });
});

test('a worker has the metrics of its process', async () => {
  const names = convert(await processMetrics()()).map(({ descriptor }) => descriptor.name);
  expect(names).toContain('process_resident_memory_bytes');
  expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(names.filter((name) => name.startsWith('lineup_'))).toEqual([]);
});

test('an outage is told once, and its end once, for each signal', () => {
  const told: unknown[] = [];
  const log: EventLog = { record: (event, { signal, code } = {}) => void told.push([event, signal, code]) };
  const outages = new Outages();
  outages.reportTo(log);
  let result: { code: number; error?: Error & { code?: unknown } } = { code: 0 };
  const exporter = () => ({ export: (_: unknown[], done: (given: typeof result) => void) => done(result) });
  const traces = outages.watch('traces', exporter());
  const metrics = outages.watch('metrics', exporter());
  const send = () => {
    for (const { export: send } of [traces, metrics]) send([], () => {});
  };
  send();
  expect(told).toEqual([]);
  result = { code: 1, error: Object.assign(new Error('canary'), { code: 'ECONNREFUSED' }) };
  send();
  send();
  result = { code: 0 };
  send();
  send();
  const outageOf = (signal: string) => [
    ['telemetry.failed', signal, 'ECONNREFUSED'],
    ['telemetry.recovered', signal, undefined],
  ];
  expect(told.filter((line) => (line as string[])[1] === 'traces')).toEqual(outageOf('traces'));
  expect(told.filter((line) => (line as string[])[1] === 'metrics')).toEqual(outageOf('metrics'));
});
