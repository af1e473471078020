/** Small, realistic mistakes of split jobs, which give each audience the members of one value. */
import { type Mistake, splitOften } from '../find.ts';
import { inTransactions } from '../planting.ts';

export const splitMistakes: Record<string, Mistake> = {
  'gives a part the file of another value': {
    plant: inTransactions((tx) => {
      let other: string | undefined;
      return {
        pointPart: (id, configuration, ...given) => {
          const segment_id = other ?? configuration.segment_id;
          other = configuration.segment_id;
          return tx.pointPart(id, { ...configuration, segment_id }, ...given);
        },
      };
    }),
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
  'loses the last bytes of a part': {
    plant: {
      partFiles: (files) => ({
        ...files,
        create: async () => {
          const { id, write } = await files.create();
          return { id, write: (bytes) => write(bytes.subarray(0, Math.max(bytes.lastIndexOf(10, -2) + 1, 0))) };
        },
      }),
    },
    breaks: ['split'],
    seed: 1,
    planOf: splitOften,
  },
};
