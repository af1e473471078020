/** A job with several audiences in the whole service: LINE's matching of each, the alerts and the health report. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { recordMatching } from '../../src/store/repositories/matching.ts';
import { readMetricsTotals } from '../../src/store/repositories/metrics.ts';
import { addRunEvent } from '../../src/store/repositories/run-events.ts';
import { queueRuns } from '../../src/store/repositories/runs.ts';
import { jobsWithIdentifier } from '../../src/store/repositories/traces-of-people.ts';
import { weeklyDigest } from '../../src/use-cases/notifications/digest.ts';
import { databases } from '../support/databases.ts';
import { ended, staged, started } from '../support/runs.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { sendingOf } from '../support/stored-runs.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Audiences that the simulator has from the beginning, with LINE's estimates 18,400 and 9,200. */
const [VISITORS, APP] = ['5343820000101', '5343820000303'];

describe.each(databases)('a job with several audiences on $kind', (kind) => {
  const inTx = ({ database }: ServiceBench) => database.database.db.transaction();

  const makeJob = (bench: ServiceBench, alerts: Record<string, unknown>, second: object = { audience_id: APP }) => {
    const { adAccountId } = bench.simulator.inspect().audiences[0]!;
    const input = aNewJob(bench.authorizationId, {
      ...{ adaccount_id: adAccountId, audience_id: VISITORS, audience_name: null, alerts },
      siblings: [{ identifier_type: 'phone', id_field: 'phone', ...second }],
    });
    const until = new Date(bench.clock.now().getTime() + 20 * DAY);
    const asleep = { ...initialState, status: 'sleeping', sleepUntil: until, slot: until } as const;
    return inTx(bench).execute((tx) => createJob(tx, input, asleep, aiko, bench.clock.now()));
  };

  /** A run that sent 20,000 e-mail addresses and so many telephone numbers. */
  async function runOf(bench: ServiceBench, jobId: string, id: string, ago: number, phones = 10_000, shares?: true) {
    const ended_at = new Date(bench.clock.now().getTime() - ago);
    const now = ended_at.toISOString();
    const { adAccountId } = bench.simulator.inspect().audiences[0]!;
    const phone = { field: 'phone', identifierType: 'phone', ifaFormat: 'sha256' } as const;
    const audience = shares ? { audienceId: null, shares } : { audienceId: APP! };
    const sibling = { ...phone, defaultCountry: 'JP', ...audience, audienceName: null };
    const { type: _, at: __, ...others } = staged(now, phones);
    const finished = (delivery: number, audienceId: string, audienceName: string): RunEvent[] =>
      sendingOf(delivery, 'whole', 0, audienceId).map((event) => ({
        ...event,
        at: now,
        ...(event.type === 'accepted' && { audienceName }),
      }));
    const events: RunEvent[] = [
      started(id, now, { adAccountId, audienceId: VISITORS!, siblings: [sibling] }),
      { ...staged(now, 20_000), siblings: [others] },
      ...finished(1, VISITORS!, 'Visitors'),
      ...(shares ? finished(2, VISITORS!, 'Visitors') : finished(2, APP!, 'App')),
      ended(now),
    ];
    await inTx(bench).execute(async (tx) => {
      const run = { id, jobId, jobName: 'VIP customers', trigger: 'schedule', slot: null } as const;
      await queueRuns(tx, [[{ ...run, approval: null }, ended_at]]);
      for (const [n, event] of events.entries())
        await addRunEvent(tx, id, n + 1, event, foldRun(events.slice(0, n + 1)));
    });
  }

  const matched = (bench: ServiceBench, runId: string, delivery: number, ago: number, size: string) =>
    inTx(bench).execute((tx) =>
      recordMatching(
        tx,
        { runId, delivery },
        {
          at: new Date(bench.clock.now().getTime() - ago).toISOString(),
          status: 'READY',
          estimated_size: size,
        },
      ),
    );
  const openAlerts = async ({ service }: ServiceBench, id: string) =>
    (await service.alerts.list({ limit: 9, job_id: id, open: 'true' })).items;
  const seenOf = async (bench: ServiceBench, runId: string) => [
    await bench.service.runs.matching(runId),
    await bench.service.runs.matching(runId, 2),
  ];

  test('one that LINE matches worse raises an alert that names it, until it is well again', async () => {
    const bench = await serviceBench({ database: kind });
    const { id } = await makeJob(bench, { estimate_drop: { action: 'warn', percent: 30 } });
    await runOf(bench, id, 'run_1', 3 * DAY);
    await matched(bench, 'run_1', 1, 2 * DAY, '18000');
    await matched(bench, 'run_1', 2, 2 * DAY, '20000');
    await runOf(bench, id, 'run_2', MINUTE);
    bench.clock.advance(6 * MINUTE);
    await until(
      () => seenOf(bench, 'run_2'),
      (seen) => seen.every(({ length }) => length === 1),
    );
    expect(await seenOf(bench, 'run_2')).toMatchObject([
      [{ status: 'READY', estimated_size: '18400' }],
      [{ status: 'READY', estimated_size: '9200' }],
    ]);
    const { matching_size, siblings } = await bench.service.runs.get('run_2');
    expect([matching_size, siblings?.[0]?.matching_size]).toEqual(['18400', '9200']);
    const [alert] = await openAlerts(bench, id);
    expect(alert).toMatchObject({
      rule: 'estimate_drop',
      measured: 54,
      message:
        'Audience “App”: LINE’s estimate is 9,200, 54 % below the mean after earlier runs (20,000). The limit is 30 %.',
    });

    // The good estimate of the other audience ends nothing.
    bench.clock.advance(16 * MINUTE);
    await until(
      () => seenOf(bench, 'run_2'),
      (seen) => seen.every(({ length }) => length === 2),
    );
    expect(await openAlerts(bench, id)).toMatchObject([{ id: alert!.id }]);

    // The mean is lower now: 20,000, and twice 9,200.
    await runOf(bench, id, 'run_3', 0);
    bench.clock.advance(6 * MINUTE);
    await until(
      () => seenOf(bench, 'run_3'),
      (seen) => seen.every(({ length }) => length === 1),
    );
    await runOf(bench, id, 'run_4', 0);
    bench.clock.advance(6 * MINUTE);
    await until(
      () => openAlerts(bench, id),
      ({ length }) => length === 0,
    );
    const types = (await bench.published()).map(({ type }) => type);
    expect(types).toEqual(['alert_raised', 'alert_cleared']);
    expect(bench.errors).toEqual([]);
  });

  test('two that share one are observed, compared and reported each', async () => {
    const bench = await serviceBench({ database: kind });
    const { id } = await makeJob(bench, { estimate_drop: { action: 'warn', percent: 30 } }, { shares: true });
    await runOf(bench, id, 'run_1', 9 * DAY, 9_000, true);
    await runOf(bench, id, 'run_2', MINUTE, 10_000, true);
    bench.clock.advance(6 * MINUTE);
    await until(
      () => seenOf(bench, 'run_2'),
      (seen) => seen.every(({ length }) => length === 1),
    );
    const { items } = await bench.service.healthReport.read({ limit: 9 });
    const common = { job_id: id, audience_id: VISITORS };
    expect(items.toSorted((a, b) => Number(a.delivery) - Number(b.delivery))).toMatchObject([
      { ...common, delivery: 1, identifier_type: 'email', members: 20_000, members_week_ago: 20_000 },
      { ...common, delivery: 2, identifier_type: 'phone', members: 10_000, members_week_ago: 9_000 },
    ]);
    const { audiences } = await weeklyDigest(bench.database.database.db, bench.clock.now(), bench.clock.now());
    expect(audiences.map(({ job_name }) => job_name).toSorted()).toEqual([
      'VIP customers · email',
      'VIP customers · phone',
    ]);
    expect(await jobsWithIdentifier(bench.database.database.db, 'phone', bench.clock.now())).toMatchObject([
      { audienceIds: [VISITORS] },
    ]);
    expect(bench.errors).toEqual([]);
  });

  test('has an entry for each in the health report', async () => {
    const bench = await serviceBench({ database: kind });
    const { id } = await makeJob(bench, {});
    await runOf(bench, id, 'run_1', 9 * DAY, 9_000);
    await runOf(bench, id, 'run_2', DAY, 10_000);
    await matched(bench, 'run_2', 1, 0, '18400');
    await matched(bench, 'run_2', 2, 0, '-');
    const { values } = await readMetricsTotals(bench.database.database.db);
    expect(values).toMatchObject({ unique: 59_000, uploaded: 59_000 });
    const plain = await bench.createJob({ segment_id: bench.write('vip.csv', 'email\n') }, 'Plain');
    await bench.waitForJob(plain.id, ({ status }) => status !== 'runnable');
    const first = await bench.service.healthReport.read({ limit: 1 });
    expect(first.items).toMatchObject([
      {
        job_id: id,
        delivery: 2,
        identifier_type: 'phone',
        audience_id: APP,
        audience_name: null,
        concerns: ['nobody_matched'],
        members: 10_000,
        members_week_ago: 9_000,
      },
    ]);
    const {
      items,
      total,
      counts: levels,
    } = await bench.service.healthReport.read({
      limit: 9,
      cursor: first.next!,
    });
    expect(total).toBe(3);
    expect(levels.needs_person).toBeGreaterThan(0);
    const mine = items.find(({ job_id }) => job_id === id);
    expect(mine).toMatchObject({
      delivery: 1,
      identifier_type: 'email',
      audience_id: VISITORS,
      concerns: [],
      history: [{}, { estimated_size: '18400', match_rate: 0.92 }],
    });
    expect(items.find(({ job_id }) => job_id === plain.id)).not.toHaveProperty('delivery');
    const now = bench.clock.now();
    const { audiences } = await weeklyDigest(bench.database.database.db, now, now);
    expect(audiences.map(({ job_name }) => job_name).sort()).toEqual([
      'Plain',
      'VIP customers · email',
      'VIP customers · phone',
    ]);
  });
});
