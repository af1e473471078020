/** Webhooks that jobs have taken: each makes one slot, whoever dies, and however many processes get it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../src/contracts/event-log.ts';
import type { JobStore } from '../../../src/contracts/job-store.ts';
import { webhookSender } from '../../../src/domain/people/people.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { takeWebhook } from '../../../src/jobs/triggers/webhook.ts';
import { at } from '../../support/service.ts';
import { makeJob } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('webhooks on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  beforeEach(async () => {
    ({ store } = await current.open());
  });

  const waiting = async () =>
    makeJob(
      store,
      await current.authorize(),
      { run_frequency: 'when_ready', time_of_day: undefined, trigger: { kind: 'webhook' } },
      { ...initialState, status: 'sleeping', trigger: { seen: null, firedAt: null, setAt: at(0) } },
    );
  const take = (jobId: string, id: string, { on = store, fails = false, minutes = 30 } = {}) =>
    on.transaction(async (tx) => {
      const context = { tx, actor: webhookSender, now: at(minutes), retryLimitMs: 0, newRunId: String, log: silentLog };
      const taken = await takeWebhook(context, jobId, id);
      if (fails) throw new Error('killed');
      return taken.isRepeated;
    });
  const seenBy = async (jobId: string) => {
    const { slot, trigger } = (await store.getJob(jobId)).state;
    return [slot, Number(trigger?.seen)];
  };

  test('of one id count once, and those of several ids each, while they make one slot', async () => {
    const { id } = await waiting();
    expect([await take(id, 'a'), await take(id, 'a', { minutes: 31 }), await take(id, 'b', { minutes: 32 })]).toEqual([
      false,
      true,
      false,
    ]);
    expect(await seenBy(id)).toEqual([at(30), 2]);
    const other = await waiting();
    expect(await take(other.id, 'a')).toBe(false);
  });

  test('that come to two processes at once make one slot', async () => {
    const { id } = await waiting();
    const { store: another } = await current.open();
    const taken = await Promise.all([store, another, store, another].map((on) => take(id, 'a', { on })));
    expect(taken.toSorted()).toEqual([false, true, true, true]);
    expect(await seenBy(id)).toEqual([at(30), 1]);
  });

  test('are forgotten when their process dies before the commit', async () => {
    const { id } = await waiting();
    await expect(take(id, 'a', { fails: true })).rejects.toThrow('killed');
    expect(await seenBy(id)).toEqual([null, 0]);
    expect([await take(id, 'a'), await take(id, 'a')]).toEqual([false, true]);
  });
});
