/** LINE Official Account in the browser: a channel is connected, its audience filled, and shared ones only read. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type LineOfficialAccountSimulator,
  startLineOfficialAccountSimulator,
} from '../../simulators/line-official-account/index.ts';
import { closeVisits, fits, goTo, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { lineUser } from '../support/line-official-account.ts';
import { choose } from '../support/people-in-browser.ts';
import { until } from '../support/service-bench.ts';
import { startWeb, type Web } from '../support/web.ts';

/** Words that are wrong here. A warning names hashes among what cannot be sent. */
const ofOthers = /hash(?!es cannot)|ad account|e-?mail|phone|replace|shrinks/i;
const textOf = (page: Page): Promise<string> => page.getByRole('main').innerText();

const NEW = '/authorizations/new?provider=line_official_account&method=line_official_account';

describe('an export to LINE Official Account', needsBrowser, () => {
  let simulator: LineOfficialAccountSimulator;
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    simulator = await startLineOfficialAccountSimulator({ jobMs: 60, readyMs: 0, rateToleranceMs: 500 });
    web = await startWeb({}, {}, {}, { officialAccountUrl: simulator.url });
    await install(web);
    web.write('friends.csv', [
      'uid,city',
      ...[1, 2, 3].map((n) => `${lineUser(n)},Tokyo`),
      'U123,Tokyo',
      '@name,Osaka',
    ]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
    await simulator?.close();
  });

  const theAuthorization = async () =>
    (await web.service.authorizations.list()).find(({ provider }) => provider === 'line_official_account')!;
  const newest = async () => (await web.service.jobs.list({ limit: 1 })).items[0]!;

  test('connects a channel, whose steps are beside the form, and a wrong secret is at its field', async () => {
    ({ page } = await comeIn(browser, web));
    await goTo(page, `${NEW}_key`);
    const help = page.getByRole('complementary', { name: 'Where to find these values' });
    await help.getByText('Make a pair of RSA keys').waitFor();
    await fits(page, 'authorization-channel-key');
    await goTo(page, `${NEW}_secret`);
    await help.getByText('Open the LINE Developers Console').waitFor();
    await page.getByLabel('Label').fill('Official account Tokyo');
    await page.getByLabel('Channel ID').fill(simulator.channel.channelId);
    await page.getByLabel('Channel secret').fill('wrong');
    await page.getByRole('button', { name: 'Save Authorization' }).click();
    await page.getByText('LINE gives no access token').first().waitFor();
    await expect.poll(() => page.getByLabel('Channel secret').getAttribute('aria-describedby')).toMatch(/-error$/);
    await fits(page, 'authorization-channel');
    await page.getByLabel('Channel secret').fill(simulator.channel.channelSecret);
    await page.getByRole('button', { name: 'Save Authorization' }).click();
    await page.waitForURL(/\/authorizations\/aut_/);
    await page.getByText('Healthy').first().waitFor();
  });

  test('fills an audience with user ids, and nobody chooses an account or a format', async () => {
    await goTo(page, `/jobs/new?authorization=${(await theAuthorization()).id}`);
    await page.getByRole('heading', { name: 'At LINE' }).waitFor();
    await page.getByText('Members are only added. Whoever leaves the source').waitFor();
    await page.getByLabel('Label').fill('Friends');
    await choose(page, 'Audience', /friends\.csv/);
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('Not a LINE user ID').first().waitFor();
    await preview.getByText('As they are sent (masked)').waitFor();
    await page.getByLabel('Audience Name').fill('Friends');
    await page.getByText('7 / 120').waitFor();
    expect(await textOf(page)).not.toMatch(ofOthers);
    await fits(page, 'export-channel');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.waitForURL(/\/jobs\/job_/);
    const job = await until(newest, ({ last_run }) => last_run?.status === 'succeeded');
    expect(job).toMatchObject({
      type: 'line_official_account_audience_export',
      configuration: { adaccount_id: simulator.channel.channelId, identifier_type: 'line_user_id', id_field: 'uid' },
    });
    expect([...simulator.state.members(job.audience_id ?? '')]).toEqual([1, 2, 3].map(lineUser));
    await page.getByText(simulator.channel.channelId).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await textOf(page)).not.toMatch(ofOthers);
    await fits(page, 'job-channel');
    await goTo(page, `/runs/${job.last_run?.id}`);
    await page.getByText('Sent as they are').first().waitFor();
    expect(await textOf(page)).not.toMatch(ofOthers);
    await fits(page, 'run-channel');
  });

  test('shows the audiences of the channel, and those that others share without anything to do with them', async () => {
    simulator.addAudience({ name: 'Of another channel' });
    await goTo(page, `/audiences?authorization=${(await theAuthorization()).id}`);
    const heading = page.getByRole('heading', { name: 'Shared by others' });
    const shared = page.locator('section').filter({ has: heading });
    await shared.getByText('Buyers of LINE Ads').waitFor();
    await shared.getByText('Example Store').waitFor();
    expect(await shared.getByRole('button', { name: /^Actions/ }).count()).toBe(0);
    expect(await page.getByLabel('Ad account ID').count()).toBe(0);
    await page.getByRole('button', { name: /Friends/ }).waitFor();
    await page.getByText('Of another channel').first().waitFor();
    expect(await page.getByRole('button', { name: /Of another channel/ }).count()).toBe(0);
    // It has no problem.
    await page.getByText('belongs to another LINE channel').first().waitFor();
    expect(await page.getByText('Audience cannot be used').count()).toBe(0);
    await fits(page, 'audiences-channel');
  });

  test('fits a phone in Thai, whose words are the longest', async () => {
    const { page: theirs } = await comeIn(browser, web, { locale: 'th-TH' });
    const { id } = await theAuthorization();
    await goTo(theirs, `/audiences?authorization=${id}`);
    await theirs.getByRole('heading', { name: 'กลุ่มเป้าหมายที่ผู้อื่นแชร์' }).waitFor();
    await theirs.getByText('Example Store').waitFor();
    await fits(theirs, 'audiences-channel-th');
    await goTo(theirs, `${NEW}_secret`);
    await fits(theirs, 'authorization-channel-th');
    await goTo(theirs, `/jobs/new?authorization=${id}`);
    await fits(theirs, 'export-channel-th');
    await goTo(theirs, `/jobs/${(await newest()).id}`);
    await theirs.getByRole('heading', { name: 'Friends', exact: true }).waitFor();
    await fits(theirs, 'job-channel-th');
  });
});
