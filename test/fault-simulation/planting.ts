/** Ways to plant a mistake into a part of the service, from outside. */
import type { Plants } from '../../fault-simulation/world/plants.ts';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { JobReads, JobStore, JobTransaction } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { ChunkState, RunState } from '../../src/domain/runs/run-state.ts';
import type { Scan } from '../../src/sources/source.ts';
import type { OpenFile } from '../../src/store/data-directory/disk.ts';

/** A part with some of its members replaced. Everything else goes to the real part. */
export const over = <T extends object>(part: T, replaced: Partial<T>): T =>
  new Proxy(part, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      // Private fields need the object itself as `this`.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** @param mistake replaces functions of every transaction */
export const inTransactions = (mistake: (tx: JobTransaction) => Partial<JobTransaction>): Plants => ({
  store: (store): JobStore => {
    const transaction: JobStore['transaction'] = (work) => store.transaction((tx) => work(over(tx, mistake(tx))));
    const addHeldRunEvent: JobStore['addHeldRunEvent'] = (lease, ...entry) =>
      transaction(async (tx) => {
        await tx.assertHeld(lease);
        await tx.addRunEvent(...entry);
      });
    return over(store, { transaction, addHeldRunEvent });
  },
});

/** @param mistake replaces what is read, alone and in transactions */
export const inReads = (mistake: (reads: JobReads) => Partial<JobReads>): Plants => ({
  store: (store): JobStore =>
    over(store, {
      ...mistake(store),
      transaction: (work) => store.transaction((tx) => work(over<JobTransaction>(tx, mistake(tx)))),
    }),
});

type Audiences = LineAdsClient['customAudiences'];

export const inLineClient = (mistake: (audiences: Audiences) => Partial<Audiences>): Plants => ({
  client: (client) => over(client, { customAudiences: over(client.customAudiences, mistake(client.customAudiences)) }),
});

export type Append = (event: RunEvent) => Promise<void>;

/** @param mistake made once for each execution of a run */
export const inJournal = (mistake: (append: Append) => Append): Plants => ({
  execution: (execution) => {
    const { journal } = execution;
    return { ...execution, journal: over(journal, { append: mistake((event) => journal.append(event)) }) };
  },
});

/** @param mistake changes the state that the export sees of a run which continues */
export const inResumedState = (mistake: (state: RunState) => RunState): Plants => ({
  execution: (execution) => (execution.journal.isNew ? execution : inState(mistake).execution!(execution)),
});

/** @param mistake changes the state that the export sees */
export const inState = (mistake: (state: RunState) => RunState): Plants => ({
  execution: (execution) => {
    const { journal } = execution;
    const replaced = Object.defineProperty({}, 'state', { get: () => mistake(journal.state) });
    return { ...execution, journal: over(journal, replaced) };
  },
});

/** @param mistake changes what the export sees of a chunk while it asks LINE whether it has it */
export const inAskingJournal = (mistake: (chunk: ChunkState) => ChunkState): Plants =>
  inState((state) => ({
    ...state,
    chunks: new Map([...state.chunks].map(([n, chunk]) => [n, chunk.phase === 'unsettled' ? mistake(chunk) : chunk])),
  }));

/** @param mistake replaces functions of the files that are opened */
export const inOpenFiles = (
  isMeant: (path: string, flags: string) => boolean,
  mistake: (file: OpenFile) => Partial<OpenFile>,
): Plants => ({
  files: (files) =>
    over(files, {
      open: async (path, flags, mode) => {
        const file = await files.open(path, flags, mode);
        return isMeant(path, flags) ? over(file, mistake(file)) : file;
      },
    }),
});

/** @param isFree the locks that a process takes although another one holds them */
export const inLocks = (isFree: (path: string) => boolean): Plants => ({
  locks: (tryLock) => (path) => tryLock(path) ?? (isFree(path) ? () => {} : undefined),
});

export const inScans = (mistake: (scan: Scan) => Partial<Scan>): Plants => ({
  source: (source) =>
    over(source, {
      scan: async (...given) => {
        const scan = await source.scan(...given);
        return over(scan, mistake(scan));
      },
    }),
});
