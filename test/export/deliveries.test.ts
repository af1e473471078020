/** The deliveries of a run share its journal and its place. */
import { expect, test } from 'vitest';
import type { RunJournal, WorkPlace } from '../../src/contracts/ports.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { applyEvent, foldRun, type RunState } from '../../src/domain/runs/run-state.ts';
import type { ExportContext } from '../../src/export/context.ts';
import { contextsOf } from '../../src/export/deliveries.ts';
import { started } from '../support/runs.ts';

const at = '2026-03-02T00:00:00.000Z';

function begun(): RunState {
  const event = started('r1', at);
  const { field: _, ...sibling } = event.request;
  const siblings = ['phone', 'work'].map((field) => ({ ...sibling, field }));
  return foldRun([{ ...event, request: { ...event.request, siblings } }]);
}

/** A place as a worker has it: held at first. */
function workerPlace() {
  let isHeld = true;
  let waits = 0;
  const place: WorkPlace = {
    take: async () => {
      waits += 1;
      await Promise.resolve();
      isHeld = true;
    },
    leave: () => {
      isHeld = false;
    },
  };
  return { place, isHeld: () => isHeld, taken: () => waits };
}

function contexts(place: WorkPlace, append: (event: RunEvent) => Promise<void> = async () => {}) {
  let state = begun();
  const journal = {
    get state() {
      return state;
    },
    append: async (event: RunEvent) => {
      await append(event);
      state = applyEvent(state, event);
    },
  } as RunJournal;
  return contextsOf({ journal, place, onProgress: () => {} } as Partial<ExportContext> as ExportContext);
}

test('a run gives up its place when one delivery waits and no other one works', async () => {
  const worker = workerPlace();
  const [first, second, third] = contexts(worker.place).map(({ place }) => place);
  // The third one is complete, so it never takes part.
  expect(third).toBeDefined();
  first!.leave();
  expect(worker.isHeld()).toBe(false);

  await Promise.all([first!.take(), second!.take()]);
  expect([worker.isHeld(), worker.taken()]).toEqual([true, 1]);
  first!.leave();
  expect(worker.isHeld()).toBe(true);
  second!.leave();
  expect(worker.isHeld()).toBe(false);
  // A second time changes nothing for the others.
  await first!.take();
  second!.leave();
  expect(worker.isHeld()).toBe(true);
});

test('a delivery that waits for the place in vain does not hold it', async () => {
  const worker = workerPlace();
  const stopped = new Error('stopped');
  const [first, second] = contexts({ ...worker.place, take: () => Promise.reject(stopped) }).map(({ place }) => place);
  await expect(first!.take()).rejects.toBe(stopped);
  second!.leave();
  expect(worker.isHeld()).toBe(false);
});

test('the journal gets one entry at a time, each of its delivery, also after one that failed', async () => {
  const entries: string[] = [];
  let busy = 0;
  const all = contexts(workerPlace().place, async (event) => {
    busy += 1;
    expect(busy).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    busy -= 1;
    const { delivery = 1, type } = event as { delivery?: number; type: string };
    if (type === 'not_taken') throw new Error('refused');
    entries.push(`${type} ${delivery}`);
  });
  const before = { size: 10, basis: 'estimate', runId: null, at: null } as const;
  const [, failed, ...others] = await Promise.allSettled([
    all[0]!.journal.append({ type: 'compared', at, before }),
    all[1]!.journal.append({ type: 'not_taken', at, chunk: 1, reason: null }),
    all[1]!.journal.append({ type: 'compared', at, before: { ...before, size: 5 } }),
    all[2]!.journal.append({ type: 'compared', at, before: { ...before, size: 2 } }),
  ]);
  expect(failed?.status).toBe('rejected');
  expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(entries).toEqual(['compared 1', 'compared 2', 'compared 3']);
  expect(all.map(({ journal }) => journal.state.before?.size)).toEqual([10, 5, 2]);
});
