/**
 * OpenTelemetry, by its standard variables. Without an endpoint it is off, and nothing of it is loaded. Its SDK is
 * given everything from here, so that each variable may be in a file, as the headers with a key.
 */
import { readFileSync } from 'node:fs';
import type { BatchSettings, OtlpEndpoint, SamplerSettings, TelemetrySettings } from '../contracts/telemetry.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { commaSeparated, type Environment, textOf } from './environment.ts';

type Signal = 'TRACES' | 'METRICS';
const PREFIX = 'OTEL_EXPORTER_OTLP';

/**
 * Undefined when it is off.
 * @throws {LineupError} `invalid_configuration`
 */
export function readTelemetry(environment: Environment = process.env): TelemetrySettings | undefined {
  const read = (name: string) => textOf(name, environment);
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const traces = endpointOf('TRACES', read);
  const metrics = endpointOf('METRICS', read);
  if (!traces && !metrics) return undefined;
  return {
    traces: traces && { ...traces, sampler: samplerOf(read), batch: batchOf(read) },
    metrics: metrics && {
      ...metrics,
      everyMs: numberOf('OTEL_METRIC_EXPORT_INTERVAL', read) ?? 60_000,
      collectMs: numberOf('OTEL_METRIC_EXPORT_TIMEOUT', read) ?? 30_000,
    },
    resource: resourceOf(read),
    propagates: propagates(read),
    parent: read('TRACEPARENT'),
  };
}

type Read = (name: string) => string | undefined;

const refusal = (name: string, problem: string): LineupError =>
  new LineupError('invalid_configuration', `${name} ${problem}`);

/** Null when the signal is off. */
function endpointOf(signal: Signal, read: Read): OtlpEndpoint | null {
  /** The variable of this signal goes before that of all. */
  const either = (end: string): [value: string | undefined, name: string] => {
    const [own, all] = [`${PREFIX}_${signal}_${end}`, `${PREFIX}_${end}`];
    const value = read(own);
    return value === undefined ? [read(all), all] : [value, own];
  };
  const exporter = `OTEL_${signal}_EXPORTER`;
  const chosen = commaSeparated(read(exporter) ?? 'otlp');
  const [given, name] = either('ENDPOINT');
  if (given === undefined || chosen.includes('none')) return null;
  if (!chosen.every((name) => name === 'otlp'))
    throw refusal(exporter, 'takes otlp or none. Lineup has no other exporter.');
  const url = URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw refusal(name, 'is not a valid URL. Enter one like http://collector.example.com:4318.');
  }
  // The address of one signal is whole; that of all gets its path.
  // regex-bounded: a setting of the operator's own
  if (name === `${PREFIX}_ENDPOINT`) url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal.toLowerCase()}`;
  const headers = [`${PREFIX}_HEADERS`, `${PREFIX}_${signal}_HEADERS`].map((variable) => pairsOf(variable, read));
  const compression = oneOf(either('COMPRESSION'), ['gzip', 'none'], 'none');
  const [timeout, timeoutName] = either('TIMEOUT');
  return {
    url: url.href,
    isJson: protocolOf(either('PROTOCOL')) === 'http/json',
    headers: Object.assign({}, ...headers) as Record<string, string>,
    timeoutMs: asNumber(timeoutName, timeout) ?? 10_000,
    gzip: compression === 'gzip',
    tls: {
      ...pemOf('ca', either('CERTIFICATE')),
      ...pemOf('cert', either('CLIENT_CERTIFICATE')),
      ...pemOf('key', either('CLIENT_KEY')),
    },
  };
}

function protocolOf([value, name]: [value: string | undefined, name: string]): 'http/protobuf' | 'http/json' {
  if (value === 'grpc') {
    throw refusal(
      name,
      'is grpc. Lineup sends OTLP over HTTP only: set it to http/protobuf, and the endpoint to the HTTP port of the collector, which is usually 4318.',
    );
  }
  return oneOf([value, name], ['http/protobuf', 'http/json'], 'http/protobuf');
}

function oneOf<T extends string>(
  [value, name]: [value: string | undefined, name: string],
  values: readonly T[],
  usual: T,
): T {
  if (value === undefined) return usual;
  const found = values.find((known) => known === value);
  if (found === undefined) throw refusal(name, `takes ${values.join(' or ')}.`);
  return found;
}

function pemOf(
  part: 'ca' | 'cert' | 'key',
  [path, name]: [path: string | undefined, name: string],
): OtlpEndpoint['tls'] {
  if (path === undefined) return {};
  try {
    return { [part]: readFileSync(path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refusal(name, `names the file ${path}, which cannot be read (${code}). Check the path.`);
  }
}

const numberOf = (name: string, read: Read): number | undefined => asNumber(name, read(name));

/** Milliseconds, or a number of spans. */
function asNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number < 2 ** 31) return number;
  throw refusal(name, 'takes a whole number above 0.');
}

/** `key=value` between commas, percent-encoded where needed. An error does not show them: they may be secret. */
function pairsOf(name: string, read: Read): Record<string, string> {
  const pairs = commaSeparated(read(name) ?? '').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw refusal(name, 'takes pairs like key=value, separated by commas.');
    try {
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    } catch {
      throw refusal(name, 'has a % that is no percent-encoding. Write %25 for it.');
    }
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function resourceOf(read: Read): Record<string, string> {
  const name = read('OTEL_SERVICE_NAME');
  return { ...pairsOf('OTEL_RESOURCE_ATTRIBUTES', read), ...(name !== undefined && { 'service.name': name }) };
}

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;

function samplerOf(read: Read): SamplerSettings {
  const variable = 'OTEL_TRACES_SAMPLER';
  const name = read(variable) ?? 'parentbased_always_on';
  const parentBased = name.startsWith('parentbased_');
  const root = SAMPLERS.find((known) => known === name.replace('parentbased_', ''));
  if (root === undefined) {
    const names = ['parentbased_', ''].flatMap((start) => SAMPLERS.map((known) => start + known));
    throw refusal(variable, `takes ${names.join(', ')}.`);
  }
  if (root !== 'traceidratio') return { ratio: root === 'always_on' ? 1 : 0, parentBased };
  const ratio = Number(read(`${variable}_ARG`) ?? 1);
  if (!(ratio >= 0 && ratio <= 1)) throw refusal(`${variable}_ARG`, 'takes a number from 0 to 1.');
  return { ratio, parentBased };
}

const batchOf = (read: Read): BatchSettings => ({
  delayMs: numberOf('OTEL_BSP_SCHEDULE_DELAY', read) ?? 5_000,
  exportMs: numberOf('OTEL_BSP_EXPORT_TIMEOUT', read) ?? 30_000,
  mostWaiting: numberOf('OTEL_BSP_MAX_QUEUE_SIZE', read) ?? 2_048,
  most: numberOf('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', read) ?? 512,
});

/** Baggage is never taken or given: it may hold anything. */
function propagates(read: Read): boolean {
  const variable = 'OTEL_PROPAGATORS';
  const names = commaSeparated(read(variable) ?? 'tracecontext');
  const unknown = names.filter((name) => !['tracecontext', 'baggage', 'none'].includes(name));
  if (unknown.length > 0) throw refusal(variable, 'takes tracecontext or none. Lineup knows no other propagator.');
  return names.includes('tracecontext') && !names.includes('none');
}
