/** Alert rules in the whole service: what begins an alert, what ends it, and who learns of it. */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { AlertRules } from '../../src/domain/alerts/alerts.ts';
import { approve } from '../support/approvals.ts';
import { held, members } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const [onPglite] = databases;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

/** `skipped` further lines have no address. */
const list = (valid: number, skipped = 0, prefix?: string) =>
  members(valid, prefix).csv + 'x,not an address\n'.repeat(skipped);

const aboutAlerts = async ({ published }: ServiceBench) =>
  (await published()).flatMap((event) =>
    event.type === 'alert_raised' || event.type === 'alert_cleared'
      ? [`${event.type} ${event.rule} ${event.measured}`]
      : [],
  );

const openAlerts = async ({ service }: ServiceBench, id: string) =>
  (await service.alerts.list({ limit: 9, job_id: id, open: 'true' })).items;

async function runAgain(bench: ServiceBench, id: string, content: string, action: 'run_now') {
  bench.write('vip.csv', content);
  const before = (await bench.service.jobs.get(id)).last_run?.id;
  await bench.service.jobs.act(id, action, aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before);
}

async function jobWith(bench: ServiceBench, alerts: AlertRules | undefined, content = list(40)) {
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', content), alerts });
  await bench.waitForJob(id, atRest);
  return id;
}

describe('alerts', () => {
  test('a share of skipped values begins one alert, and a good run ends it', async () => {
    const bench = await serviceBench();
    const id = await jobWith(bench, { skipped_share: { action: 'warn', percent: 10 } });
    expect(await openAlerts(bench, id)).toEqual([]);

    const bad = await runAgain(bench, id, list(40, 10), 'run_now');
    expect(bad).toMatchObject({ status: 'sleeping', error: null, open_alerts: 1 });
    expect(bad.last_run).toMatchObject({ status: 'succeeded', warnings: 1 });
    const report = await bench.service.runs.document(bad.last_run!.id);
    expect(report?.warnings).toMatchObject([
      {
        code: 'skipped_share_exceeded',
        count: 10,
        message: 'Skipped values: 10 of 50 (20 %). The limit is 10 %.',
      },
    ]);
    const [alert] = await openAlerts(bench, id);
    expect(alert).toMatchObject({
      job_id: id,
      job_name: 'VIP customers',
      rule: 'skipped_share',
      threshold: 10,
      measured: 20,
      run_id: bad.last_run!.id,
      cleared_at: null,
    });

    // Still broken: the alert goes on with the new value, and nobody gets a second message.
    const still = await runAgain(bench, id, list(40, 40), 'run_now');
    const [same] = await openAlerts(bench, id);
    expect(same).toMatchObject({ id: alert!.id, raised_at: alert!.raised_at, measured: 50 });
    expect(same!.run_id).toBe(still.last_run!.id);

    const good = await runAgain(bench, id, list(40, 2), 'run_now');
    expect(good).toMatchObject({ open_alerts: 0, last_run: { warnings: 0 } });
    expect(await aboutAlerts(bench)).toEqual(['alert_raised skipped_share 20', 'alert_cleared skipped_share 4.8']);
    const { items } = await bench.service.alerts.list({ limit: 9, open: 'false' });
    expect(items).toMatchObject([{ id: alert!.id, cleared_at: expect.any(String) }]);
    const log = (await bench.service.jobs.transitions(id, { limit: 99 })).items.toReversed();
    expect(
      log.filter(({ action }) => action.startsWith('alert')).map(({ action, reason }) => [action, reason]),
    ).toEqual([
      ['alert_raised', 'Skipped values: 10 of 50 (20 %). The limit is 10 %.'],
      ['alert_cleared', 'Skipped values: 2 of 42 (4.8 %). The limit is 10 %.'],
    ]);
    expect(bench.errors).toEqual([]);
  });

  test('an unusual size stops the run before LINE is touched; run anyway sends it', async () => {
    const bench = await serviceBench();
    const id = await jobWith(bench, { size_change: { action: 'stop', percent: 30, runs: 3 } });
    await runAgain(bench, id, list(44), 'run_now');
    const writes = () => bench.simulator.inspect().jobs.map(({ action, lines }) => `${action} ${lines}`);
    const before = writes();
    const { audience_id } = await bench.service.jobs.get(id);
    const heldBefore = held(bench.simulator, audience_id!);

    const stopped = await runAgain(bench, id, list(80), 'run_now');
    expect(stopped).toMatchObject({
      condition: 'needs_approval',
      open_alerts: 1,
      error: {
        code: 'size_change_exceeded',
        message:
          'The list has 80 members, 90.5 % more than the mean of the last 2 runs (42). The limit is 30 %. Nothing was sent, and the audience at LINE is unchanged.',
      },
    });
    expect(stopped.last_run).toMatchObject({ status: 'failed', uploaded: 0 });
    expect(writes()).toEqual(before);
    expect(held(bench.simulator, audience_id!)).toEqual(heldBefore);

    await approve(bench.service, id);
    const anyway = await bench.waitForJob(id, atRest);
    expect(anyway).toMatchObject({
      error: null,
      open_alerts: 1,
      last_run: { status: 'succeeded', warnings: 1 },
    });
    expect(held(bench.simulator, audience_id!)).toHaveLength(80);
    // The mean has moved: 40, 44 and 80.
    const usual = await runAgain(bench, id, list(60), 'run_now');
    expect(usual).toMatchObject({ error: null, open_alerts: 0 });
    expect(await aboutAlerts(bench)).toEqual(['alert_raised size_change 90.5', 'alert_cleared size_change 9.8']);
    expect((await bench.published()).map(({ type }) => type)).toEqual([
      'guard_stopped',
      'alert_raised',
      'job_recovered',
      'alert_cleared',
    ]);
    expect(bench.errors).toEqual([]);
  });

  test('the defaults of the workspace apply to a job without own rules, and switching a rule off ends its alert', async () => {
    const bench = await serviceBench();
    await bench.service.settings.write('alerts', { skipped_share: { action: 'warn', percent: 5 } }, aiko);
    const byDefault = await jobWith(bench, undefined, list(40, 10));
    expect(await openAlerts(bench, byDefault)).toHaveLength(1);
    const { id: own } = await bench.createJob(
      {
        segment_id: bench.write('other.csv', list(40, 10, 'other')),
        audience_name: 'Other',
        alerts: { skipped_share: { action: 'off' } },
      },
      'Other',
    );
    await bench.waitForJob(own, atRest);
    expect(await openAlerts(bench, own)).toEqual([]);

    await bench.service.settings.write('alerts', { skipped_share: { action: 'off' } }, aiko);
    bench.clock.advance(2 * MINUTE);
    await bench.waitForJob(byDefault, ({ open_alerts }) => open_alerts === 0);
    expect(await aboutAlerts(bench)).toEqual(['alert_raised skipped_share 20', 'alert_cleared skipped_share 20']);
    const cleared = (await bench.published()).find(({ type }) => type === 'alert_cleared');
    expect(cleared).toMatchObject({ message: 'The rule was switched off.', runId: null });
    const { items } = await bench.service.auditLog.list({ limit: 9 });
    expect(items.find(({ subject_id }) => subject_id === 'alerts')?.detail).toEqual({
      changes: { 'skipped_share.action': ['warn', 'off'], 'skipped_share.percent': [5, null] },
    });
  });

  test('a fall of LINE’s estimate begins an alert, and its return ends it', async () => {
    const bench = await serviceBench({ simulator: { matchMs: 0, matchRate: 0.5 } });
    const rules: AlertRules = {
      estimate_drop: { action: 'warn', percent: 30 },
      match_rate_drop: { action: 'warn', percent: 30 },
      no_match: { action: 'warn' },
    };
    const id = await jobWith(bench, rules, list(1_000));
    const matchedAfter = async (rate: number) => {
      const { last_run } = await bench.service.jobs.get(id);
      bench.simulator.configure({ matchRate: rate });
      bench.clock.advance(16 * MINUTE);
      await until(
        () => bench.service.runs.matching(last_run!.id),
        (seen) => seen.length > 0,
      );
    };
    await matchedAfter(0.5);
    await runAgain(bench, id, list(990), 'run_now');
    await matchedAfter(0.5);
    expect(await openAlerts(bench, id)).toEqual([]);
    bench.simulator.configure({ matchRate: 0.2 });
    await runAgain(bench, id, list(1_000), 'run_now');
    await matchedAfter(0.2);
    const open = await openAlerts(bench, id);
    expect(open.map(({ rule }) => rule).sort()).toEqual(['estimate_drop', 'match_rate_drop']);
    bench.simulator.configure({ matchRate: 0.5 });
    await runAgain(bench, id, list(1_000), 'run_now');
    await matchedAfter(0.5);
    expect(await openAlerts(bench, id)).toEqual([]);
    const events = (await aboutAlerts(bench)).map((event) => event.split(' ').slice(0, 2).join(' '));
    expect(events.slice(0, 2).sort()).toEqual(['alert_raised estimate_drop', 'alert_raised match_rate_drop']);
    expect(events.slice(2).sort()).toEqual(['alert_cleared estimate_drop', 'alert_cleared match_rate_drop']);
  });

  test('nobody matched a day after the run', async () => {
    const bench = await serviceBench({ simulator: { matchMs: 0, matchRate: 0 } });
    const id = await jobWith(bench, { no_match: { action: 'warn' } }, list(40));
    const runId = (await bench.service.jobs.get(id)).last_run!.id;
    bench.clock.advance(6 * MINUTE);
    const seen = () => bench.service.runs.matching(runId);
    await until(seen, ({ length }) => length > 0);
    expect(await openAlerts(bench, id)).toEqual([]);
    await bench.service.jobs.act(id, 'pause', aiko);
    bench.clock.advance(24 * HOUR);
    await bench.waitForJob(id, ({ open_alerts }) => open_alerts === 1);
    expect(await openAlerts(bench, id)).toMatchObject([{ rule: 'no_match', threshold: 24, measured: 24 }]);
    bench.simulator.configure({ matchRate: 0.9 });
    await bench.service.jobs.act(id, 'resume', aiko);
    await bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== runId);
    bench.clock.advance(6 * MINUTE);
    await bench.waitForJob(id, ({ open_alerts }) => open_alerts === 0);
    const events = (await aboutAlerts(bench)).map((event) => event.split(' ').slice(0, 2).join(' '));
    expect(events).toEqual(['alert_raised no_match', 'alert_cleared no_match']);
  });

  // The scheduler begins these alerts and a run ends them. On PGlite, code that waits for a second connection would
  // stand still.
  test('a run is reported while it is late and slow, and the next success ends both', async () => {
    const bench = await serviceBench({ database: onPglite, simulator: { jobMs: 10 * HOUR } });
    bench.clock.set(new Date('2027-03-05T20:00:00Z'));
    const { id } = await bench.createJob({
      segment_id: bench.write('vip.csv', list(40)),
      time_of_day: '09:00',
      timezone: 'Asia/Tokyo',
      alerts: { late: { action: 'warn', minutes: 30 }, slow: { action: 'warn', minutes: 60 } },
    });
    const waitsForLine = ({ last_run }: JobView) => last_run?.status === 'running' && last_run.uploaded === 40;
    const first = await bench.waitForJob(id, waitsForLine);
    bench.clock.advance(61 * MINUTE);
    await bench.waitForJob(id, ({ open_alerts }) => open_alerts === 1);
    // It had no slot, so it is only slow.
    expect(await openAlerts(bench, id)).toMatchObject([{ rule: 'slow', run_id: first.last_run!.id }]);
    bench.simulator.advance(10 * HOUR);
    await bench.waitForJob(id, atRest);
    expect(await openAlerts(bench, id)).toMatchObject([{ rule: 'slow' }]);

    // The next run waits for LINE, too.
    bench.clock.set(new Date('2027-03-06T00:00:00Z'));
    await bench.waitForJob(id, (job) => job.last_run?.trigger === 'schedule' && waitsForLine(job));
    bench.clock.advance(31 * MINUTE);
    await bench.waitForJob(id, ({ open_alerts }) => open_alerts === 2);
    bench.simulator.advance(10 * HOUR);
    await bench.waitForJob(id, (job) => atRest(job) && job.open_alerts === 0);
    const events = (await aboutAlerts(bench)).map((event) => event.split(' ').slice(0, 2).join(' '));
    expect(events.slice(0, 2)).toEqual(['alert_raised slow', 'alert_raised late']);
    expect(events.slice(2).sort()).toEqual(['alert_cleared late', 'alert_cleared slow']);
    expect(bench.errors).toEqual([]);
  });
});
