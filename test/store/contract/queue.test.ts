/** The messages about runs, which a transaction sends with its commit. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import { meanwhile, takenBack } from '../../support/meanwhile.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('the queue on $kind', (kind) => {
  const current = kind.use(true);
  let store: JobStore;
  let other: JobStore;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
  });
  const send = (...runIds: string[]) =>
    other.transaction(async (tx) => {
      for (const runId of runIds) await tx.enqueue({ runId });
    });

  test('a message is sent with its transaction, or not at all', async () => {
    const failing = store.transaction(async (tx) => {
      await tx.enqueue({ runId: 'r1' });
      throw new Error('a mistake');
    });
    await expect(failing).rejects.toThrow('a mistake');
    expect(await current.messages()).toEqual([]);
    await send('r1');
    expect(await current.messages()).toEqual(['r1']);
  });

  test('a run has one waiting message', async () => {
    await send('r1', 'r2', 'r1');
    await send('r1');
    expect((await current.messages()).sort()).toEqual(['r1', 'r2']);
  });
});

describe.each(stores.filter(({ isConcurrent }) => isConcurrent))('senders at the same time on $kind', (kind) => {
  const current = kind.use(true);
  let store: JobStore;
  let other: JobStore;
  beforeEach(async () => {
    store = (await current.open()).store;
    other = (await current.open()).store;
  });
  const send = (runId: string) => other.transaction((tx) => tx.enqueue({ runId }));
  const whether = (second: () => Promise<unknown>, last?: () => Promise<unknown>) =>
    meanwhile({
      store,
      isWaiting: current.isWaiting,
      first: (tx) => tx.enqueue({ runId: 'r1' }),
      second,
      last,
    });

  test('others do not see a message before the commit', async () => {
    expect(await whether(async () => expect(await current.messages()).toEqual([]))).toBe(false);
    expect(await current.messages()).toEqual(['r1']);
  });

  test('a second sender waits for the first one', async () => {
    expect(await whether(() => send('r1'))).toBe(true);
    expect(await current.messages()).toEqual(['r1']);
  });

  test('a second sender sends the message when the first one takes it back', async () => {
    expect(
      await whether(
        () => send('r1'),
        () => Promise.reject(takenBack),
      ),
    ).toBe(true);
    expect(await current.messages()).toEqual(['r1']);
  });

  test('nobody waits for who sends a message that is there already, or another one', async () => {
    expect(await whether(() => send('r2'))).toBe(false);
    expect(await whether(() => send('r1'))).toBe(false);
  });
});
