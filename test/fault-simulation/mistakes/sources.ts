/** Small, realistic mistakes with sources and staged files. */
import { LineupError } from '../../../src/domain/errors/errors.ts';
import type { Scan } from '../../../src/sources/source.ts';
import { brokenScans, listedAnew, type Mistake } from '../find.ts';
import { inScans, over } from '../planting.ts';

export const sourceMistakes: Record<string, Mistake> = {
  'takes the end of the bytes for the end of the source': {
    plant: inScans((scan) => ({
      finished: Promise.resolve(),
      blocks: (async function* () {
        try {
          yield* scan.blocks;
        } catch {
          // This is the mistake.
        }
      })(),
    })),
    breaks: ['counts'],
    seed: 322,
  },
  'keeps the end of a staged file that a broken scan wrote': {
    plant: {
      folder: (folder) =>
        over(folder, {
          open: async (name, keep) => folder.open(name, keep === undefined ? undefined : await folder.size(name)),
        }),
    },
    breaks: ['counts'],
    seed: 119,
    planOf: brokenScans,
  },
  'reads a suppression list once for each identifier': {
    plant: {
      list: (list) =>
        over(list, {
          scan: async (names, signal, from) => {
            const scans: Scan[] = [];
            let column = 0;
            for (const name of names) scans.push(await list.scan([name], signal, from));
            const finished = Promise.all(scans.map((scan) => scan.finished)).then(() => {});
            // A scan that breaks off says so with its blocks, too.
            finished.catch(() => {});
            return over(scans[0]!, {
              finished,
              marked: scans.flatMap(({ marked }) => marked),
              column: () => column,
              blocks: (async function* () {
                for ([column] of scans.entries()) yield* scans[column]!.blocks;
              })(),
            });
          },
        }),
    },
    breaks: ['counts'],
    seed: 3,
    planOf: listedAnew,
  },
  'quotes the value that it cannot read': {
    plant: inScans((scan) => ({
      blocks: (async function* () {
        for await (const block of scan.blocks) {
          const text = Buffer.from(block).toString('latin1');
          if (text.includes('\u0000'))
            throw new LineupError('source_failed', `Cannot read ${text}`, { retryable: true });
          yield block;
        }
      })(),
    })),
    breaks: ['raw_value'],
    seed: 2,
  },
};
