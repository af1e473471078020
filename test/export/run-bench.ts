/** A run of several identifiers in memory, with a destination. */
import { Disk, memoryFolder } from '../../fault-simulation/memory/run-folder.ts';
import type { RunJournal } from '../../src/contracts/ports.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { applyEvent, foldRun } from '../../src/domain/runs/run-state.ts';
import { type ExportContext, WaitingRuns } from '../../src/export/context.ts';
import { runExport } from '../../src/export/run.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { SuppressionList } from '../../src/export/suppression.ts';
import { placeForAll } from '../../src/export/turns.ts';
import type { WithScan } from '../../src/sources/scans.ts';
import type { Scan } from '../../src/sources/source.ts';
import { started } from '../support/runs.ts';
import { TestScan } from './support.ts';

export const at = '2026-03-02T00:00:00.000Z';
export const members = ['a@example.com', 'b@example.com', 'c@example.com'];
export const phones = ['819012345671', '819012345672', '819012345673'];

/** A scan of the columns, in blocks of one member. Its place is the number of members so far. */
function scanOf(columns: readonly (readonly string[])[], from = 0, breakAt = Number.POSITIVE_INFINITY): Scan {
  let column = 0;
  let read = from;
  const scan = new TestScan(
    (async function* () {
      for (let n = from; n < columns[0]!.length; n += 1) {
        if (n === breakAt) throw new LineupError('source_failed', 'It broke off.', { retryable: true });
        for (const [field, values] of columns.entries()) {
          column = field;
          if (field === columns.length - 1) read = n + 1;
          yield Buffer.from(`${values[n]}\n`);
        }
      }
    })(),
  );
  return Object.assign(scan, {
    marked: columns.map(() => false),
    column: () => column,
    place: () => (column === columns.length - 1 ? String(read) : undefined),
  });
}

/** One run after another process of it: what a process has left is there for the next one. */
export function runBench(destination: Destination, change: Partial<RunRequest> = {}) {
  const disk = new Disk();
  const events: RunEvent[] = [started('r1', at, { maxShrink: 1, ...change })];
  let state = foldRun(events);
  let hasKey = false;
  const key = {
    isThere: async () => hasKey,
    make: async () => {
      hasKey = true;
    },
    delete: async () => {
      hasKey = false;
    },
  };
  const journal = {
    get state() {
      return state;
    },
    staged: memoryFolder({ disk, key, perform: async (_, work) => work() }, 'r1'),
    append: async (event: RunEvent) => {
      events.push(event);
      state = applyEvent(state, event);
    },
    assertHeld: () => {},
  } satisfies RunJournal;
  const world = {
    columns: [members, phones] as readonly (readonly string[])[],
    breakAt: undefined as number | undefined,
    list: undefined as readonly string[] | undefined,
    supersededBy: {} as Record<string, string>,
    /** How many uploads may begin. */
    turns: Number.POSITIVE_INFINITY,
  };
  const withScan: WithScan = (from, work) => work(scanOf(world.columns, Number(from ?? 0), world.breakAt));
  const suppression = async (): Promise<readonly SuppressionList[]> =>
    world.list
      ? [
          {
            name: 'Left',
            withScan: (_, work) => work(new TestScan(world.list!.map((value) => `${value}\n`))),
            deliveries: [{ id: 'l1', lastSize: null }],
            maxShrink: 1,
          },
        ]
      : [];
  const context: ExportContext = {
    journal,
    history: {
      lastReplace: async () => ({ runId: 'r0', unique: 3, at }),
      sizesBefore: async () => [],
      made: async () => false,
      mayBeMade: async () => false,
      supersededBy: async ({ audienceId }) => world.supersededBy[audienceId ?? ''],
      openUploads: async () => [],
      jobIdsOfOthers: async () => [],
      openReplaces: async () => [],
    },
    limits: {
      rate: () => ({ acquire: async () => () => {} }),
      pause: async () => {},
      audience: async () => () => {},
      slotTurn: async () => {
        world.turns -= 1;
        if (world.turns < 0) throw new LineupError('interrupted', 'It was stopped.');
        return () => {};
      },
    },
    destination,
    traits: destination.traits,
    withScan,
    suppression,
    clock: {
      now: () => new Date(at),
      monotonic: () => 0,
      // Takes no time, and lets everything else happen.
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      until: async () => {},
      every: () => () => {},
    },
    startKernel: inlineKernel,
    pollIntervalMs: 5,
    jobTimeoutMs: 1_000,
    signal: new AbortController().signal,
    place: placeForAll,
    waiting: new WaitingRuns(),
    onProgress: () => {},
  };
  return {
    world,
    disk,
    events,
    context,
    append: journal.append,
    run: () => runExport(context),
    resume: async () => {
      await journal.append({ type: 'resumed', at });
      return runExport(context);
    },
  };
}
