/** A job of LINE Ads goes on at LY Ads: the suggestion, the new job, and the link between the two. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { type JobView, newJob } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { AD_ACCOUNT, aLyJob, connectLyAds } from '../support/ly-ads.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const people = Array.from({ length: 120 }, (_, n) => `person${n}@example.com,+81901234${String(n).padStart(4, '0')}`);
const opted = people.slice(0, 15).map((person) => person.split(',')[0]!);

async function scene() {
  const simulator = await startLyAdsSimulator({ jobMs: 0, reachMs: 0, rateToleranceMs: 500, pauseMs: 0 });
  onTestFinished(() => simulator.close());
  const bench = await serviceBench({ lyAdsUrl: simulator.url });
  const ly = await connectLyAds(bench.service, simulator, aiko);
  const line = bench.authorizationId;
  const segment_id = bench.write('members.csv', ['email,phone', ...people, ''].join('\n'));
  const list = await bench.service.suppressionLists.create(
    newSuppressionList.parse({
      name: 'Opted out',
      segment_id: bench.write('out.csv', ['email', ...opted, ''].join('\n')),
      fields: { email: 'email' },
      applies_to: 'chosen_jobs',
    }),
    aiko,
  );
  const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' };
  const chosen = { segment_id, siblings: [phone], suppression_lists: [list.value.id] };
  const about = { name: 'Newsletter', description: 'Each day', tags: ['crm'] };
  const { value } = await bench.service.jobs.create(newJob.parse({ ...aNewJob(line, chosen), ...about }), aiko);
  const old = await bench.waitForJob(value.id, ({ status }) => status !== 'runnable');
  expect(old).toMatchObject({ error: null, moved_from: null, moved_to: [] });
  return { simulator, bench, ly, line, old, jobs: bench.service.jobs };
}

const problemsOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => [],
    (error: { fields?: readonly { path: string; message: string }[] }) =>
      (error.fields ?? []).map(({ path, message }) => [path, message]),
  );

test('the suggestion is a job that is created as it is, runs when it is resumed, and knows what it was', async () => {
  const { simulator, bench, ly, old, jobs } = await scene();
  const open = await jobs.move(old.id, { authorization_id: ly });
  expect(open.missing.map(({ path }) => path)).toEqual(['configuration.adaccount_id']);
  const move = await jobs.move(old.id, { authorization_id: ly, adaccount_id: AD_ACCOUNT });
  expect(move).toMatchObject({
    missing: [],
    warnings: [],
    job: {
      type: 'ly_ads_audience_export',
      name: 'Newsletter (LY Ads)',
      description: 'Each day',
      tags: ['crm'],
      paused: true,
      moved_from: old.id,
      configuration: {
        audience_name: 'VIP',
        member_days: 4,
        suppression_lists: old.configuration.suppression_lists,
        siblings: [{ identifier_type: 'phone', shares: true }],
      },
    },
  });
  expect(await jobs.get(old.id)).toEqual(old);

  const input = newJob.parse(move.job);
  expect((await jobs.validate(input, AbortSignal.timeout(30_000))).errors).toEqual([]);
  const { value: made } = await jobs.create(input, aiko);
  expect(made).toMatchObject({
    status: 'paused',
    moved_from: { id: old.id, name: 'Newsletter', exists: true },
    moved_to: [],
  });
  expect(simulator.inspect().jobs).toEqual([]);
  expect((await jobs.get(old.id)).moved_to).toEqual([{ id: made.id, name: made.name }]);
  const [entry] = (await bench.service.auditLog.list({ limit: 1 })).items;
  expect(entry).toMatchObject({ action: 'job.create', detail: { moved_from: `Newsletter (${old.id})` } });

  await jobs.act(made.id, 'resume', aiko);
  const ended = await bench.waitForJob(made.id, (job) => job.last_run?.status === 'succeeded');
  // 105 e-mail addresses, and all phone numbers: the list has no field for them.
  expect(simulator.state.members(ended.audience_id ?? '').size).toBe(105 + 120);
  expect(simulator.inspect().violations).toEqual([]);

  // A second one says so, and has another name.
  const again = await jobs.move(old.id, { authorization_id: ly });
  expect(again.job.name).toBe('Newsletter (LY Ads 2)');
  expect(again.notes.map(({ code }) => code)).toContain('moved_before');
});

test('a list that LY has taken over may have the name of the audience, and cannot be filled', async () => {
  const { simulator, ly, old, jobs } = await scene();
  const twin = simulator.addList({ name: 'VIP', accountId: AD_ACCOUNT, type: 'MIGRATED_LINE_AUDIENCE' });
  const { job } = await jobs.move(old.id, { authorization_id: ly, adaccount_id: AD_ACCOUNT });
  const { errors } = await jobs.validate(newJob.parse(job), AbortSignal.timeout(30_000));
  expect(errors.map(({ path, message }) => [path, message])).toEqual([
    [
      'configuration.audience_name',
      `LY already has an audience with this name (${twin}), which this job cannot fill. Choose another name.`,
    ],
  ]);
});

test('the link keeps the last name of a job that was renamed and deleted', async () => {
  const { ly, old, jobs } = await scene();
  const { job } = await jobs.move(old.id, { authorization_id: ly, adaccount_id: AD_ACCOUNT });
  const { value: made } = await jobs.create(newJob.parse(job), aiko);
  await jobs.change(old.id, old.revision, { name: 'Renamed' }, aiko);
  expect((await jobs.get(made.id)).moved_from).toEqual({ id: old.id, name: 'Renamed', exists: true });
  await jobs.delete(old.id, aiko);
  const after: JobView = await jobs.get(made.id);
  expect(after.moved_from).toEqual({ id: old.id, name: 'Renamed', exists: false });
  expect(after.revision).toBe(made.revision);
});

test('only a job whose destination is taken over is moved, and only there', async () => {
  const { ly, line, old, jobs } = await scene();
  expect(await problemsOf(jobs.move(old.id, { authorization_id: line }))).toEqual([
    ['authorization_id', 'Choose an authorization of LY Ads.'],
  ]);
  expect(await problemsOf(jobs.move(old.id, { authorization_id: 'aut_none' }))).toEqual([
    ['authorization_id', 'This authorization was deleted. Choose another one.'],
  ]);
  const { segment_id } = old.configuration;
  const plain = aLyJob(ly, { segment_id, audience_name: 'Other' });
  const { value: own } = await jobs.create({ ...plain, paused: true }, aiko);
  expect(await problemsOf(jobs.move(own.id, { authorization_id: ly }))).toEqual([
    ['authorization_id', 'Jobs of LY Ads cannot be moved: no destination takes over its audiences.'],
  ]);
  const create = (moved_from: string) => problemsOf(jobs.create({ ...plain, moved_from }, aiko));
  expect(await create(own.id)).toContainEqual([
    'moved_from',
    'A job of LY Ads cannot be moved to LY Ads. Leave this empty.',
  ]);
  expect(await create('job_none')).toContainEqual([
    'moved_from',
    'The job that is to be moved was deleted. Create a new job instead.',
  ]);
});
