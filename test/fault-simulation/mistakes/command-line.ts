/** Small, realistic mistakes in the command line. */
import { commandLinePlanOf } from '../../../fault-simulation/command-line/plan.ts';
import { exportedOften, type Mistake } from '../find.ts';
import { inLocks, inOpenFiles, over } from '../planting.ts';

const isJournal = (path: string): boolean => path.endsWith('/journal.ndjson');

const planOf = commandLinePlanOf;

export const commandLineMistakes: Record<string, Mistake> = {
  'does not sync the journal before it sends': {
    plant: inOpenFiles(isJournal, () => ({ datasync: async () => {} })),
    breaks: ['journal'],
    seed: 1,
    planOf,
  },
  'does not sync the directory of a new run': {
    plant: inOpenFiles(
      (path) => !isJournal(path),
      () => ({ sync: async () => {} }),
    ),
    breaks: ['journal'],
    seed: 1,
    planOf,
  },
  'reads a line that a crash cut short': {
    plant: {
      files: (files) =>
        over(files, {
          readFile: async (path) => {
            const content = await files.readFile(path);
            return isJournal(path) && content.at(-1) !== 0x0a ? Buffer.concat([content, Buffer.from('\n')]) : content;
          },
        }),
    },
    breaks: ['journal'],
    seed: 2,
    planOf,
  },
  'writes on after a line that a crash cut short': {
    plant: inOpenFiles(
      (path, flags) => isJournal(path) && flags === 'r+',
      () => ({ truncate: async () => {} }),
    ),
    breaks: ['journal'],
    seed: 2,
    planOf,
  },
  'leaves half a line in the journal when the disk is full': {
    plant: inOpenFiles(
      (path, flags) => isJournal(path) && flags !== 'r+',
      () => ({ truncate: async () => {} }),
    ),
    breaks: ['journal'],
    seed: 21,
    planOf,
  },
  'continues a run that another process holds': {
    plant: inLocks((path) => path.endsWith('/held.lock')),
    breaks: ['lease', 'journal', 'crash', 'counts'],
    seed: 11,
    planOf,
  },
  'does not wait for its turn at an audience': {
    plant: inLocks((path) => path.includes('/audience-')),
    breaks: ['overlapping_upload', 'older_run', 'membership'],
    seed: 334,
    planOf,
  },
  'continues a run after a newer one has written': {
    plant: { runs: (runs) => over(runs, { supersededBy: async () => undefined }) },
    breaks: ['older_run', 'membership'],
    seed: 933,
    planOf: exportedOften,
  },
};
