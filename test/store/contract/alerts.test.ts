/** Alerts of jobs: each begins once and ends once, however many workers see the cause. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import type { JobStore, NewTransition } from '../../../src/contracts/job-store.ts';
import type { AlertRuleName } from '../../../src/domain/alerts/alerts.ts';
import { sentence } from '../../../src/domain/text/sentence.ts';
import { applyFindings } from '../../../src/jobs/alerts.ts';
import { ended, staged, started } from '../../support/runs.ts';
import { at } from '../../support/service.ts';
import { addEvents, makeJob, queueRun, time } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

describe.each(stores)('alerts on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let another: JobStore;
  let jobId: string;
  beforeEach(async () => {
    ({ store } = await current.open());
    ({ store: another } = await current.open());
    jobId = (await makeJob(store, await current.authorize())).id;
  });
  const raise = (by: JobStore, measured: number, rule: AlertRuleName = 'slow', minutes = 0) =>
    by.transaction((tx) =>
      tx.raiseAlert({ jobId, rule, threshold: 10, measured, message: 'Slow.', runId: 'r1' }, at(minutes)),
    );
  const clear = (by: JobStore, rule: AlertRuleName = 'slow', minutes = 0) =>
    by.transaction((tx) => tx.clearAlert(jobId, rule, at(minutes)));

  test('an alert is open until it is cleared; a second one of the same rule only changes its values', async () => {
    expect(await store.alertsOf(jobId)).toEqual({ defaults: {}, open: [] });
    expect(await clear(store)).toBe(false);
    expect(await raise(store, 12, 'slow', 1)).toBe(true);
    expect(await raise(store, 13, 'slow', 2)).toBe(false);
    expect(await raise(store, 14, 'late', 3)).toBe(true);
    expect((await store.alertsOf(jobId)).open).toMatchObject([
      { rule: 'slow', threshold: 10, measured: 13, since: at(1) },
      { rule: 'late', threshold: 10, measured: 14, since: at(3) },
    ]);
    expect(await clear(store, 'slow', 4)).toBe(true);
    expect((await store.alertsOf(jobId)).open).toMatchObject([{ rule: 'late' }]);
    expect(await clear(store, 'slow', 5)).toBe(false);
    expect(await raise(store, 15, 'slow', 6)).toBe(true);
    expect((await store.alertsOf(jobId)).open).toContainEqual(
      expect.objectContaining({ rule: 'slow', measured: 15, since: at(6) }),
    );
    await store.transaction((tx) => tx.deleteJob(jobId));
    expect((await store.alertsOf(jobId)).open).toEqual([]);
  });

  test('of two workers at the same time, one begins it, and one ends it', async () => {
    const both = [store, another];
    const begun = await Promise.all(both.map((by) => raise(by, 12)));
    expect(begun.sort()).toEqual([false, true]);
    const over = await Promise.all(both.map((by) => clear(by)));
    expect(over.sort()).toEqual([false, true]);
  });

  test('two workers with the same finding publish one event and write one line of the log', async () => {
    const published: string[] = [];
    const find = (by: JobStore, isBroken: boolean, minutes: number) =>
      by.transaction(async (tx) => {
        const counting = {
          ...tx,
          publish: async (event: DomainEvent) => void published.push(event.type),
          recordTransition: async (entry: NewTransition, now: Date) => {
            published.push(`log: ${entry.action}`);
            await tx.recordTransition(entry, now);
          },
        };
        const job = await tx.lockJob(jobId);
        const { open } = await tx.alertsOf(jobId);
        const finding = {
          rule: 'slow',
          isBroken,
          threshold: 10,
          measured: 12,
          what: sentence`Slow.`,
        } as const;
        const context = { tx: counting, now: at(minutes), log: { record: () => {} } };
        await applyFindings(context, { job, open, runId: 'r1' }, [finding, undefined]);
      });
    const both = [store, another];
    await Promise.all(both.map((by) => find(by, true, 1)));
    expect(published.splice(0)).toEqual(['log: alert_raised', 'alert_raised']);
    await Promise.all(both.map((by) => find(by, false, 2)));
    expect(published).toEqual(['log: alert_cleared', 'alert_cleared']);
    expect((await store.alertsOf(jobId)).open).toEqual([]);
  });

  test('an alert of a transaction that fails has not begun', async () => {
    const failing = store.transaction(async (tx) => {
      await tx.raiseAlert({ jobId, rule: 'slow', threshold: 1, measured: 2, message: 'Slow.', runId: null }, at(0));
      throw new Error('it fails');
    });
    await expect(failing).rejects.toThrow('it fails');
    expect(await raise(store, 12)).toBe(true);
  });

  test('the sizes before a run are those of the last successful runs of its job, newest first', async () => {
    const run = async (id: string, minutes: number, unique: number, end: 'succeeded' | 'failed') => {
      await queueRun(store, id, jobId, minutes);
      await addEvents(store, id, [
        started(id, time(minutes)),
        staged(time(minutes), unique),
        ended(time(minutes), end),
      ]);
    };
    await run('r1', 1, 10, 'succeeded');
    await run('r2', 2, 20, 'failed');
    await run('r3', 3, 30, 'succeeded');
    await run('r4', 4, 40, 'succeeded');
    await queueRun(store, 'other', null, 5);
    expect(await store.sizesBefore('r4', 9)).toEqual([30, 10]);
    expect(await store.sizesBefore('r4', 1)).toEqual([30]);
    expect(await store.sizesBefore('r2', 9)).toEqual([40, 30, 10]);
    expect(await store.sizesBefore('other', 9)).toEqual([]);
    expect(await store.sizesBefore('unknown', 9)).toEqual([]);
  });
});
