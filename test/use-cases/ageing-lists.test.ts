/** The service with LY Ads: a list that becomes empty or cannot be used, and the twin of an audience of LINE Ads. */
import { expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const DAY = 24 * 3_600_000;
const signal = () => AbortSignal.timeout(60_000);
const ended = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at != null;

async function benchWithLyAds() {
  const simulator = await startLyAdsSimulator({ jobMs: 0, reachMs: 0, matchRate: 1, unusedDays: 10_000 });
  onTestFinished(() => simulator.close());
  const bench = await serviceBench({ lyAdsUrl: simulator.url });
  /** Both sides have the same time. */
  const advance = (ms: number) => {
    simulator.advance(ms);
    bench.clock.advance(ms);
  };
  return { bench, simulator, advance };
}

/** An authorization that a person has connected, with its base account. */
async function connected({ service }: ServiceBench, simulator: Awaited<ReturnType<typeof startLyAdsSimulator>>) {
  const { clientId: client_id, clientSecret: client_secret } = simulator.client;
  const { value } = await service.authorizations.create(
    {
      provider: 'ly_ads',
      method: 'ly_ads_application',
      label: 'LY',
      description: '',
      configuration: { client_id, client_secret, base_account_id: '', column_headings: 'write' },
    },
    aiko,
  );
  const { id, revision } = value;
  await service.consents.begin(id, { revision, by: 'code', replace_identity: false }, aiko, false);
  await service.consents.enterCode(id, simulator.code(), aiko);
  const present = await service.authorizations.get(id);
  await service.consents.chooseBaseAccount(id, { revision: present.revision, account_id: '1001' }, aiko, signal());
  return id;
}

const aboutAlerts = async ({ published }: ServiceBench) =>
  (await published()).flatMap((event) =>
    event.type === 'alert_raised' || event.type === 'alert_cleared'
      ? [`${event.type} ${event.rule} ${event.measured}`]
      : [],
  );

test('a paused job is told before its list is empty, and when it is; a run fills it again', async () => {
  const { bench, simulator, advance } = await benchWithLyAds();
  const authorization = await connected(bench, simulator);
  const { csv, hashes } = members(120);
  const configuration = {
    segment_id: bench.write('vip.csv', csv),
    adaccount_id: '1011',
    id_field: 'email',
    member_days: 12,
  };
  const { value } = await bench.service.jobs.create(
    { ...aNewJob(authorization, configuration), type: 'ly_ads_audience_export' },
    aiko,
  );
  const job = await bench.waitForJob(value.id, ended);
  expect(job).toMatchObject({ error: null, last_run: { status: 'succeeded', uploaded: 120 } });
  const held = () => [...simulator.state.members(job.audience_id!)].length;
  expect(held()).toBe(hashes.length);
  const left = Date.parse(job.runs_empty_at!) - bench.clock.now().getTime();
  expect(left).toBeGreaterThan(11.9 * DAY);
  expect(left).toBeLessThanOrEqual(12 * DAY);

  await bench.service.jobs.act(job.id, 'pause', aiko);
  advance(9 * DAY);
  await bench.waitForJob(job.id, ({ open_alerts }) => open_alerts === 1);
  const report = await bench.service.healthReport.read({ limit: 9 });
  expect(report.items[0]).toMatchObject({ level: 'needs_person', concerns: ['runs_empty', 'paused'] });
  expect(held()).toBe(120);
  advance(4 * DAY);
  await until(
    () => aboutAlerts(bench),
    (events) => events.length === 2,
  );
  expect(held()).toBe(0);

  await bench.service.jobs.act(job.id, 'resume', aiko);
  await bench.waitForJob(job.id, (view) => ended(view) && view.open_alerts === 0);
  expect(held()).toBe(120);
  expect(await aboutAlerts(bench)).toEqual([
    'alert_raised runs_empty 3',
    'alert_raised runs_empty 0',
    'alert_cleared runs_empty 0',
  ]);

  // No ad has used the list for too long.
  simulator.state.stopConnection(job.audience_id!, true);
  advance(20 * 60_000);
  await bench.waitForJob(job.id, ({ open_alerts }) => open_alerts === 1);
  const [alert] = (await bench.service.alerts.list({ limit: 9, job_id: job.id, open: 'true' })).items;
  expect(alert).toMatchObject({ rule: 'audience_unusable', message: expect.stringContaining('Use it in an ad') });
  const account = { authorization_id: authorization, adaccount_id: '1011' };
  const seen = await bench.service.customAudiences.get(account, job.audience_id!, signal());
  expect(seen.unusable?.message).toBe(alert?.message);
});

test('an audience of LINE Ads has its twins at LY Ads', async () => {
  const { bench, simulator } = await benchWithLyAds();
  const audience = bench.simulator.addAudience({ name: 'VIP', members: 40 });
  const request = { authorization_id: bench.authorizationId, adaccount_id: 'A1', audience_ids: [audience] };
  const { twins } = bench.service.customAudiences;
  expect(await twins(request, signal())).toMatchObject({ items: [], accounts: 0 });
  const ofLine = { accountId: '1011', lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD' };
  const shared = simulator.addList({
    ...ofLine,
    name: 'Another name',
    type: 'BUSINESS_MANAGER',
    lineAudienceGroupId: audience,
    lineAudienceGroupOwnerType: 'LINE_ADS',
  });
  const migrated = simulator.addList({ ...ofLine, name: 'VIP', type: 'MIGRATED_LINE_AUDIENCE' });
  await connected(bench, simulator);
  const found = await twins(request, signal());
  // One of the accounts is not allowed to use customer data, so it has no twin. The others are looked in all the same.
  expect(found.problems).toEqual([]);
  expect(found.items.map(({ id, match, adaccount_id }) => [id, match, adaccount_id])).toEqual([
    [shared, 'id', '1011'],
    [migrated, 'name', '1011'],
  ]);
});
