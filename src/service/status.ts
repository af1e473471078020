/** How the service is. */
import { sql } from 'kysely';
import type { Status } from '../contracts/service.ts';
import type { Queue } from '../jobs/queue.ts';
import { readMetrics } from '../store/metrics.ts';
import type { ServiceDeps } from './deps.ts';

export function statusService({ db, now }: ServiceDeps, queue: Pick<Queue, 'depth'>): Status {
  const ready = async (name: string, ask: () => Promise<unknown>) => {
    try {
      await ask();
      return { name, ok: true, message: 'It answers.' };
    } catch {
      // The cause may name hosts and users; the log has it.
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
