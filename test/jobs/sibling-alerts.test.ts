/** The alert rules of a job with several audiences, after a run. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { JobStore, JobTransaction, StoredJob } from '../../src/contracts/job-store.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { reportAlertsAfter } from '../../src/jobs/alerts.ts';
import { at } from '../support/service.ts';
import { addEvents, bothSent, bothStaged, makeJob, queueRun } from '../support/stored-runs.ts';
import { stores } from '../support/stores.ts';

describe.each(stores)('alerts of several audiences on $kind', (kind) => {
  const current = kind.use();
  let store: JobStore;
  let published: DomainEvent[];
  beforeEach(async () => {
    ({ store } = await current.open());
    published = [];
  });
  const newJob = async (alerts: Record<string, unknown>) =>
    makeJob(store, await current.authorize(), {
      alerts,
      siblings: [{ identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' }],
    });
  const named = (event: RunEvent): RunEvent =>
    event.type === 'accepted' && event.delivery === 2 ? { ...event, audienceName: 'VIP (phone)' } : event;
  /** A run that has staged so many e-mail addresses and telephone numbers. `skipped` lines have no number. */
  const run = async (job: StoredJob, id: string, minutes: number, sizes: [number, number], skipped = 0) => {
    const scan = bothStaged(minutes, ...sizes) as Extract<RunEvent, { type: 'staged' }>;
    const [phones] = scan.siblings!;
    const counts = { ...phones!.counts, scanned: sizes[1] + skipped, missing: skipped };
    await queueRun(store, id, job.id, minutes);
    await addEvents(
      store,
      id,
      bothSent(id, minutes)
        .map(named)
        .map((event) => (event.type === 'staged' ? { ...scan, siblings: [{ ...phones!, counts }] } : event)),
    );
    await store.transaction(async (tx) => {
      const spied: JobTransaction = { ...tx, publish: async (event) => void published.push(event) };
      await reportAlertsAfter(
        { tx: spied, now: at(minutes), log: { record: () => {} } },
        await tx.lockJob(job.id),
        await tx.getRun(id),
      );
    });
  };
  const messages = () =>
    published.flatMap((event) =>
      event.type === 'alert_raised' || event.type === 'alert_cleared' ? [`${event.type}: ${event.message}`] : [],
    );

  test('one of them is enough to break a rule, and the message names it', async () => {
    const job = await newJob({ skipped_share: { action: 'warn', percent: 10 } });
    await run(job, 'r1', 1, [100, 40], 10);
    expect((await store.alertsOf(job.id)).open).toMatchObject([{ rule: 'skipped_share', measured: 20 }]);
    await run(job, 'r2', 2, [100, 40]);
    expect((await store.alertsOf(job.id)).open).toEqual([]);
    expect(messages()).toEqual([
      'alert_raised: Audience “VIP (phone)”: Skipped values: 10 of 50 (20 %). The limit is 10 %.',
      'alert_cleared: Audience “5343822743475”: Skipped values: 0 of 100 (0 %). The limit is 10 %.',
    ]);
  });

  test('each is compared with its own sizes', async () => {
    const job = await newJob({ size_change: { action: 'warn', percent: 30, runs: 3 } });
    await run(job, 'r1', 1, [100, 40]);
    await run(job, 'r2', 2, [100, 40]);
    await run(job, 'r3', 3, [100, 40]);
    expect(published).toEqual([]);
    await run(job, 'r4', 4, [110, 20]);
    expect((await store.alertsOf(job.id)).open).toMatchObject([{ rule: 'size_change', measured: -50 }]);
    await run(job, 'r5', 5, [110, 40]);
    expect((await store.alertsOf(job.id)).open).toEqual([]);
    expect(messages()[0]).toBe(
      'alert_raised: Audience “VIP (phone)”: The list has 20 members, 50 % fewer than the mean of the last 3 runs (40). The limit is 30 %.',
    );
  });
});
