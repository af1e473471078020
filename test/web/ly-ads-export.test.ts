/** An export to LY Ads in the browser: its form, what it says of the days, and the pages of its job and its run. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LyAdsSimulator, startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { closeVisits, fits, goTo, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import { AD_ACCOUNT, connectLyAds } from '../support/ly-ads.ts';
import { choose, dropDown } from '../support/people-in-browser.ts';
import { until } from '../support/service-bench.ts';
import { startWeb, type Web } from '../support/web.ts';

const people = Array.from({ length: 130 }, (_, n) => `person${n}@example.com,+81901234${String(n).padStart(4, '0')}`);

describe('an export to LY Ads', needsBrowser, () => {
  let simulator: LyAdsSimulator;
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  let authorization: string;
  beforeAll(async () => {
    simulator = await startLyAdsSimulator({ jobMs: 60, reachMs: 0, rateToleranceMs: 500, pauseMs: 0 });
    web = await startWeb({}, {}, {}, { lyAdsUrl: simulator.url });
    installation = await install(web);
    authorization = await connectLyAds(web.service, simulator, installation.administrator);
    web.write('members.csv', ['email,phone', ...people]);
    web.write('few.csv', ['email,phone', ...people.slice(0, 20)]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
    await simulator?.close();
  });

  const toForm = async (on: Page) => goTo(on, `/jobs/new?authorization=${authorization}`);
  const newest = async () => (await web.service.jobs.list({ limit: 1 })).items[0]!;

  test('fills one list with two identifiers, and says what it will hold', async () => {
    ({ page } = await comeIn(browser, web));
    await toForm(page);
    await page.getByRole('heading', { name: 'At LY' }).waitFor();
    await page.getByLabel('Label').fill('Newsletter');
    await choose(page, 'Audience', /few\.csv/);
    await dropDown(page, 'Ad account ID').fill(AD_ACCOUNT);
    await page.getByLabel('Audience Name').fill('VIP');
    await page.getByText('3 / 128').waitFor();
    await choose(page, 'Identifier Type', 'Email and phone number, into one list');
    const phone = page.getByRole('group', { name: 'Identifier 2' });
    await expect.poll(() => phone.getByLabel('Into the list of the first identifier').isChecked()).toBe(true);
    await page.getByText('Too few: LY takes no fewer than 100 in one upload.').first().waitFor();
    // Nothing is replaced, so nothing about it is asked.
    expect(await page.getByText(/replace/i).count()).toBe(0);
    await choose(page, 'Audience', /members\.csv/);
    const days = page.getByRole('textbox', { name: 'Members leave after' });
    await days.fill('2');
    await page.getByText('Members leave after 2 days, and 1 days may pass between two runs.').waitFor();
    await fits(page, 'export-ly-warning');
    await page.getByRole('button', { name: 'Use 4 days' }).click();
    await expect.poll(() => days.inputValue()).toBe('4');
    await page.getByText('If all runs come, the list never becomes empty.').waitFor();
    await page.getByRole('button', { name: 'Table: Members in the list' }).click();
    await page
      .getByRole('region', { name: /Members in the list/ })
      .getByRole('table')
      .waitFor();
    await fits(page, 'export-ly');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.waitForURL(/\/jobs\/job_/);
    const job = await until(newest, ({ last_run }) => last_run?.status === 'succeeded');
    expect(job).toMatchObject({
      type: 'ly_ads_audience_export',
      configuration: { member_days: 4, siblings: [{ identifier_type: 'phone', shares: true }] },
    });
    expect(simulator.state.members(job.audience_id ?? '').size).toBe(260);
    await page.getByRole('heading', { name: 'The list over the next weeks' }).waitFor();
    await page.getByText('If no run comes, it is empty on').waitFor();
    await page.getByText('A run sends 130 to 260 people').waitFor();
    await fits(page, 'job-ly');
    await goTo(page, `/runs/${job.last_run?.id}`);
    await page.getByText('Sent to LY').first().waitFor();
    await fits(page, 'run-ly');
  });

  test('its authorization is disconnected after a question that names its jobs', async () => {
    const path = `/authorizations/${authorization}`;
    await goTo(page, path);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect this authorization?' });
    await dialog.getByText('Newsletter').waitFor();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('The authorization was disconnected.').waitFor();
    await fits(page, 'authorization-disconnected');
    const { administrator } = installation;
    const { revision } = await web.service.authorizations.get(authorization);
    const input = { revision, by: 'code', replace_identity: false } as const;
    await web.service.consents.begin(authorization, input, administrator, false);
    await web.service.consents.enterCode(authorization, simulator.code(), administrator);
  });

  test('asks for the kind of advertising ids, and has no format to choose', async () => {
    await toForm(page);
    await choose(page, 'Identifier Type', 'IFA (mobile advertising ID)');
    await page.getByRole('radio', { name: 'IDFA (iPhone and iPad)' }).check();
    expect(await page.getByText('IFA format').count()).toBe(0);
  });

  test('goes on from a job of LINE Ads by one button, which says what is different', async () => {
    const gold = { name: 'Gold', file: 'members.csv', audience: 'Gold' };
    const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'Gold (phone)' };
    const old = await addJob(web, installation, gold, { siblings: [phone] });
    await goTo(page, `/jobs/${old.id}`);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Move to LY Ads' }).click();
    await page.getByRole('heading', { name: 'Move to LY Ads' }).waitFor();
    await page.getByText('The job "Gold" stays as it is').waitFor();
    await page.getByText('These identifiers fill one list together').waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('Gold (LY Ads)');
    expect(await page.getByLabel('Audience Name').inputValue()).toBe('Gold');
    expect(await page.getByRole('textbox', { name: 'Members leave after' }).inputValue()).toBe('4');
    const sibling = page.getByRole('group', { name: 'Identifier 2' });
    expect(await sibling.getByLabel('Into the list of the first identifier').isChecked()).toBe(true);
    await dropDown(page, 'Ad account ID').fill(AD_ACCOUNT);
    await page.getByRole('checkbox', { name: 'Pause “Gold”' }).check();
    await fits(page, 'move-ly');
    await page.getByRole('button', { name: 'Create the new job' }).click();
    await page.waitForURL(/\/jobs\/job_/);
    const made = await newest();
    expect(made).toMatchObject({
      status: 'paused',
      name: 'Gold (LY Ads)',
      moved_from: { id: old.id },
      configuration: { siblings: [{ shares: true }], member_days: 4 },
    });
    expect(await web.service.jobs.get(old.id)).toMatchObject({ status: 'paused' });
    await page.getByRole('button', { name: 'Resume' }).click();
    const ended = await until(newest, ({ last_run }) => last_run?.status === 'succeeded');
    expect(simulator.state.members(ended.audience_id ?? '').size).toBe(260);
    await fits(page, 'job-moved');
    // The two jobs lead to each other.
    await page.getByRole('link', { name: 'Gold', exact: true }).first().click();
    await page.getByRole('heading', { name: 'Gold', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Gold (LY Ads)' }).waitFor();
    await web.service.jobs.delete(old.id, installation.administrator);
    await goTo(page, `/jobs/${made.id}`);
    await page.getByText('Gold (deleted)').waitFor();
  });

  test('is in the words of marketing in Japanese', async () => {
    const { page: theirs } = await comeIn(browser, web, { locale: 'ja-JP' });
    await toForm(theirs);
    await theirs.getByRole('textbox', { name: 'メンバーの有効期間' }).fill('1');
    await theirs.getByText('メンバーの有効期間は1日で、実行の間隔は最大1日です。').waitFor();
    await theirs.getByRole('button', { name: '4日にする' }).waitFor();
    await fits(theirs, 'export-ly-ja');
    await goTo(theirs, `/jobs/${(await newest()).id}`);
    await theirs.getByRole('heading', { name: '今後数週間のリスト' }).waitFor();
    await fits(theirs, 'job-ly-ja');
    const silver = { name: 'Silver', file: 'members.csv', audience: 'Silver' };
    const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'Silver (phone)' };
    const line = await addJob(web, installation, silver, { siblings: [phone] });
    await goTo(theirs, `/jobs/new?move=${line.id}`);
    await theirs.getByRole('heading', { name: 'LY広告へ移行' }).waitFor();
    await theirs.getByText('1つのリストにまとめて送信します').waitFor();
    await theirs.getByRole('radio', { name: '今すぐ' }).check();
    await theirs.getByText('最初の実行がすぐに始まります。').waitFor();
    await fits(theirs, 'move-ly-ja');
  });

  // At the end: it takes the other destination away.
  test('no page names another destination, also when there are several', async () => {
    const { items } = await web.service.jobs.list({ limit: 50 });
    const job = items.find(({ type }) => type === 'ly_ads_audience_export')!;
    const pages = [
      '/',
      '/jobs',
      `/jobs/${job.id}`,
      `/jobs/${job.id}/edit`,
      '/runs',
      `/runs/${job.last_run?.id}?log=open`,
      `/audiences?authorization=${authorization}&account=${AD_ACCOUNT}`,
      '/authorizations',
      `/authorizations/${authorization}`,
      '/suppression-lists',
      '/audit-log',
      '/notifications',
      '/settings',
    ];
    const named = async (name: RegExp, visitor: Page) => {
      const found: string[] = [];
      for (const path of pages) {
        await visitor.goto(`${web.url}${path}`);
        await visitor.getByRole('main').getByRole('heading').first().waitFor();
        await visitor.waitForLoadState('networkidle');
        const text = await visitor.getByRole('main').innerText();
        found.push(
          ...text
            .split('\n')
            .filter((line) => name.test(line))
            .map((line) => `${path}: ${line}`),
        );
      }
      return found;
    };
    expect(await named(/LINE(?!up| Ads)/, page)).toEqual([]);
    await page.goto(`${web.url}/`);
    await page.getByText('The destination’s estimate').first().waitFor();
    await goTo(page, `/jobs/${job.id}`);
    await page.getByText('LY’s estimate').first().waitFor();
    for (const { id, type } of items) {
      if (type === 'line_ads_audience_export') await web.service.jobs.delete(id, installation.administrator);
    }
    await web.service.authorizations.delete(installation.authorization, installation.administrator);
    await page.goto(`${web.url}/`);
    await page.getByText('LY’s estimate').first().waitFor();
    expect(await named(/LINE(?!up| Ads)/, page)).toEqual([]);
  });
});
