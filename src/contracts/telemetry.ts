/** OpenTelemetry: what the environment asks for (src/config/telemetry.ts), and what a process has of it. */
import type { EventLog } from './event-log.ts';
import type { Tracer } from './tracing.ts';

export interface TelemetrySettings {
  /** Null: no traces. */
  readonly traces: (OtlpEndpoint & { readonly sampler: SamplerSettings; readonly batch: BatchSettings }) | null;
  /** Null: no metrics. */
  readonly metrics: (OtlpEndpoint & { readonly everyMs: number; readonly collectMs: number }) | null;
  /** Of this installation, beside those that Lineup itself knows. */
  readonly resource: Readonly<Record<string, string>>;
  /** Whether `traceparent` is taken from requests, and given to others. */
  readonly propagates: boolean;
  /** The span that has started this process: `TRACEPARENT`. */
  readonly parent: string | undefined;
}

/** Where one signal goes, by OTLP over HTTP. */
export interface OtlpEndpoint {
  readonly url: string;
  readonly isJson: boolean;
  /** They may hold the key of the operator at a vendor. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly gzip: boolean;
  /** PEM. */
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

export interface SamplerSettings {
  /** The share of traces that are recorded, from 0 to 1. */
  readonly ratio: number;
  /** Whether a trace that another process began is recorded as that one says. */
  readonly parentBased: boolean;
}

export interface BatchSettings {
  readonly delayMs: number;
  readonly exportMs: number;
  /** Spans that wait to be sent. Further ones are dropped. */
  readonly mostWaiting: number;
  readonly most: number;
}

/** A metric of this process or of the installation, with its series, as prom-client gives them. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
    /** Of the parts of a histogram. */
    readonly metricName?: string;
  }[];
}

export interface Telemetry {
  readonly tracer: Tracer;
  /** See `TelemetrySettings`. */
  readonly propagates: boolean;
  readonly parent: string | undefined;
  /** Sends these metrics, regularly. */
  measure(read: () => Promise<readonly MetricFamily[]>): void;
  /** Tells of outages from now on. */
  reportTo(log: EventLog): void;
  /** Sends what is left. @returns false when that took too long, and it is given up. Never rejects. */
  close(): Promise<boolean>;
}
