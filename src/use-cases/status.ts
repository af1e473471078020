/** Readiness and metrics of the service. */
import { sql } from 'kysely';
import { withDeadline } from '../../packages/client-core/src/timing.ts';
import type { Status } from '../contracts/use-cases.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Queue } from '../store/coordination/queue.ts';
import type { SchemaWatch } from '../store/database/schema-watch.ts';
import { auditStreamStates } from '../store/repositories/audit-streams.ts';
import { type MetricsTotals, readMetricsNow, readMetricsTotals } from '../store/repositories/metrics.ts';
import type { UseCaseDeps } from './deps.ts';
import { Reuse } from './reuse.ts';

/** Load balancers wait a few seconds for readiness. A database that was lost without a word answers later, or never. */
const READY_MS = 3_000;

/** The totals of so many runs are not read anew for each scrape. */
const MANY_RUNS = 50_000;

export function statusUseCases(
  { db, log, now, sleep }: Pick<UseCaseDeps, 'db' | 'log' | 'now' | 'sleep'>,
  queue: Pick<Queue, 'depth' | 'oldestSeconds'>,
  schema: Pick<SchemaWatch, 'look' | 'outdated'>,
): Omit<Status, 'readAhead'> {
  const totals = new Reuse<MetricsTotals>({
    now,
    isLarge: ({ runs }) => Object.values(runs).reduce((sum, count) => sum + count, 0) >= MANY_RUNS,
  });
  const failing = new Set<string>();
  const ready = async (name: string, probe: () => Promise<unknown>) => {
    try {
      await withDeadline(READY_MS, undefined, probe, sleep);
      if (failing.delete(name)) log.record('service.ready', { check: name });
      return { name, ok: true, message: 'It answers.' };
    } catch (error) {
      // Probes come every few seconds, so an outage is logged only once.
      if (!failing.has(name)) log.record('service.not_ready', { check: name, err: error });
      failing.add(name);
      // Another cause may contain names of hosts and users.
      const message = error instanceof LineupError ? error.message : 'It does not answer.';
      return { name, ok: false, message };
    }
  };
  return {
    ready: () =>
      Promise.all([
        ready('database', () => sql`select 1`.execute(db)),
        ready('queue', () => queue.depth()),
        ready('tables', async () => {
          await schema.look();
          if (schema.outdated) throw schema.outdated;
        }),
      ]),
    outdated: () => schema.outdated,
    metrics: async () => {
      const { value, at } = await totals.ask('all', () => readMetricsTotals(db));
      const { queueDepth, ...present } = await readMetricsNow(db);
      const waiting = { depth: queueDepth, oldestSeconds: await queue.oldestSeconds() };
      const auditStreams = await auditStreamStates(db, now());
      return { ...value, ...present, queue: waiting, auditStreams, totalsAt: at };
    },
  };
}
