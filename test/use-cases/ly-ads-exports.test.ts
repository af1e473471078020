/** Whole exports of jobs to LY Ads, over HTTP to its simulator. */
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { type LyAdsSimulatorOptions, startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { AD_ACCOUNT, aLyJob, connectLyAds } from '../support/ly-ads.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const hash = (value: string) => createHash('sha256').update(value).digest('hex');
const people = Array.from({ length: 150 }, (_, n) => ({
  email: `person${n}@example.com`,
  phone: `+81901234${String(n).padStart(4, '0')}`,
  idfa: `aebe52e7-03ee-455a-b3c4-e5728396${String(n).padStart(4, '0')}`,
}));
type Person = (typeof people)[number];
const csv = (members: readonly Partial<Person>[]) =>
  ['email,phone,idfa', ...members.map(({ email = '', phone = '', idfa = '' }) => `${email},${phone},${idfa}`), ''].join(
    '\n',
  );

async function scene(options: LyAdsSimulatorOptions = {}, authorization: Record<string, string> = {}) {
  const simulator = await startLyAdsSimulator({ jobMs: 60, reachMs: 0, rateToleranceMs: 500, pauseMs: 0, ...options });
  onTestFinished(() => simulator.close());
  const bench = await serviceBench({ lyAdsUrl: simulator.url });
  const id = await connectLyAds(bench.service, simulator, aiko, authorization);
  const segment_id = bench.write('members.csv', csv(people));
  const create = async (configuration: Record<string, unknown> = {}): Promise<JobView> =>
    (await bench.service.jobs.create(aLyJob(id, { segment_id, ...configuration }), aiko)).value;
  const endOf = (job: JobView) => bench.waitForJob(job.id, ({ status }) => status !== 'runnable', 30_000);
  const run = async (configuration: Record<string, unknown> = {}) => endOf(await create(configuration));
  const again = async (job: JobView) => {
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    return endOf(job);
  };
  const reportOf = (job: JobView) => bench.service.runs.document(job.last_run?.id ?? '');
  const held = (job: JobView) => [...simulator.state.members(job.audience_id ?? '')].sort();
  const jobsAtLy = () => simulator.inspect().jobs.map(({ uploadType, status, rows }) => [uploadType, status, rows]);
  const refused = options.columnHeadings === 'refused' && authorization.column_headings !== 'omit';
  onTestFinished(() => void (refused || expect(simulator.inspect().violations).toEqual([])));
  return { simulator, bench, authorizationId: id, create, run, again, reportOf, held, jobsAtLy, endOf };
}

const BOTH = 'MAIL_ADDRESS_AND_PHONE_NUMBER';
const phoneToo = { identifier_type: 'phone', id_field: 'phone', shares: true };

test('e-mail addresses and phone numbers go into one list by one scan, and each run renews them', async () => {
  const { bench, simulator, run, again, reportOf, held, jobsAtLy } = await scene();
  const job = await run({ siblings: [phoneToo] });
  expect(job).toMatchObject({ status: 'sleeping', error: null, warnings: [], runs_empty_at: expect.any(String) });
  const lines = people.flatMap(({ email, phone }) => [hash(email), hash(phone.slice(1))]).sort();
  expect(held(job)).toEqual(lines);
  expect(jobsAtLy()).toEqual([
    [BOTH, 'RECEIVED', 150],
    [BOTH, 'RECEIVED', 150],
  ]);
  const lists = simulator.inspect().lists.filter(({ name }) => name === 'VIP');
  expect(lists).toMatchObject([{ id: job.audience_id, accountId: AD_ACCOUNT, dataDuration: 30 }]);
  expect(await reportOf(job)).toMatchObject({ destination: 'ly_ads', audience: { name: 'VIP', created: true } });
  const { items } = await bench.service.healthReport.read({ limit: 5 });
  expect(items.map(({ audience_name }) => audience_name)).toEqual(['VIP', 'VIP']);
  simulator.advance(29 * 24 * 3_600_000);
  const renewed = await again(job);
  expect(renewed.audience_id).toBe(job.audience_id);
  simulator.advance(29 * 24 * 3_600_000);
  expect(held(job)).toEqual(lines);
  simulator.advance(2 * 24 * 3_600_000);
  expect(held(job)).toEqual([]);
});

test('advertising ids are sent raw with their kind, and hashes among them are counted as invalid', async () => {
  const { bench, run, reportOf, held, jobsAtLy } = await scene();
  const ids = people.slice(0, 120);
  const segment_id = bench.write('ids.csv', csv([...ids, { idfa: hash('x') }, { idfa: hash('y') }]));
  const raw = { identifier_type: 'ifa', id_field: 'idfa', ifa_format: 'raw', ifa_kind: 'idfa' };
  const job = await run({ segment_id, ...raw });
  expect(jobsAtLy()).toEqual([['IDFA', 'RECEIVED', 120]]);
  expect(held(job)).toEqual(ids.map(({ idfa }) => idfa).sort());
  expect(await reportOf(job)).toMatchObject({ counts: { raw: 120, invalid: { not_an_ifa: 2 } } });
});

test('fewer than 100 rows of one field stop the run before anything is created, and name the field', async () => {
  const { simulator, bench, run, jobsAtLy } = await scene();
  const members = people.map((person, n) => (n < 60 ? person : { email: person.email }));
  const job = await run({ segment_id: bench.write('few.csv', csv(members)), siblings: [phoneToo] });
  expect(job.error).toMatchObject({ code: 'too_few_rows' });
  expect(job.error?.message).toContain('Only 60 values of "phone" can be sent, and LY Ads takes no fewer than 100');
  expect(jobsAtLy()).toEqual([]);
  expect(simulator.inspect().lists.map(({ name }) => name)).not.toContain('VIP');
});

test('without column headings, as the authorization has it', async () => {
  const { run, jobsAtLy } = await scene({ columnHeadings: 'refused' }, { column_headings: 'omit' });
  expect(await run()).toMatchObject({ error: null });
  expect(jobsAtLy()).toEqual([[BOTH, 'RECEIVED', 150]]);
});

test('a list that exists gets the days of the job, and keeps its own where LY does not change them', async () => {
  const { simulator, run, reportOf } = await scene();
  const id = simulator.addList({ name: 'Old', accountId: AD_ACCOUNT, dataDuration: 7 });
  const job = await run({ audience_id: id, audience_name: null, member_days: 40 });
  expect(simulator.inspect().lists.find((list) => list.id === id)).toMatchObject({ dataDuration: 40 });
  expect(await reportOf(job)).toMatchObject({ warnings: [], audience: { created: false } });
});

test('a list that refuses other days is filled all the same, with a warning', async () => {
  const { simulator, run, reportOf, jobsAtLy } = await scene({ setDuration: 'refused' });
  const id = simulator.addList({ name: 'Old', accountId: AD_ACCOUNT, dataDuration: 7 });
  const job = await run({ audience_id: id, audience_name: null, member_days: 40 });
  expect(await reportOf(job)).toMatchObject({ status: 'succeeded', warnings: [{ code: 'member_days_kept' }] });
  expect(jobsAtLy()).toEqual([[BOTH, 'RECEIVED', 150]]);
});

test('an upload whose answer was lost is sent once, and one that was not taken is sent again', async () => {
  const { simulator, run, again, jobsAtLy } = await scene();
  simulator.addFault({ endpoint: 'upload', kind: 'reset', when: 'after', count: 1 });
  const job = await run();
  expect(job).toMatchObject({ error: null });
  expect(jobsAtLy()).toHaveLength(1);
  // Right after it: only the journals tell that the first job is none of this one.
  simulator.addFault({ endpoint: 'upload', kind: 'reset', when: 'read', count: 1 });
  expect(await again(job)).toMatchObject({ error: null });
  expect(jobsAtLy()).toHaveLength(2);
});

test('a job that FAILED is sent again', async () => {
  const { simulator, run, jobsAtLy } = await scene();
  simulator.addFault({ endpoint: 'upload', kind: 'job_failed', count: 1 });
  expect(await run()).toMatchObject({ error: null });
  expect(jobsAtLy().map(([, status]) => status)).toEqual(['FAILED', 'RECEIVED']);
});

test('a file that LY cannot use ends the run, which says what may be wrong', async () => {
  const { simulator, run, jobsAtLy } = await scene({ columnHeadings: 'refused' });
  const job = await run();
  expect(simulator.inspect().violations).toMatchObject([{ code: 'wrong_headings' }]);
  expect(job.error).toMatchObject({ code: 'upload_job_failed' });
  expect(job.error?.message).toContain('column headings that LY does not expect');
  expect(jobsAtLy().map(([, status]) => status)).toEqual(['INVALID_FILE']);
});

test('a run with far fewer members warns and goes on, and an empty one sends nothing', async () => {
  const { bench, run, again, reportOf, held, jobsAtLy } = await scene();
  const job = await run();
  const before = held(job);
  const others = people.slice(0, 100).map(({ email }) => ({ email: `new-${email}` }));
  bench.write('members.csv', csv(others));
  const { configuration, revision } = await bench.service.jobs.get(job.id);
  const stricter = jobConfiguration.parse({ ...configuration, max_shrink: 0.1 });
  await bench.service.jobs.change(job.id, revision, { configuration: stricter }, aiko);
  const fewer = await again(job);
  expect(fewer).toMatchObject({ status: 'sleeping', error: null });
  expect(await reportOf(fewer)).toMatchObject({ status: 'succeeded', warnings: [{ code: 'shrink', count: 50 }] });
  expect(held(job)).toHaveLength(before.length + 100);
  bench.write('members.csv', csv([]));
  expect(await again(job)).toMatchObject({ error: { code: 'nothing_to_send' } });
  expect(jobsAtLy()).toHaveLength(2);
});

test('a job is checked with LY before it is saved, and too few days only warn', async () => {
  const { bench, authorizationId, simulator } = await scene();
  const segment_id = bench.write('vip.csv', csv(people));
  const check = (configuration: Record<string, unknown>) =>
    bench.service.jobs.validate(aLyJob(authorizationId, { segment_id, ...configuration }), AbortSignal.timeout(9_000));
  expect(await check({})).toEqual({ errors: [], warnings: [] });
  const weekly = { run_frequency: 'weekly', day_of_week: 'monday' };
  expect(await check({ ...weekly, member_days: 8 })).toMatchObject({
    errors: [],
    warnings: [{ path: 'configuration.member_days' }],
  });
  const taken = simulator.addList({ name: 'VIP', accountId: AD_ACCOUNT });
  expect((await check({})).errors[0]?.message).toContain(`LY already has an audience with this name (${taken}).`);
  expect((await check({ audience_id: taken, audience_name: null })).errors).toEqual([]);
  // A list of customer data takes any identifier.
  const phones = { identifier_type: 'phone', id_field: 'phone' };
  expect((await check({ ...phones, audience_id: taken, audience_name: null })).errors).toEqual([]);
});
