/**
 * A run that cannot write its journal continues with what it has staged, and asks LINE what became of its last chunk.
 */
import { expect, test } from 'vitest';
import { play } from '../../fault-simulation/history.ts';
import { DatabaseError } from '../../fault-simulation/memory/database.ts';
import { type Plan, planOf } from '../../fault-simulation/world/plan.ts';
import type { Plants } from '../../fault-simulation/world/plants.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { inTransactions } from './planting.ts';

/** A history with one new audience, in which nothing else breaks. */
function calmPlan(): Plan {
  const plan = planOf(1);
  const job = {
    ...plan.jobs[0]!,
    identifier: 'email' as const,
    existing: null,
    chunkRecords: 1,
    changes: [],
    siblings: undefined,
  };
  const members = ['a@example.com', 'b@example.com'];
  return { ...plan, jobs: [{ ...job, members }], people: [], faults: [], endsWithRuns: false };
}

/** The database refuses the first entries of these types. */
function losing(types: readonly RunEvent['type'][]): Plants {
  const left = new Set(types);
  return inTransactions((tx) => ({
    addRunEvent: async (...given) => {
      if (left.delete(given[2].type)) throw new DatabaseError('08006', 'the connection to the database is lost');
      await tx.addRunEvent(...given);
    },
  }));
}

test.each([[['accepted']], [['accepted', 'ended']]] as const)(
  'a run that loses its first entries %j makes one audience',
  async (types) => {
    const { violation, trace } = await play(calmPlan(), { plant: losing(types), isTraced: true });

    expect(violation).toBeUndefined();
    const text = trace.join('\n');
    expect(text).toContain('database_unreachable');
    expect(text).toContain('log run.requeued');
    // A new run would have found the audience, and nobody would know whose it is.
    expect(text).not.toContain('audience_name_taken');
  },
);
