/** Jobs to LY Ads on the command line: everything by flags. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { type JobView, newJob } from '../../src/contracts/jobs.ts';
import type { Outlook } from '../../src/contracts/outlook.ts';
import { AD_ACCOUNT, connectLyAds } from '../support/ly-ads.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serving } from '../support/serving.ts';

async function connected() {
  const simulator = await startLyAdsSimulator({ jobMs: 60, reachMs: 0, rateToleranceMs: 500, pauseMs: 0 });
  onTestFinished(() => simulator.close());
  const serve = await serving({ lyAdsUrl: simulator.url });
  await connectLyAds(serve.service, simulator, aiko);
  const rows = Array.from({ length: 120 }, (_, n) => `p${n}@example.com,+8190123400${String(n).padStart(2, '0')},`);
  const audience = serve.write('members.csv', ['email,phone,idfa', ...rows, ''].join('\n'));
  const common = ['--authorization', 'LY Tokyo', '--ad-account', AD_ACCOUNT, '--audience', audience];
  const schedule = ['--frequency', 'weekly', '--day', 'monday', '--time', '09:00', '--timezone', 'Asia/Tokyo'];
  return { ...serve, simulator, common: [...common, ...schedule] };
}

test('a job with two identifiers in one list is created, changed, looked ahead of and copied', async () => {
  const { json, lineup, simulator, common } = await connected();
  const flags = ['--name', 'Newsletter', '--audience-name', 'VIP', '--identifier-type', 'email'];
  const both = ['--sibling', 'phone:phone:audience=first', '--member-days', '8'];
  const made = await json<JobView>(['jobs', 'create', ...common, ...flags, ...both, '--wait']);
  expect(made).toBeTruthy();
  const { stdout } = await lineup(['jobs', 'show', 'Newsletter']);
  expect(stdout).toContain('leave 8 days after the last run that sends them; without a further run, the last ones at');
  expect(stdout).toMatch(/Warning +Members leave after 8 days, and 7 days may pass between two runs\./);
  expect(simulator.inspect().jobs).toHaveLength(2);

  const outlook = await json<Outlook>(['jobs', 'outlook', 'Newsletter']);
  expect(outlook).toMatchObject({ longest_gap: 7, needed_days: 10, with_runs: expect.any(Array) });
  const told = await lineup(['jobs', 'outlook', 'Newsletter']);
  expect(told.stdout).toContain('At most 7 days pass between two runs.');
  expect(told.stdout).toContain('If all runs come, the list does not run empty.');

  const edited = await json<JobView>(['jobs', 'edit', 'Newsletter', '--member-days', '20']);
  expect(edited).toMatchObject({ configuration: { member_days: 20 }, warnings: [] });

  const ids = ['--identifier-type', 'ifa', '--field', 'idfa', '--ifa-kind', 'aaid', '--sibling', 'none'];
  const copy = await json<JobView>(['jobs', 'duplicate', 'Newsletter', '--name', 'Devices', ...ids]);
  // LY takes advertising ids only as they are, so nobody has to say it.
  expect(copy).toMatchObject({
    type: 'ly_ads_audience_export',
    configuration: { identifier_type: 'ifa', ifa_kind: 'aaid', ifa_format: 'raw', member_days: 20, siblings: [] },
  });
});

test('what the destination does not take is refused with its flag or its key', async () => {
  const { lineup, common } = await connected();
  const flags = ['--name', 'X', '--audience-name', 'VIP', '--identifier-type', 'email'];
  const without = await lineup(['jobs', 'create', ...common, ...flags]);
  expect([without.code, without.stderr]).toEqual([
    2,
    expect.stringContaining('Enter after how many days members leave the audience: 1 to 180.'),
  ]);
  const many = await lineup(['jobs', 'create', ...common, ...flags, '--member-days', '181']);
  expect([many.code, many.stderr]).toEqual([2, expect.stringContaining('--member-days')]);
  const long = await lineup(['jobs', 'create', ...common, ...flags, '--audience-name', '名'.repeat(129)]);
  expect(long.stderr).toContain('--audience-name has 129 characters; at most 128 are allowed.');
});

test('a job of LINE Ads is moved with one command, which says what is different', async () => {
  const { service, authorizationId, simulator, json, lineup, write, waitForJob } = await connected();
  const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' };
  const segment_id = write(
    'members.csv',
    [
      'email,phone',
      ...Array.from({ length: 120 }, (_, n) => `p${n}@example.com,+8190123400${String(n).padStart(2, '0')}`),
    ].join('\n'),
  );
  const { value: old } = await service.jobs.create(
    newJob.parse({ ...aNewJob(authorizationId, { segment_id, siblings: [phone] }), name: 'Old', tags: ['crm'] }),
    aiko,
  );
  await waitForJob(old.id, ({ status }) => status !== 'runnable');

  const dry = await lineup(['jobs', 'move', 'Old', '--dry-run', '--ad-account', AD_ACCOUNT]);
  expect([dry.code, dry.stderr]).toEqual([0, '']);
  expect(dry.stdout).toContain('Old (LY Ads)');
  expect(dry.stdout).toMatch(/List +"VIP": email and phone/);
  expect(dry.stdout).toMatch(/Members +leave after 4 days/);
  expect(dry.stdout).toMatch(/Keeps +source and fields, identifiers, schedule and time zone, tags/);
  expect(dry.stdout).toContain('nobody can be removed');
  expect(dry.stdout).toContain('Nothing was created.');

  // The authorization has several ad accounts, so nobody chooses one silently.
  const without = await lineup(['jobs', 'move', 'Old']);
  expect(without).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`--ad-account is missing. The authorization has`),
  });
  expect(without.stderr).toContain(AD_ACCOUNT);
  expect(await service.jobs.list({ limit: 9 })).toMatchObject({ total: 1 });

  const move = ['jobs', 'move', 'Old', '--ad-account', AD_ACCOUNT];
  const made = await json<JobView>([...move, '--member-days', '20', '--start', '--pause-old']);
  expect(made).toMatchObject({
    type: 'ly_ads_audience_export',
    name: 'Old (LY Ads)',
    tags: ['crm'],
    configuration: { member_days: 20, siblings: [{ shares: true }] },
    moved_from: { id: old.id, name: 'Old', exists: true },
  });
  const ended = await waitForJob(made.id, ({ status }) => status !== 'runnable');
  expect(simulator.state.members(ended.audience_id ?? '').size).toBe(240);
  expect(await json<JobView>(['jobs', 'show', 'Old'])).toMatchObject({
    status: 'paused',
    moved_to: [{ id: made.id, name: 'Old (LY Ads)' }],
  });
  expect((await lineup(['jobs', 'show', 'Old'])).stdout).toContain(`Moved to  "Old (LY Ads)" (${made.id})`);
  await lineup(['jobs', 'delete', 'Old', '--yes']);
  expect((await lineup(['jobs', 'show', 'Old (LY Ads)'])).stdout).toContain(`Was       "Old", deleted (${old.id})`);

  const back = await lineup(['jobs', 'move', 'Old (LY Ads)']);
  expect(back).toMatchObject({ code: 2, stderr: expect.stringContaining('no destination takes over its audiences') });
});
