/** The page Health: what deserves attention comes first, with small charts, on a desktop and on a phone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, install } from '../support/installation.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const HOUR = 3_600_000;

describe('the health of all audiences', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({ matchMs: HOUR, matchRate: 0.62 });
    const installation = await install(web);
    const { administrator } = installation;
    const { jobs, runs } = web.service;
    web.write('vip.csv', memberLines(4_000));
    web.write('quiet.csv', memberLines(300));
    const quiet = await addJob(web, installation, { name: 'Quiet', file: 'quiet.csv', audience: 'Quiet' });
    const vip = await addJob(web, installation, { name: 'VIP', file: 'vip.csv', audience: 'VIP' });
    // A second size for the chart, then a result that the guard stops.
    web.write('vip.csv', memberLines(4_400));
    await jobs.act(vip.id, 'run_now', administrator);
    await until(
      () => jobs.get(vip.id),
      ({ status, recent_sizes }) => status === 'sleeping' && recent_sizes.length === 2,
    );
    web.simulator.advance(2 * HOUR);
    web.clock.advance(2 * HOUR);
    const lastRun = (await jobs.get(vip.id)).last_run!;
    await until(
      () => runs.matching(lastRun.id),
      (seen) => seen.some(({ estimated_size }) => /^\d+$/.test(estimated_size ?? '')),
    );
    web.write('vip.csv', memberLines(40));
    await jobs.act(vip.id, 'run_now', administrator);
    await until(
      () => jobs.get(vip.id),
      ({ condition }) => condition === 'needs_approval',
    );
    await jobs.act(quiet.id, 'pause', administrator);
    await jobs.act(quiet.id, 'resume', administrator);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  }, 120_000);
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('begins with what needs a person, and shows sizes and reach', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Health' }).click();
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor();
    await page.getByText('Need a person: 1 · Worth a look: 0 · Healthy: 1').waitFor();
    expect(await page.locator('tbody .row-link').allTextContents()).toEqual(['VIP', 'Quiet']);
    const vip = page.getByRole('row', { name: /VIP/ });
    await vip.getByText('Needs approval').waitFor();
    await vip.getByText('4,400', { exact: true }).waitFor();
    await vip.getByText('2,728').waitFor();
    await vip.getByText('62%').waitFor();
    await vip.getByRole('img', { name: 'Sizes of the latest runs: 4,000, 4,400' }).waitFor();
    await look(page, 'health-report');
  });

  test('fits on a phone in every language, and leads to the job', async () => {
    for (const language of ['ja', 'zh-TW', 'th', 'id']) {
      await page.evaluate(`localStorage.setItem('lineup.language', '${language}')`);
      // The address is not that of the server's probe.
      await page.reload();
      await page.getByRole('table').waitFor();
      await fits(page, `health-report-${language}`);
    }
    await page.getByRole('link', { name: 'VIP' }).click();
    await page.getByRole('heading', { name: 'VIP', level: 1 }).waitFor();
  });
});
