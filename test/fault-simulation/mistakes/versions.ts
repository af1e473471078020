/** Small, realistic mistakes while two versions run. */
import { NEWER } from '../../../fault-simulation/world/versions.ts';
import { type Mistake, upgradedOften, usedNewly } from '../find.ts';
import { over } from '../planting.ts';

export const versionMistakes: Record<string, Mistake> = {
  'works on after a newer version has excluded it': {
    plant: { outdated: () => async () => undefined },
    breaks: ['version'],
    seed: 1,
    planOf: upgradedOften,
  },
  'tells the database that it knows what only the newer version knows': {
    plant: { knows: () => NEWER },
    breaks: ['version'],
    seed: 1,
    planOf: upgradedOften,
  },
  'runs a job that asks for something which it does not know': {
    plant: {
      store: (store) =>
        over(store, {
          getJob: async (id) => ({ ...(await store.getJob(id)), damaged: [] }),
          transaction: (work) =>
            store.transaction((tx) =>
              work(
                over(tx, {
                  getJob: async (id) => ({ ...(await tx.getJob(id)), damaged: [] }),
                  lockJob: async (id) => ({ ...(await tx.lockJob(id)), damaged: [] }),
                }),
              ),
            ),
        }),
    },
    breaks: ['version'],
    seed: 3,
    planOf: usedNewly,
  },
};
