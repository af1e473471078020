/** Small, realistic mistakes of the scheduler, which wakes jobs and recovers runs. */
import { DatabaseError } from '../../../fault-simulation/memory/database.ts';
import { type Mistake, restartedOften } from '../find.ts';
import { inReads, over } from '../planting.ts';

export const recoveryMistakes: Record<string, Mistake> = {
  'takes a database that restarts for an internal error': {
    plant: {
      store: (store) => {
        const explained = (error: unknown) => {
          throw error instanceof DatabaseError && error.code.startsWith('57P') ? new Error('unexpected') : error;
        };
        return over(store, {
          openUploads: (...given) => store.openUploads(...given).catch(explained),
          lastReplace: (...given) => store.lastReplace(...given).catch(explained),
          supersededBy: (...given) => store.supersededBy(...given).catch(explained),
        });
      },
    },
    breaks: ['crash'],
    seed: 34,
    planOf: restartedOften,
  },

  'does not conclude a run whose worker died at its end': {
    plant: inReads(() => ({ runsWithoutConclusion: async () => [] })),
    breaks: ['liveness', 'endless'],
    seed: 17,
  },
  'does not send a lost message again': {
    plant: { queue: () => ({ enqueueAgain: async () => {} }) },
    breaks: ['liveness', 'endless'],
    seed: 71,
  },
  'forgets the runs of a dead worker': {
    plant: inReads((reads) => ({
      runsWithoutWorker: async (limit) =>
        (await reads.runsWithoutWorker(limit)).filter(({ status }) => status === 'queued'),
    })),
    breaks: ['liveness', 'endless'],
    seed: 45,
  },

  'serves a slot that has come again and again': {
    plant: {
      store: (store) => {
        const first = new Map<string, Date>();
        return over(store, {
          transaction: (work) =>
            store.transaction((tx) =>
              work(
                over(tx, {
                  saveState: async (id, state) => {
                    const { slot, errors } = state;
                    if (slot && !first.has(id)) first.set(id, slot);
                    const come = first.get(id);
                    const isServed = state.status === 'sleeping' && !errors && come && slot && come < slot;
                    await tx.saveState(id, isServed ? { ...state, slot: come, sleepUntil: come } : state);
                  },
                }),
              ),
            ),
        });
      },
    },
    breaks: ['endless'],
    seed: 10,
  },
};
