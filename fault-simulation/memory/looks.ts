/** The looks at the sources of jobs, in memory. */
import { looksAtSource, triggerOf } from '../../src/domain/schedule/triggers/index.ts';
import { LATEST_LOOK_MS } from '../../src/domain/schedule/triggers/looks.ts';
import type { LookTable } from '../../src/store/repositories/trigger-looks.ts';
import type { MemoryConnection } from './connection.ts';

const STATUSES: readonly string[] = ['sleeping', 'runnable'];

export const memoryLookTable = (connection: MemoryConnection): LookTable => ({
  due: (now, limit) =>
    connection.statement('read due looks', (tx) => {
      const nextOf = (id: string) => tx.get('looks', id)?.nextAt.getTime() ?? Number.NEGATIVE_INFINITY;
      return tx
        .values('jobs')
        .filter(({ id, configuration, state }) => {
          const trigger = triggerOf(configuration);
          if (!trigger || !looksAtSource(trigger) || !STATUSES.includes(state.status)) return false;
          const next = nextOf(id);
          return state.slot === null && (next <= now.getTime() || next > now.getTime() + LATEST_LOOK_MS);
        })
        .toSorted((a, b) => nextOf(a.id) - nextOf(b.id) || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    }),
  of: async (ids) => {
    if (ids.length === 0) return new Map();
    return connection.statement('read looks', (tx) => {
      const rows = ids.map((id) => [id, tx.get('looks', id)] as const);
      return new Map(rows.flatMap(([id, row]) => (row ? [[id, row]] : [])));
    });
  },
  record: (jobId, look, nextAt) =>
    connection.statement('record look', (tx) => {
      if (!tx.get('jobs', jobId)) return;
      tx.lock('jobs', jobId, 'key share');
      tx.put('looks', jobId, { ...look, nextAt });
    }),
});
