/** The traces of a service of several processes, as a collector gets them: one is killed, and another one goes on. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { operator, type Role } from '../../src/domain/people/people.ts';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { members } from '../support/cli.ts';
import { otlpReceiver, type ReceivedMetric, type ReceivedSpan, treeOf } from '../support/otlp.ts';
import { needsPostgres } from '../support/postgres.ts';
import { webReceiver } from '../support/receivers.ts';
import { recordingProxy } from '../support/recording-proxy.ts';
import { aiko, quietTime } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { startWorker } from '../support/workers.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

test('a request, its job and its run are one trace over processes, which a worker continues after the death of another one', {
  ...needsPostgres,
  timeout: 120_000,
}, async () => {
  const collector = await otlpReceiver();
  const bench = await serviceBench({ role: 'api', channels: true });
  const line = await recordingProxy(bench.simulator.url);
  const environment = {
    LINE_ADS_BASE_URL: line.url,
    LINEUP_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  const webhook = await webReceiver();
  await bench.service.notifications.create(
    {
      ...{ kind: 'webhook', label: 'Operations', language: 'en', events: ['job_succeeded'] },
      configuration: { url: webhook.url, signing_key: undefined },
    } as never,
    aiko,
  );
  const url = await startApi(bench, environment);
  const start = () => startWorker(proxied(bench, line.url), {}, 'data', environment);
  const first = await start();

  const { csv } = members(70, 'canary');
  const source = await serveFiles((request, response) => sendFile(request, response, Buffer.from(csv)));
  await bench.service.settings.write('files', { roots: [], url_roots: [{ url: source.origin }] }, aiko);
  const draft = {
    name: 'Kanarienvogel <canary@example.com>',
    authorization_id: bench.authorizationId,
    configuration: {
      segment_id: `${source.origin}/canary-090-1234-5678.csv`,
      ...{ adaccount_id: 'A1', audience_name: 'Canary audience', identifier_type: 'email', id_field: 'email' },
      ...{ run_frequency: 'daily', time_of_day: quietTime(), timezone: 'Asia/Tokyo' },
    },
  };
  bench.simulator.addFault({ kind: 'job_stuck' });
  const created = await post(url, '/jobs', await tokenOf(bench, 'editor'), draft, {
    traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
    tracestate: 'vendor=canary-state',
    baggage: 'user=canary-baggage',
  });
  const { id, last_run } = created as { id: string; last_run: { id: string } };
  await collector.waitFor((spans) => spans.some(({ name }) => name === 'upload'));
  await until(
    () => bench.service.runs.get(last_run.id),
    ({ progress }) => progress?.stage === 'wait',
  );
  first.child.kill('SIGKILL');
  await first.ended;
  for (const job of bench.simulator.inspect().jobs.filter(({ stuck }) => stuck)) {
    await fetch(`${bench.simulator.adminUrl}/jobs/${job.id}/release`, { method: 'POST' });
  }
  bench.simulator.clearFaults();
  const second = await start();
  const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
  expect(job).toMatchObject({ status: 'sleeping', last_run: { id: last_run.id, status: 'succeeded' } });
  await until(
    async () => webhook.received,
    (received) => received.length === 1,
  );
  const spans = await collector.waitFor((all) => ['run', 'notification'].every((name) => named(all, name).length > 0));

  const request = spans.find(({ name }) => name === 'POST /api/v1/jobs')!;
  expect(request).toMatchObject({
    ...{ traceId: CALLER.traceId, parent: CALLER.spanId, kind: 2 },
    attributes: { 'http.request.method': 'POST', 'http.route': '/api/v1/jobs', 'http.response.status_code': 201 },
    resource: { 'service.name': 'lineup', 'deployment.environment.name': 'test' },
  });
  const all = spans.filter(({ traceId }) => traceId === CALLER.traceId);
  const [run] = named(all, 'run');
  expect(run).toMatchObject({
    parent: named(all, 'job run_interrupted')[0]!.spanId,
    attributes: {
      ...{ 'lineup.run.id': last_run.id, 'lineup.job.id': id, 'lineup.run.resumed': true },
      'lineup.status': 'succeeded',
    },
    status: { code: 0 },
  });
  expect(named(all, 'job run_interrupted')[0]!.parent).toBe(named(all, 'job create')[0]!.spanId);
  expect(named(all, 'job create')[0]!.parent).toBe(request.spanId);
  // The span of the killed worker never ended. What it did before is there, below the span that the link names.
  const [link] = run!.links;
  expect(link?.traceId).toBe(CALLER.traceId);
  const before = { ...run!, ...link, name: 'killed', parent: '' } as ReceivedSpan;
  expect(treeOf(all, before)).toBe('killed [place, check, scan [stage], turn, guard [check]]');
  const upload = named(all, 'upload').find(({ attributes }) => attributes['lineup.records'] === 70);
  expect(upload).toMatchObject({ attributes: { 'lineup.chunk': 1, 'lineup.chunks': 1, 'lineup.status': 'done' } });
  expect(treeOf(all, run!)).toContain('delivery [wait]');
  expect(treeOf(all, run!)).toContain('job run_succeeded, notification]');
  expect(webhook.received[0]!.headers.traceparent).toBe(
    `00-${CALLER.traceId}-${named(all, 'notification')[0]!.spanId}-01`,
  );

  // Their log lines lead to the trace.
  const lines = second
    .output()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text));
  expect(lines.find(({ event }) => event === 'run.resumed')).toMatchObject({
    ...{ trace_id: CALLER.traceId, span_id: run!.spanId, trace_flags: '01' },
  });
  expect(lines.find(({ event }) => event === 'worker.started')).not.toHaveProperty('trace_id');

  // A reader, which has no SDK, tells the source of the span that reads it.
  const reading = new Set(source.requests.map(({ headers }) => headers.traceparent).filter(Boolean));
  const parents = ['run', 'scan', 'stage', 'POST /api/v1/jobs'].flatMap((name) => named(all, name));
  const known = [...parents.map(({ spanId }) => spanId), link?.spanId];
  for (const traceparent of reading) expect(known).toContain(String(traceparent).split('-')[2]);
  expect(reading.size).toBeGreaterThan(1);

  // LINE is told nothing, and nobody is told of members.
  expect(line.headers.length).toBeGreaterThan(3);
  expect(line.headers.filter(({ traceparent, tracestate, baggage }) => traceparent ?? tracestate ?? baggage)).toEqual(
    [],
  );
  expect(textOf(collector.bodies)).not.toMatch(/canary|kanarienvogel|090-1234|example\.com|Bearer/i);

  // The metrics of `/metrics`, from the process with the API; those of its own process from a worker.
  const succeeded = (metrics: readonly ReceivedMetric[]) =>
    metrics
      .flatMap(({ name, points }) => (name === 'lineup_runs' ? points : []))
      .find(({ attributes, value }) => attributes.status === 'succeeded' && value === 1);
  await until(
    async () => collector.metrics(),
    (metrics) => succeeded(metrics) !== undefined,
  );
  const duration = collector.metrics().findLast(({ name }) => name === 'http.server.request.duration')!;
  const point = duration.points.find(({ attributes }) => attributes['http.route'] === '/api/v1/jobs')!;
  expect(point).toMatchObject({
    attributes: { 'http.request.method': 'POST', 'http.response.status_code': 201 },
    value: 1,
  });
  expect(point.buckets.reduce((sum, count) => sum + count)).toBe(1);
});

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

const textOf = (bodies: readonly Buffer[]): string => Buffer.concat(bodies).toString('latin1');

/** The same installation, which reaches LINE in another way. */
const proxied = (bench: ServiceBench, url: string): ServiceBench => ({
  ...bench,
  simulator: { ...bench.simulator, url },
});

const tokenOf = async ({ service }: ServiceBench, role: Role): Promise<string> =>
  (await service.apiTokens.create({ name: role, role, expires_at: null }, operator)).token.reveal();

async function post(url: string, path: string, token: string, body: object, headers: Record<string, string>) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(201);
  return JSON.parse(text);
}

/** `lineup serve --role api` on the database of a bench. @returns its address */
async function startApi(bench: ServiceBench, environment: Record<string, string>): Promise<string> {
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('only PostgreSQL accepts several processes');
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
  const child = spawn(process.execPath, [main, 'serve', '--role', 'api', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: connection.url.reveal(),
      LINEUP_SECRET_KEY: bench.key,
      LINEUP_DATA_DIR: join(bench.directory, 'api'),
      ...environment,
      LINEUP_LOG_LEVEL: 'warn',
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for await (const line of createInterface({ input: child.stdout })) {
    text += line;
    if (line === '}') break;
  }
  return (JSON.parse(text) as { url: string }).url;
}
