/** Readiness and metrics of the service. */
import { sql } from 'kysely';
import type { Status } from '../contracts/use-cases.ts';
import type { Queue } from '../store/coordination/queue.ts';
import { readMetrics } from '../store/repositories/metrics.ts';
import type { UseCaseDeps } from './deps.ts';

export function statusUseCases(
  { db, log, now }: Pick<UseCaseDeps, 'db' | 'log' | 'now'>,
  queue: Pick<Queue, 'depth'>,
): Status {
  const failing = new Set<string>();
  const ready = async (name: string, probe: () => Promise<unknown>) => {
    try {
      await probe();
      if (failing.delete(name)) log.record('service.ready', { check: name });
      return { name, ok: true, message: 'It answers.' };
    } catch (error) {
      // Probes come every few seconds, so an outage is logged only once.
      if (!failing.has(name)) log.record('service.not_ready', { check: name, err: error });
      failing.add(name);
      // The cause may contain names of hosts and users.
      return { name, ok: false, message: 'It does not answer.' };
    }
  };
  return {
    ready: async () => [
      await ready('database', () => sql`select 1`.execute(db)),
      await ready('queue', () => queue.depth()),
    ],
    metrics: () => readMetrics(db, now()),
  };
}
