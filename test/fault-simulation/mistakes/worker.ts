/** Small, realistic mistakes of a worker: its leases, and the journals of its runs. */
import type { Plants } from '../../../fault-simulation/world/plants.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { frozenOften, type Mistake } from '../find.ts';
import { type Append, inJournal, inTransactions, over } from '../planting.ts';

/** A worker does not notice that its lease has expired. */
const blindLeases: Plants['leases'] = (leases) => ({
  tryTake: async (names) => {
    const lease = await leases.tryTake(names);
    return lease && { ...lease, lost: new AbortController().signal, assertHeld: () => {} };
  },
});

export const workerMistakes: Record<string, Mistake> = {
  // Leases

  'does not check the lease before it sends or writes': {
    plant: { ...inTransactions(() => ({ assertHeld: async () => {} })), leases: blindLeases },
    breaks: ['lease'],
    seed: 77,
  },
  'checks the lease in the database, but not before it sends': {
    plant: { leases: blindLeases },
    breaks: ['lease'],
    seed: 456,
  },
  'does not look in the middle of an upload whether it has the lease': {
    plant: {
      leases: (leases) => ({
        tryTake: async (names) => {
          const lease = await leases.tryTake(names);
          return lease && { ...lease, assertHeld: () => {} };
        },
      }),
    },
    breaks: ['lease'],
    seed: 158,
    planOf: frozenOften,
  },
  'believes that it still has a lease which another process took': {
    plant: {
      leaseTable: (table) => {
        const before = new Map<string, number>();
        return over(table, {
          take: async (name, ...given) => {
            const token = (await table.take(name, ...given)) ?? before.get(name);
            if (token !== undefined) before.set(name, token);
            return token;
          },
        });
      },
    },
    breaks: ['counts', 'lease', 'replace_limit_exceeded'],
    seed: 242,
  },

  // The journal

  'writes the intent after the request': {
    plant: inJournal((append): Append => {
      let intent: RunEvent | undefined;
      return async (event) => {
        if (event.type === 'intent') {
          intent = event;
          return;
        }
        if (intent) await append(intent);
        intent = undefined;
        await append(event);
      };
    }),
    breaks: ['journal'],
    seed: 3,
  },
  'loses the entry of an accepted chunk': {
    plant: inTransactions((tx) => ({
      addRunEvent: async (...given) => {
        if (given[2].type !== 'accepted') await tx.addRunEvent(...given);
      },
    })),
    breaks: ['crash', 'membership', 'repeated_file', 'journal', 'liveness', 'overlapping_upload'],
    seed: 108,
  },
  'counts a duplicate as nothing': {
    plant: inJournal(
      (append): Append =>
        (event) =>
          append(event.type === 'staged' ? { ...event, counts: { ...event.counts, duplicates: 0 } } : event),
    ),
    breaks: ['counts'],
    seed: 2,
  },
};
