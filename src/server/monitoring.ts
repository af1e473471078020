/**
 * For load balancers, supervisors and Prometheus. `/health` means that the process answers, `/ready` that it can work.
 * `/metrics` has the work of all processes, from the database, and the requests of this process.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { logEventNames } from '../contracts/event-log.ts';
import { type MetricsSnapshot, readinessCheck } from '../contracts/status.ts';
import type { MetricFamily } from '../contracts/telemetry.ts';
import { alertRuleNames } from '../domain/alerts/alerts.ts';
import { inTens, maySeeLeftOut } from '../domain/runs/left-out.ts';
import type { App, Deps } from './handler.ts';
import { eventStreamHeaders } from './streams.ts';

const tags = ['Health'];
const readiness = z.object({ ready: z.boolean(), checks: z.array(readinessCheck).readonly() });

export function healthRoutes(app: App, { useCases, stopping }: Deps): void {
  app.get(
    '/health',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'getHealth',
        tags,
        summary: 'Check that the process answers',
        response: { 200: z.object({ ok: z.literal(true) }) },
      },
    },
    () => ({ ok: true as const }),
  );

  app.get(
    '/ready',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        tags,
        summary: 'Check that requests can be served',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_, reply) => {
      const checks = await useCases.status.ready();
      const ready = !stopping.aborted && checks.every(({ ok }) => ok);
      reply.code(ready ? 200 : 503);
      return { ready, checks };
    },
  );
}

/** Seconds. Most answers come from the database, some from LINE. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export type ReadMetrics = () => Promise<readonly MetricFamily[]>;

/** The metrics of this process. */
function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // These gauges have names of counters. Gauges with correct names hold the same by kind.
  for (const kind of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  return registry;
}

const familiesOf = async (registry: Registry): Promise<readonly MetricFamily[]> => registry.getMetricsAsJSON();

/** For a worker, which listens on no port. */
export function processMetrics(): ReadMetrics {
  const registry = processRegistry();
  return () => familiesOf(registry);
}

/**
 * Adds `/metrics` (at the root, as scrapers expect), and measures every request of `app`.
 * @param perJob whether each job has a series of its own
 * @returns reads the same metrics, as a viewer may see them
 */
export function metricsRoute(app: App, { useCases }: Pick<Deps, 'useCases'>, perJob: boolean): ReadMetrics {
  const own = processRegistry();
  measureRequests(app, own);
  const ofAll = new Registry();
  const show = gauges(ofAll, perJob);
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: whoever may see less must not get the numbers of another one. */
  const read = async <T>(seesWhole: boolean, get: () => Promise<T>): Promise<T> => {
    const snapshot = await useCases.status.metrics();
    const { suppressed, held_out } = snapshot.values;
    const isWhole = seesWhole || suppressed + held_out === 0;
    const values = isWhole ? snapshot.values : valuesInTens(snapshot.values);
    const result = last.then(() => {
      show({ ...snapshot, values }, Date.now());
      return get();
    });
    last = result.catch(() => {});
    return result;
  };
  app.get(
    '/metrics',
    { config: { access: 'metrics.read' }, logLevel: 'warn', schema: { hide: true } },
    async ({ principal }, reply) => {
      const texts = await read(maySeeLeftOut(principal.role), () => Promise.all([own.metrics(), ofAll.metrics()]));
      reply.type(own.contentType);
      return texts.join('\n');
    },
  );
  return async () => [
    ...(await familiesOf(own)),
    // Without the database, there is still this process.
    ...(await read(false, () => familiesOf(ofAll)).catch(() => [])),
  ];
}

/** Two readings would give what a run in between has left out. */
const valuesInTens = (values: MetricsSnapshot['values']): MetricsSnapshot['values'] => ({
  ...values,
  suppressed: inTens(values.suppressed),
  held_out: inTens(values.held_out),
  duplicates: inTens(values.duplicates),
  unique: inTens(values.unique),
  uploaded: inTens(values.uploaded),
});

function measureRequests(app: App, registry: Registry): void {
  const duration = new Histogram({
    name: 'lineup_http_request_duration_seconds',
    help: 'Requests of this process, by route and status, without streams of events.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    // A stream of events is open for as long as somebody looks at the page, which says nothing about the speed.
    if (reply.getHeader('content-type') === eventStreamHeaders['content-type']) return;
    // The pattern of the route, not the path, because ids must not be labels.
    const labels = { method, route: routeOptions.url ?? 'unknown', status: reply.statusCode };
    duration.observe(labels, reply.elapsedTime / 1_000);
  });
}

/** Jobs that have had no success for longer than this are counted. */
const LONG_AGO = { '1d': 86_400, '8d': 8 * 86_400, '32d': 32 * 86_400 } as const;

function gauges(registry: Registry, perJob: boolean): (snapshot: MetricsSnapshot, now: number) => void {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `lineup_${name}`, help, labelNames, registers: [registry] });
  const runs = gauge('runs', 'Stored runs, by status.', ['status']);
  const going = gauge(
    'runs_going',
    'Current runs: scanning, uploading, or waiting for the destination or for their turn.',
    ['activity'],
  );
  const values = gauge('values', 'Values of stored runs, by outcome.', ['outcome']);
  const requests = gauge('line_requests', 'Requests of stored runs to destinations, by status; 0: no answer.', [
    'status',
  ]);
  const depth = gauge('queue_depth', 'Runs that wait for a worker.');
  const oldest = gauge('queue_oldest_seconds', 'How long the oldest run has waited that a worker could start now.');
  const quarantined = gauge(
    'quarantined_sources',
    'Sources that crashed a reader and are not read until a person tries them.',
  );
  const streamLag = gauge(
    'audit_stream_lag_seconds',
    'Age of the oldest entry of the audit log that has not arrived.',
    ['stream'],
  );
  const jobs = gauge('jobs', 'Jobs, by status.', ['status']);
  const conditions = gauge('jobs_by_condition', 'Jobs, by condition.', ['condition']);
  const incomplete = gauge('jobs_incomplete', 'Jobs whose audience is incomplete at its destination.');
  const alerts = gauge('alerts_open', 'Open alerts, by rule.', ['rule']);
  const events = new Counter({
    name: 'lineup_events_total',
    help: 'Log events of all processes, by name. docs/operations/watch.md lists them.',
    labelNames: ['event'],
    registers: [registry],
  });
  const stale = gauge('jobs_without_success', 'Jobs that have succeeded before, but not for longer than this.', [
    'longer_than',
  ]);
  const totalsAge = gauge(
    'totals_age_seconds',
    'Age of the totals: stored runs, values and requests to destinations, and last successes. Above 0 with very many runs.',
  );
  const age = perJob && gauge('job_last_success_age_seconds', 'Time since the last success of a job.', ['job']);
  return (snapshot, now) => {
    // Removes labels that no longer exist.
    for (const labelled of [runs, values, requests, jobs, conditions, alerts, events, streamLag]) labelled.reset();
    if (age) age.reset();
    for (const [status, count] of Object.entries(snapshot.runs)) runs.set({ status }, count);
    for (const [activity, count] of Object.entries(snapshot.going)) going.set({ activity }, count);
    for (const [outcome, count] of Object.entries(snapshot.values)) values.set({ outcome }, count);
    for (const { status, count } of snapshot.lineRequests) requests.set({ status: status ?? 0 }, count);
    for (const event of logEventNames) events.inc({ event }, snapshot.events[event] ?? 0);
    depth.set(snapshot.queue.depth);
    oldest.set(snapshot.queue.oldestSeconds);
    quarantined.set(snapshot.quarantinedSources);
    incomplete.set(snapshot.incompleteJobs);
    // Also of a rule without an open alert, so that its end is seen.
    for (const rule of alertRuleNames) alerts.set({ rule }, 0);
    for (const { rule, count } of snapshot.openAlerts) alerts.set({ rule }, count);
    for (const { name, lagSeconds } of snapshot.auditStreams) streamLag.set({ stream: name }, lagSeconds);
    for (const { status, condition, count } of snapshot.jobs) {
      jobs.inc({ status }, count);
      conditions.inc({ condition }, count);
    }
    const ages = snapshot.lastSuccesses.flatMap(({ id, at }) =>
      at ? [{ id, seconds: (now - at.getTime()) / 1_000 }] : [],
    );
    for (const [longer_than, limit] of Object.entries(LONG_AGO)) {
      stale.set({ longer_than }, ages.filter(({ seconds }) => seconds > limit).length);
    }
    if (age) for (const { id, seconds } of ages) age.set({ job: id }, seconds);
    totalsAge.set(Math.max(0, (now - snapshot.totalsAt.getTime()) / 1_000));
  };
}
