/**
 * The metrics of `/metrics` as those of OpenTelemetry: the same names and values, from the same place. What
 * OpenTelemetry expects of every HTTP server comes from the same histogram, a second time under its own name.
 */
import type { MetricFamily } from '../contracts/telemetry.ts';
import {
  AggregationTemporality,
  type Attributes,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HrTime,
  type MetricData,
  ValueType,
} from './sdk.ts';

type Value = MetricFamily['values'][number];

/** When the metrics of this process began, and now. */
interface Times {
  readonly startedAt: HrTime;
  readonly now: HrTime;
}

const HTTP = 'lineup_http_request_duration_seconds';

export const metricsOf = (families: readonly MetricFamily[], times: Times): MetricData[] =>
  families.flatMap((family) => {
    const metric = metricOf(family, times);
    return family.name === HTTP ? [...metric, ...metric.map(httpDuration)] : metric;
  });

function metricOf({ name, help, type, values }: MetricFamily, { startedAt, now }: Times): MetricData[] {
  const descriptor = { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE };
  const about = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  // These count since the installation: nobody knows when that began.
  const startTime: HrTime = name.startsWith('lineup_') && type === 'counter' ? [0, 0] : startedAt;
  const point = <T>(labels: Value['labels'], value: T): DataPoint<T> => ({
    startTime,
    endTime: now,
    attributes: attributesOf(labels),
    value,
  });
  switch (type) {
    case 'counter':
      return [
        {
          ...about,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: values.map(({ labels, value }) => point(labels, value)),
        },
      ];
    case 'gauge':
      return [
        {
          ...about,
          dataPointType: DataPointType.GAUGE,
          dataPoints: values.map(({ labels, value }) => point(labels, value)),
        },
      ];
    case 'histogram':
      return [
        {
          ...about,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: bySeries(values).map(([labels, parts]) => point(labels, histogramOf(name, parts))),
        },
      ];
    default:
      return [];
  }
}

const unitOf = (name: string): string => (/_seconds(_total)?$/.test(name) ? 's' : /_bytes$/.test(name) ? 'By' : '');

const attributesOf = (labels: Value['labels']): Attributes =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => label !== 'le'));

/** The parts of each series of a histogram. */
function bySeries(values: readonly Value[]): [labels: Value['labels'], parts: Value[]][] {
  const series = new Map<string, [Value['labels'], Value[]]>();
  for (const value of values) {
    const key = JSON.stringify(attributesOf(value.labels));
    const [, parts] = series.get(key) ?? [];
    if (parts) parts.push(value);
    else series.set(key, [value.labels, [value]]);
  }
  return [...series.values()];
}

/** Prometheus counts everything up to a limit, OpenTelemetry everything between two. */
function histogramOf(name: string, parts: readonly Value[]): Histogram {
  const part = (end: string) => parts.find(({ metricName }) => metricName === `${name}_${end}`)?.value ?? 0;
  const buckets = parts
    .filter(({ labels }) => labels.le !== undefined)
    .map(({ labels: { le }, value }) => ({ limit: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value }))
    .sort((a, b) => a.limit - b.limit);
  return {
    buckets: {
      boundaries: buckets.map(({ limit }) => limit).filter(Number.isFinite),
      counts: buckets.map(({ value }, n) => value - (buckets[n - 1]?.value ?? 0)),
    },
    sum: part('sum'),
    count: part('count'),
  };
}

/** By the semantic conventions of OpenTelemetry. */
const httpDuration = (metric: MetricData): MetricData =>
  ({
    ...metric,
    descriptor: {
      ...metric.descriptor,
      name: 'http.server.request.duration',
      description: 'Duration of HTTP server requests.',
    },
    dataPoints: (metric.dataPoints as DataPoint<Histogram>[]).map((point) => {
      const { method, route, status } = point.attributes;
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': Number(status),
      };
      return { ...point, attributes };
    }),
  }) as MetricData;
