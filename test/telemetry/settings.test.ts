/** The standard variables of OpenTelemetry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readTelemetry } from '../../src/config/telemetry.ts';

const at = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example.com:4318/base/' };

test('without an endpoint, or turned off, there is nothing', () => {
  expect(readTelemetry({})).toBeUndefined();
  expect(readTelemetry({ OTEL_SERVICE_NAME: 'lineup', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toBeUndefined();
  expect(readTelemetry({ ...at, OTEL_SDK_DISABLED: 'TRUE' })).toBeUndefined();
  expect(readTelemetry({ ...at, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' })).toBeUndefined();
});

test('one endpoint is for both signals, and the variables of one signal go before', () => {
  const settings = readTelemetry({
    ...at,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics.example.com/in',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20aW52,x-a=1',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-a=2',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=a%2Cb',
    OTEL_SERVICE_NAME: 'exports',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    TRACEPARENT: 'a parent',
  });
  expect(settings).toMatchObject({
    traces: {
      ...{ url: 'http://collector.example.com:4318/base/v1/traces', isJson: false, timeoutMs: 2500, gzip: true },
      headers: { authorization: 'Basic aW52', 'x-a': '1' },
      sampler: { ratio: 0.25, parentBased: true },
      batch: { mostWaiting: 2048, most: 512 },
    },
    metrics: {
      ...{ url: 'https://metrics.example.com/in', isJson: true, everyMs: 1000 },
      headers: { authorization: 'Basic aW52', 'x-a': '2' },
    },
    resource: { 'service.name': 'exports', 'deployment.environment.name': 'a,b' },
    ...{ propagates: true, parent: 'a parent' },
  });
});

test('only traces, without propagation, and headers from a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-otel-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const headers = join(directory, 'headers');
  writeFileSync(headers, 'api-key=invented\n');
  const settings = readTelemetry({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces',
    OTEL_EXPORTER_OTLP_HEADERS_FILE: headers,
    OTEL_PROPAGATORS: 'none',
    OTEL_TRACES_SAMPLER: 'always_off',
  });
  expect(settings).toMatchObject({
    traces: { headers: { 'api-key': 'invented' }, sampler: { ratio: 0, parentBased: false } },
    ...{ metrics: null, propagates: false },
  });
});

describe('a value that cannot be used is named, and never shown', () => {
  test.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /^OTEL_EXPORTER_OTLP_PROTOCOL is grpc\. .*4318/],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'canary', /^OTEL_EXPORTER_OTLP_TRACES_PROTOCOL takes http\/protobuf or/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'canary:4317', /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a valid URL/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', /^OTEL_EXPORTER_OTLP_HEADERS takes pairs/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=canary%zz', /^OTEL_EXPORTER_OTLP_HEADERS has a %/],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', 'canary', /^OTEL_EXPORTER_OTLP_TIMEOUT takes a whole number/],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'canary', /^OTEL_EXPORTER_OTLP_COMPRESSION takes gzip or none/],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere/ca.pem', /^OTEL_EXPORTER_OTLP_CERTIFICATE names the file .*ENOENT/],
    ['OTEL_TRACES_EXPORTER', 'canary', /^OTEL_TRACES_EXPORTER takes otlp or none/],
    ['OTEL_TRACES_SAMPLER', 'canary', /^OTEL_TRACES_SAMPLER takes parentbased_always_on, /],
    ['OTEL_PROPAGATORS', 'canary', /^OTEL_PROPAGATORS takes tracecontext or none/],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', /^OTEL_METRIC_EXPORT_INTERVAL takes a whole number/],
  ])('%s=%s', (name, value, message) => {
    const read = () => readTelemetry({ ...at, [name]: value });
    expect(read).toThrow(message);
    expect(read).not.toThrow(/canary/);
  });

  test('the share of traces', () => {
    const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' };
    expect(() => readTelemetry({ ...at, ...sampler })).toThrow(/^OTEL_TRACES_SAMPLER_ARG takes a number from 0 to 1/);
  });
});
