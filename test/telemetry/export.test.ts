/** `lineup export` as a pipeline runs it: its traces, and what happens when nobody takes them. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { serveFiles } from '../sources/support/file-server.ts';
import { bench, exporting, filled, inFours, runOf, toA1, toVip } from '../support/cli.ts';
import { otlpReceiver, type ReceivedSpan, treeOf } from '../support/otlp.ts';
import { webReceiver } from '../support/receivers.ts';
import { recordingProxy } from '../support/recording-proxy.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

test('a run is a part of the trace that TRACEPARENT names, and the source is told of it, but not LINE', async () => {
  const collector = await otlpReceiver();
  const at = await bench();
  const line = await recordingProxy(at.simulator.url);
  const csv = 'email\ncanary.aiko@example.com\ncanary.ken@example.com\nno address at all: canary\n';
  const source = await serveFiles((_, answer) => void answer.end(csv));
  at.simulator.addFault({ kind: 'status', status: 503, when: 'before', endpoint: 'upload', nth: 1 });
  const url = `${source.origin}/canary-members-of-aiko%40example.com.csv?token=canary-token`;
  const { code, stderr, stdout } = await at.start(exporting(['--source', url, ...toVip]), {
    environment: {
      LINE_ADS_BASE_URL: line.url,
      LINEUP_DEBUG: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=canary-header',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      TRACEPARENT: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
    },
  }).finished;
  expect(code, stderr).toBe(0);
  const { runId } = runOf({ code, stderr, stdout });
  const spans = collector.spans();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([CALLER.traceId]));
  const [run] = named(spans, 'run');
  expect(run).toMatchObject({
    ...{ parent: CALLER.spanId, links: [], status: { code: 0 } },
    attributes: { 'lineup.run.id': runId, 'lineup.run.resumed': false, 'lineup.status': 'succeeded' },
  });
  expect(treeOf(spans, run!)).toBe(
    'run [place, check, scan [stage], turn, guard [check], delivery [place, upload, settle, upload, wait]]',
  );
  expect(named(spans, 'stage')[0]!.attributes).toMatchObject({ 'lineup.scanned': 3, 'lineup.members': 2 });
  const failed = named(spans, 'upload').flatMap(({ events }) => events);
  expect(failed).toEqual([
    {
      name: 'request_failed',
      attributes: { 'http.request.method': 'POST', 'http.response.status_code': 503, 'lineup.attempt': 1 },
    },
  ]);
  const upload = named(spans, 'upload').at(-1)!;
  expect(upload.attributes).toMatchObject({
    'http.response.status_code': 202,
    'lineup.records': 2,
    'lineup.bytes': 130,
  });
  expect(named(spans, 'wait')[0]!.events.at(-1)).toMatchObject({
    name: 'upload_job',
    attributes: { 'lineup.status': 'FINISHED' },
  });

  const ours = new Set(spans.map(({ spanId }) => `00-${CALLER.traceId}-${spanId}-01`));
  expect(source.requests.length).toBeGreaterThan(0);
  for (const { headers } of source.requests) expect(ours).toContain(headers.traceparent);
  expect(line.headers.filter((headers) => Object.keys(headers).some((name) => /^trace|baggage/.test(name)))).toEqual(
    [],
  );
  const stage = stderr
    .split('\n')
    .find((text) => text.includes('"run.stage_ended"') && text.includes('"stage":"stage"'));
  expect(JSON.parse(stage!)).toMatchObject({ trace_id: CALLER.traceId, span_id: named(spans, 'stage')[0]!.spanId });

  expect(collector.requests[0]!.headers).toMatchObject({ 'api-key': 'canary-header', 'content-encoding': 'gzip' });
  expect(Buffer.concat(collector.bodies).toString('latin1')).not.toMatch(/canary|example\.com|127\.0\.0\.1|VIP/i);
});

test('a refusal of the guard and a failure have their codes and no sentence, and a continued run a link to the one before', async () => {
  const collector = await otlpReceiver();
  const { at, id, source } = await filled();
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: 'none' };
  const small = at.write('canary.csv', 'email\ncanary@example.com\n');
  const refused = await at.export(['--source', small, ...toA1, '--audience-id', id], { environment });
  expect(refused.run.error?.code).toBe('audience_shrinks');
  const guard = named(collector.spans(), 'guard')[0]!;
  const failure = { code: 2, message: 'audience_shrinks' };
  expect(guard).toMatchObject({ status: failure, attributes: { 'error.type': 'audience_shrinks' } });
  expect(named(collector.spans(), 'run')[0]).toMatchObject({ status: failure });

  at.simulator.addFault({ kind: 'job_failed', nth: 2 });
  const args = ['--source', source, ...toA1, '--audience-id', id, ...inFours];
  const broken = await at.export(args, { environment });
  expect(broken.run.error?.code).toBe('upload_job_failed');
  const again = await at.export(['--resume', broken.run.runId ?? ''], { environment });
  expect(again.run.status).toBe('succeeded');
  const [, first, second] = named(collector.spans(), 'run');
  expect(first).toMatchObject({ status: { code: 2, message: 'upload_job_failed' } });
  expect(second).toMatchObject({
    attributes: { 'lineup.run.id': broken.run.runId, 'lineup.run.resumed': true },
    links: [{ traceId: first!.traceId, spanId: first!.spanId }],
    status: { code: 0 },
  });
  expect(Buffer.concat(collector.bodies).toString('latin1')).not.toMatch(/canary|example\.com|\.csv|VIP/i);
});

test('a collector that is away, hangs or refuses, and a wrong variable, cost one sentence and no run', async () => {
  const { at, id, source } = await filled();
  const args = ['--source', source, ...toA1, '--audience-id', id];
  const grpc = await at.export(args, {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  });
  expect([grpc.code, grpc.run.status]).toEqual([0, 'succeeded']);
  expect(grpc.stderr.match(/OTEL_EXPORTER_OTLP_PROTOCOL is grpc/g)).toHaveLength(1);

  const collector = await otlpReceiver();
  collector.answer(401);
  const refused = await at.export(args, { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  expect([refused.code, refused.run.status]).toEqual([0, 'succeeded']);
  expect(refused.stderr.match(/traces of this run could not be sent.*401/g)).toHaveLength(1);

  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const began = Date.now();
  const { code, stdout, stderr } = await at.start(exporting(args), {
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_TIMEOUT: '600000' },
  }).finished;
  expect([code, runOf({ code, stdout, stderr }).status]).toEqual([0, 'succeeded']);
  // Three seconds, and what the run itself takes on a busy machine.
  expect(Date.now() - began).toBeLessThan(60_000);
});

test('a command for a service tells it the span that has started it', async () => {
  const at = await bench();
  const service = await webReceiver();
  const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
  const remote = { LINEUP_URL: service.url, LINEUP_TOKEN: 'lineup_invented' };
  await at.run(['jobs', 'list'], { environment: { ...remote, TRACEPARENT } });
  await at.run(['jobs', 'list'], { environment: { ...remote, TRACEPARENT: 'canary' } });
  expect(service.received.map(({ headers }) => headers.traceparent)).toEqual([TRACEPARENT, undefined]);
});

test('nothing of the SDK is loaded without an endpoint', async () => {
  const root = pathToFileURL(`${process.cwd()}/`).href;
  const load = async (files: readonly string[], environment: Record<string, string>) => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      for (const file of ${JSON.stringify(files)}) await import('${root}src/compose/' + file);
      const { openTelemetry } = await import('${root}src/compose/telemetry.ts');
      await openTelemetry('0', console.error);
      console.log(loaded.filter((url) => /@opentelemetry\\/(?!api\\/)|src\\/telemetry\\//.test(url)).length);
      process.exit();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '', ...environment },
    });
    return Number(stdout);
  };
  const off = { OTEL_SERVICE_NAME: 'lineup', OTEL_TRACES_SAMPLER: 'always_on' };
  expect(await load(['server.ts', 'local-exports.ts'], off)).toBe(0);
  expect(await load([], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toBeGreaterThan(10);
});
