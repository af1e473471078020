/** From a job’s problem to a channel, through the whole service. */
import { expect, test } from 'vitest';
import { newChannel } from '../../../src/contracts/notifications.ts';
import { digestSlot } from '../../../src/use-cases/notifications/digest.ts';
import { approve } from '../../support/approvals.ts';
import { members } from '../../support/cli.ts';
import { webReceiver } from '../../support/receivers.ts';
import { aiko } from '../../support/service.ts';
import { serviceBench, until } from '../../support/service-bench.ts';

test('a guard’s refusal and the recovery are sent once each, without a member’s data', async () => {
  // An event is sent when it happens, not when the scheduler next looks.
  const bench = await serviceBench({ channels: true, pace: { lookEveryMs: 3_600_000 } });
  const receiver = await webReceiver();
  await bench.service.settings.write('network', { internal_hosts: ['127.0.0.1'] }, aiko);
  const input = {
    kind: 'webhook',
    label: 'Operations',
    events: ['guard_stopped', 'job_recovered', 'job_succeeded'],
    configuration: { url: receiver.url },
  };
  await bench.service.notifications.create(newChannel.parse(input), aiko);

  const job = await bench.createJob({ segment_id: bench.write('vip.csv', members(40).csv) });
  await bench.waitForJob(job.id, ({ status }) => status === 'sleeping');
  bench.write('vip.csv', members(3).csv);
  await bench.service.jobs.act(job.id, 'run_now', aiko);
  await bench.waitForJob(job.id, ({ condition }) => condition === 'needs_approval');
  await approve(bench.service, job.id);
  await bench.waitForJob(job.id, ({ error, status }) => status === 'sleeping' && error === null);

  await until(
    async () => receiver.received.length,
    (count) => count >= 4,
  );
  const reported = receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: object });
  expect(reported.map(({ type }) => type).sort()).toEqual([
    'guard_stopped',
    'job_recovered',
    'job_succeeded',
    'job_succeeded',
  ]);
  expect(reported.find(({ type }) => type === 'guard_stopped')?.data).toMatchObject({
    job: { id: job.id, name: 'VIP customers' },
    error: { code: 'audience_shrinks' },
    link: null,
  });
  expect(receiver.received.map(({ body }) => body).join()).not.toContain('@example.com');
  expect(bench.errors).toEqual([]);
});

test('the scheduler sends the weekly digest on Monday at 09:00', async () => {
  const bench = await serviceBench({ channels: true });
  const receiver = await webReceiver();
  const { service, clock, running } = bench;
  await service.settings.write('network', { internal_hosts: ['127.0.0.1'] }, aiko);
  const input = {
    kind: 'webhook',
    label: 'Team',
    events: ['weekly_digest'],
    configuration: { url: receiver.url },
  };
  await service.notifications.create(newChannel.parse(input), aiko);
  // The first look of a new installation only notes the present week.
  await until(
    () => running.database.db.selectFrom('weekly_digests').selectAll().execute(),
    (slots) => slots.length === 1,
  );
  expect(receiver.received).toEqual([]);
  const monday = digestSlot(new Date(clock.now().getTime() + 7 * 24 * 3_600_000), 'UTC');
  clock.set(new Date(monday.getTime() + 90_000));
  await until(
    async () => receiver.received.length,
    (count) => count > 0,
  );
  const sent = receiver.received.map(({ body }) => JSON.parse(body) as object);
  expect(sent).toMatchObject([{ type: 'weekly_digest', timestamp: monday.toISOString() }]);
  expect(bench.errors).toEqual([]);
});
