/** The SDK of OpenTelemetry as the installed program has it: one file, without its packages. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { directoryOfTest } from '../support/directory.ts';
import { otlpReceiver } from '../support/otlp.ts';

const root = resolve(import.meta.dirname, '../..');

/** In a process of its own, whose folder has no `node_modules`. */
const program = (url: string) => `
import * as sdk from './sdk.js';
for (const Exporter of [sdk.OTLPTraceExporter, sdk.JsonTraceExporter]) {
  const exporter = new Exporter({ url: '${url}/v1/traces', compression: 'gzip' });
  const resource = sdk.resourceFromAttributes({ 'service.name': 'lineup' });
  const provider = new sdk.TracerProvider({ resource, spanProcessors: [new sdk.BatchSpanProcessor({ exporter })] });
  provider.getTracer('lineup').startSpan('run', { kind: sdk.SpanKind.INTERNAL }).end();
  await provider.shutdown();
}
const reader = new sdk.PeriodicExportingMetricReader({
  exporter: new sdk.OTLPMetricExporter({ url: '${url}/v1/metrics' }),
});
const meters = new sdk.MeterProvider({ readers: [reader] });
meters.getMeter('lineup').createCounter('runs').add(1);
await meters.shutdown();
`;

test('one file exports traces and metrics, and its licences are beside it', async () => {
  const folder = directoryOfTest('bundle');
  execFileSync(process.execPath, [join(root, 'scripts/bundle-telemetry.ts'), folder]);
  const code = readFileSync(join(folder, 'sdk.js'), 'utf8');
  expect(code.length).toBeLessThan(500_000);
  expect(code).not.toMatch(/from ["']@opentelemetry/);
  const receiver = await otlpReceiver();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), program(receiver.url));
  await promisify(execFile)(process.execPath, [join(folder, 'main.js')], { cwd: folder });
  expect(receiver.spans()).toMatchObject([{ name: 'run', resource: { 'service.name': 'lineup' } }]);
  expect(receiver.metrics()).toMatchObject([{ name: 'runs', points: [{ value: 1 }] }]);
  const json = receiver.requests.map(({ headers }) => headers['content-type']);
  expect(json).toEqual(['application/x-protobuf', 'application/json', 'application/x-protobuf']);
  const licences = JSON.parse(readFileSync(join(folder, 'sdk.licenses.json'), 'utf8')) as { name: string }[];
  expect(licences).toContainEqual(
    expect.objectContaining({ name: '@opentelemetry/sdk-trace', identifier: 'Apache-2.0' }),
  );
});
