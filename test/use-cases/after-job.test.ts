/** A job that runs when another one has succeeded, in the whole service: its runs, its warnings, and its deadline. */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { deleteJob } from '../../src/store/repositories/jobs.ts';
import { members } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const [onPglite] = databases;
const MINUTE = 60_000;
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

const scheduled = { run_frequency: 'monthly', day_of_week: 'friday', time_of_day: '03:00', timezone: 'Asia/Tokyo' };
const afterJob = (job_id: string, part: { at_most_every_minutes?: number; deadline?: string } = {}) => ({
  run_frequency: 'when_ready',
  day_of_week: null,
  time_of_day: null,
  timezone: 'Asia/Tokyo',
  trigger: { kind: 'after_job', job_id, ...part },
});

async function jobNamed(bench: ServiceBench, name: string, schedule: object): Promise<string> {
  const file = bench.write(`${name}.csv`, members(20, name).csv);
  const { id } = await bench.createJob({ segment_id: file, audience_name: name, ...schedule }, name);
  await bench.waitForJob(id, atRest);
  return id;
}

async function runAgain(bench: ServiceBench, id: string): Promise<JobView> {
  const before = (await bench.service.jobs.get(id)).last_run?.id;
  await bench.service.jobs.act(id, 'run_now', aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before);
}

const edit = async ({ service }: ServiceBench, id: string, part: object) => {
  const { configuration, revision } = await service.jobs.get(id);
  return service.jobs.change(
    id,
    revision,
    { configuration: jobConfiguration.parse({ ...configuration, ...part }) },
    aiko,
  );
};

/** The fields that a change is refused for, and why. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it was allowed',
    ({ fields }) => fields.map(({ path, message }: { path: string; message: string }) => `${path} ${message}`),
  );

describe('a job that waits for another one', () => {
  test('runs after its success, says why, and says what keeps it waiting', async () => {
    const bench = await serviceBench();
    const { service } = bench;
    const shop = await jobNamed(bench, 'Shop', scheduled);
    const vip = await jobNamed(bench, 'VIP', afterJob(shop));
    expect(await service.jobs.get(vip)).toMatchObject({
      status: 'sleeping',
      sleep_until: null,
      next_run_at: null,
      runs_when: { message: 'when "Shop" has succeeded' },
      trigger: { job: { id: shop, name: 'Shop' }, fired_at: null },
      warnings: [],
      last_run: { trigger: 'created' },
    });
    const { items: rows } = await service.jobs.rows({ limit: 9 });
    expect(rows.map(({ name, runs_when }) => [name, runs_when?.message])).toEqual([
      ['VIP', 'when "Shop" has succeeded'],
      ['Shop', undefined],
    ]);
    await runAgain(bench, shop);
    // It has a time now.
    expect(await bench.waitForJob(vip, ({ sleep_until }) => sleep_until !== null)).not.toHaveProperty('runs_when');
    bench.clock.advance(16 * MINUTE);
    const done = await bench.waitForJob(vip, (job) => atRest(job) && job.last_run?.trigger === 'data');
    expect(done).toMatchObject({ sleep_until: null, last_run: { status: 'succeeded' } });
    const { items } = await service.runs.list({ limit: 9, jobId: vip });
    const cause = { message: 'The job "Shop" has succeeded.', sentence: { template: 'The job "{0}" has succeeded.' } };
    expect(items).toMatchObject([{ trigger: 'data', cause }, { trigger: 'created' }]);
    expect(items[1]).not.toHaveProperty('cause');
    // A run of a person has that person as its cause.
    expect((await runAgain(bench, vip)).last_run).toMatchObject({ trigger: 'manual' });

    // No circle, also not through a third job.
    const third = await jobNamed(bench, 'Third', afterJob(vip));
    const circle = (name: string) => [
      `configuration.trigger.job_id The job "${name}" waits for this one, so neither of them would ever run. Choose another one.`,
    ];
    expect(await refusal(edit(bench, shop, afterJob(vip)))).toEqual(circle('VIP'));
    expect(await refusal(edit(bench, shop, afterJob(third)))).toEqual(circle('VIP'));
    expect(await refusal(edit(bench, shop, afterJob(shop)))).toEqual([
      'configuration.trigger.job_id A job cannot wait for itself. Choose another one.',
    ]);
    expect(await refusal(edit(bench, third, afterJob('job_none')))).toEqual([
      'configuration.trigger.job_id The job that this one waits for was deleted, so this one does not run by itself. Choose another one.',
    ]);

    const warned = async (id = vip) => (await service.jobs.get(id)).warnings.map(({ message }) => message);
    await service.jobs.act(shop, 'pause', aiko);
    expect(await warned()).toEqual(['The job "Shop", which this one waits for, is paused.']);
    await service.jobs.act(shop, 'resume', aiko);
    expect(await warned()).toEqual([]);
    const kept =
      'The job "VIP" waits for "Shop" and would never run again by itself. Change when it runs, or delete it first.';
    expect((await service.jobs.get(shop)).awaited_by).toMatchObject({
      count: 1,
      jobs: [{ id: vip, name: 'VIP' }],
      message: kept,
    });
    await expect(service.jobs.delete(shop, aiko)).rejects.toThrow(kept);
    await service.jobs.act(shop, 'terminate', aiko);
    expect(await warned()).toEqual(['The job "Shop", which this one waits for, is terminated. Choose another one.']);
    expect(await service.jobs.get(vip)).not.toHaveProperty('runs_when');
    await expect(service.jobs.delete(shop, aiko)).rejects.toThrow(kept);
    // Only one that nobody can start any more waits for this one.
    await service.jobs.act(third, 'terminate', aiko);
    expect(await service.jobs.get(vip)).not.toHaveProperty('awaited_by');
    // As an older version does it.
    await bench.database.database.db.transaction().execute((tx) => deleteJob(tx, shop));
    expect((await service.jobs.get(vip)).trigger).toMatchObject({ job: null, fired_at: expect.any(String) });
    expect(await warned()).toEqual([
      'The job that this one waits for was deleted, so this one does not run by itself. Choose another one.',
    ]);
    expect(bench.errors).toEqual([]);
  });

  // The scheduler tells it. On PGlite, code that waits for a second connection would stand still.
  test('is told once when nothing has come by its deadline, until it comes', async () => {
    const bench = await serviceBench({ database: onPglite });
    const { service, clock } = bench;
    clock.set(new Date('2027-03-05T20:00:00Z'));
    const shop = await jobNamed(bench, 'Shop', scheduled);
    const late = { late: { action: 'warn', minutes: 30 } };
    const vip = await jobNamed(bench, 'VIP', { ...afterJob(shop, { deadline: '09:00' }), alerts: late });
    // The deadline of the first whole day.
    clock.set(new Date('2027-03-07T00:01:00Z'));
    await bench.waitForJob(vip, ({ open_alerts }) => open_alerts === 1);
    const alerts = async () => (await service.alerts.list({ limit: 9, job_id: vip })).items;
    const [alert] = await alerts();
    expect(alert).toMatchObject({ rule: 'late', threshold: 0, run_id: null, cleared_at: null });
    expect(alert!.message).toMatch(/^What this job waits for has not come by 2027-03-07.*00:00/);
    // A run of a person is no data that has come.
    await runAgain(bench, vip);
    expect(await alerts()).toEqual([alert]);
    await runAgain(bench, shop);
    await bench.waitForJob(vip, ({ open_alerts }) => open_alerts === 0);
    expect(await alerts()).toMatchObject([{ id: alert!.id, cleared_at: expect.any(String) }]);
    const told = (await bench.published()).flatMap((event) =>
      event.type === 'alert_raised' || event.type === 'alert_cleared' ? [event.type] : [],
    );
    expect(told).toEqual(['alert_raised', 'alert_cleared']);
    expect(bench.errors).toEqual([]);
  });
});
