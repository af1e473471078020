/** Runs to one audience on machines whose clocks differ by minutes: the newer one wins, and never the older one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunFolder } from '../../../src/contracts/ports.ts';
import { deliveriesOf, lastWriteOf } from '../../../src/domain/runs/run-state.ts';
import { RunJournals, type StoredRunJournal } from '../../../src/jobs/run-journals.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { HeldLeases } from '../../../src/store/coordination/leases.ts';
import { intent, staged, started } from '../../support/runs.ts';
import {
  bothStaged,
  makeJob,
  queueRun,
  resumed,
  SIBLING_AUDIENCE,
  sendingOf,
  time,
  withPhone,
} from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

/** The clock of one machine is ten minutes ahead, that of the other ten behind. */
const AHEAD = 30;
const RIGHT = 20;
const BEHIND = 10;

describe.each(stores)('runs on machines with different clocks, on $kind', (kind) => {
  const current = kind.use();
  let stores: TestStore;
  let leases: HeldLeases;
  let journals: RunJournals;
  beforeEach(async () => {
    stores = await current.open();
    leases = new HeldLeases(stores.leases, { clock: systemClock, holder: 'a process of the test' });
    journals = new RunJournals({ store: stores.store, leases, stagedOf: () => ({}) as RunFolder });
  });
  afterEach(() => leases.close());

  /** Each of a job of its own, that fills the same audience. */
  const begin = async (runId: string, minutes: number, change = {}): Promise<StoredRunJournal> => {
    const { id } = await makeJob(stores.store, await current.authorize());
    await queueRun(stores.store, runId, id);
    return journals.open(runId, async () => started(runId, time(minutes), change));
  };
  const supersededBy = ({ state }: StoredRunJournal) => stores.store.supersededBy(state);

  test.each([
    [AHEAD, BEHIND],
    [BEHIND, AHEAD],
  ])('an older run that has written does not win (%s and %s minutes)', async (older, newer) => {
    const first = await begin('r1', older);
    await first.append(staged(time(older), 7));
    await first.append(intent(time(older)));
    const second = await begin('r2', newer);
    // The earlier write does not supersede a run that began after it.
    expect(await supersededBy(second)).toBeUndefined();
    await second.append(staged(time(newer), 9));
    await second.append(intent(time(newer)));
    expect(lastWriteOf(second.state)! > lastWriteOf(first.state)!).toBe(true);
    expect(await supersededBy(first)).toBe('r2');
    expect(await supersededBy(second)).toBeUndefined();
  });

  test.each([
    [AHEAD, BEHIND],
    [BEHIND, AHEAD],
  ])('an older run that has not written yet does not win (%s and %s minutes)', async (older, newer) => {
    const first = await begin('r1', older);
    const second = await begin('r2', newer);
    await second.append(staged(time(newer), 9));
    await second.append(intent(time(newer)));
    expect(await supersededBy(first)).toBe('r2');
    expect(await supersededBy(second)).toBeUndefined();
  });

  test('a run that goes on under another clock does not become older by that', async () => {
    const first = await begin('r1', AHEAD);
    await first.append(staged(time(AHEAD), 7));
    await first.append(intent(time(AHEAD)));
    const before = lastWriteOf(first.state)!;
    await first.append(resumed(BEHIND));
    await first.append(intent(time(BEHIND), 2));
    expect(lastWriteOf(first.state)! > before).toBe(true);
  });

  test('each audience of a run has an order of its own', async () => {
    const first = await begin('r1', AHEAD, withPhone());
    await first.append(bothStaged(AHEAD));
    const [write] = sendingOf(2, 'part', AHEAD, SIBLING_AUDIENCE);
    await first.append(write!);
    const second = await begin('r2', BEHIND, { audienceId: SIBLING_AUDIENCE });
    await second.append(staged(time(BEHIND), 9));
    await second.append(intent(time(BEHIND)));
    const [emails, phones] = deliveriesOf(first.state);
    expect(await stores.store.supersededBy(emails!)).toBeUndefined();
    expect(await stores.store.supersededBy(phones!)).toBe('r2');
  });

  test('the times of the right clock stay', async () => {
    const first = await begin('r1', BEHIND);
    await first.append(staged(time(BEHIND), 7));
    await first.append(intent(time(BEHIND)));
    const second = await begin('r2', RIGHT);
    expect([first.state.lastWriteAt, second.state.startedAt]).toEqual([time(BEHIND), time(RIGHT)]);
  });
});
