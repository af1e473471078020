/**
 * Starts OpenTelemetry, by its SDK. Only this folder imports the SDK, and only a process with an endpoint loads it.
 *
 * Nothing is registered globally: a library that finds a global tracer may put addresses and names into spans of its
 * own. The endpoint comes from the operator’s environment, as DATABASE_URL does, so the guard against internal hosts
 * does not apply to it. The proxy of the environment does.
 */
import { hostname } from 'node:os';
import type { Clock } from '../contracts/ports.ts';
import type {
  MetricFamily,
  OtlpEndpoint,
  SamplerSettings,
  Telemetry,
  TelemetrySettings,
} from '../contracts/telemetry.ts';
import { noTracer } from '../contracts/tracing.ts';
import { newAgent } from '../network/proxy.ts';
import { metricsOf } from './metric-families.ts';
import { Outages } from './outages.ts';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  JsonMetricExporter,
  JsonTraceExporter,
  MeterProvider,
  type MetricProducer,
  OTLPMetricExporter,
  OTLPTraceExporter,
  ParentBasedSampler,
  PeriodicExportingMetricReader,
  type Resource,
  resourceFromAttributes,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from './sdk.ts';
import { SdkTracer } from './sdk-tracer.ts';

export interface Process {
  readonly version: string;
  /** Different for each process. */
  readonly instanceId: string;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** The most time that the end of a process waits for the other side. */
const LAST_MS = 3_000;

export function startTelemetry(settings: TelemetrySettings, { version, instanceId, clock }: Process): Telemetry {
  const { traces, metrics, propagates, parent } = settings;
  const outages = new Outages();
  const resource = resourceFromAttributes({
    'service.name': 'lineup',
    'service.version': version,
    'service.instance.id': instanceId,
    'host.name': hostname(),
    'process.pid': process.pid,
    ...settings.resource,
  });
  const provider =
    traces &&
    new TracerProvider({
      resource,
      sampler: samplerOf(traces.sampler),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: outages.watch(
            'traces',
            new (traces.isJson ? JsonTraceExporter : OTLPTraceExporter)(exporterOf(traces)),
          ),
          scheduledDelayMillis: traces.batch.delayMs,
          exportTimeoutMillis: traces.batch.exportMs,
          maxQueueSize: traces.batch.mostWaiting,
          maxExportBatchSize: Math.min(traces.batch.most, traces.batch.mostWaiting),
        }),
      ],
    });
  let meters: MeterProvider | undefined;
  return {
    measure: (read) => {
      if (!metrics) return;
      const exporter = new (metrics.isJson ? JsonMetricExporter : OTLPMetricExporter)(exporterOf(metrics));
      const reader = new PeriodicExportingMetricReader({
        exporter: outages.watch('metrics', exporter),
        exportIntervalMillis: metrics.everyMs,
        exportTimeoutMillis: Math.min(metrics.collectMs, metrics.everyMs),
        metricProducers: [producerOf(read, resource, version)],
      });
      meters = new MeterProvider({ resource, readers: [reader] });
    },
    tracer: provider ? new SdkTracer(provider.getTracer('lineup', version), propagates) : noTracer,
    propagates,
    parent,
    reportTo: (log) => outages.reportTo(log),
    close: async () => {
      const ended = new AbortController();
      const all = Promise.allSettled([provider?.shutdown(), meters?.shutdown()]).then(() => true);
      const late = clock.sleep(LAST_MS, ended.signal).then(
        () => false,
        () => false,
      );
      const isDone = await Promise.race([all, late]);
      ended.abort();
      return isDone;
    },
  };
}

/** Gives the metrics of Lineup at each collection: they are counted by prom-client, and nowhere else. */
function producerOf(read: () => Promise<readonly MetricFamily[]>, resource: Resource, version: string): MetricProducer {
  const startedAt = hrTime(performance.timeOrigin);
  return {
    collect: async () => {
      const metrics = metricsOf(await read(), { startedAt, now: hrTime(Date.now()) });
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: 'lineup', version }, metrics }] },
        errors: [],
      };
    },
  };
}

/** @param ms since 1970 */
const hrTime = (ms: number): [seconds: number, nanoseconds: number] => [
  Math.floor(ms / 1_000),
  Math.round((ms % 1_000) * 1_000_000),
];

const exporterOf = ({ url, headers, timeoutMs, gzip, tls }: OtlpEndpoint) => ({
  url,
  headers: { ...headers },
  timeoutMillis: timeoutMs,
  compression: (gzip ? 'gzip' : 'none') as never,
  httpAgentOptions: (protocol: string) => newAgent(protocol, { keepAlive: true, ...tls }),
});

function samplerOf({ ratio, parentBased }: SamplerSettings): Sampler {
  const root =
    ratio === 1 ? new AlwaysOnSampler() : ratio === 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}
