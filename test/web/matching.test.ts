/**
 * LINE’s matching after the run, which takes hours: its estimate, and the share of matched members. The overview
 * shows both for all audiences: what deserves attention comes first, on a desktop and on a phone.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const HOUR = 3_600_000;

describe('LINE’s matching', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  let quiet: JobView;
  let vip: JobView;
  beforeAll(async () => {
    web = await startWeb({ matchMs: HOUR, matchRate: 0.62 });
    web.write('quiet.csv', memberLines(300));
    web.write('vip.csv', memberLines(4_000));
    installation = await install(web);
    quiet = await addJob(web, installation, { name: 'Quiet', file: 'quiet.csv', audience: 'Quiet' });
    vip = await addJob(web, installation, { name: 'VIP', file: 'vip.csv', audience: 'VIP' });
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  /**
   * Lets hours pass at LINE and here, until the service has checked and stored the matching of the job's newest run.
   */
  const afterHours = async (hours: number) => {
    const run = (await web.service.jobs.get(vip.id)).last_run!;
    const before = (await web.service.runs.matching(run.id)).length;
    web.simulator.advance(hours * HOUR);
    web.clock.advance(hours * HOUR);
    await until(
      () => web.service.runs.matching(run.id),
      (seen) => seen.length > before,
    );
  };

  test('at first a run has no estimate, and says why; hours later it has one', async () => {
    await afterHours(0.25);
    await goTo(page, `/runs/${vip.last_run?.id}`);
    await page.getByText('cannot be targeted until LINE has matched it').waitFor();
    await page.getByText('IN_PROGRESS').first().waitFor();
    await fits(page, 'run-matching');
    await afterHours(2);
    // The pages refresh from time to time. The test does not wait for that.
    await page.reload();
    await page.getByText('LINE’s estimate is 62% of the members sent.').first().waitFor();
    await page.getByRole('cell', { name: '2,480' }).waitFor();
    await look(page, 'run-matched');
  }, 60_000);

  test('the job’s chart follows the estimate from run to run', async () => {
    web.write('vip.csv', memberLines(6_100));
    web.simulator.configure({ matchRate: 0.71 });
    await web.service.jobs.act(vip.id, 'run_now', installation.administrator);
    await until(
      () => web.service.jobs.get(vip.id),
      ({ status, recent_sizes }) => status === 'sleeping' && recent_sizes.length === 2,
    );
    await afterHours(2);
    await page.getByRole('link', { name: 'Go to job' }).click();
    await page.getByRole('cell', { name: '6,100', exact: true }).waitFor();
    await page.getByRole('cell', { name: '4,331' }).first().waitFor();
    await page.getByRole('cell', { name: '71%' }).waitFor();
    await page.getByText('LINE’s estimate').first().waitFor();
    const chart = page.getByRole('slider', { name: 'Members' });
    await chart.waitFor();
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/Members sent: 6,100, LINE’s estimate: 4,331$/);
    await look(page, 'job-matched');
  }, 90_000);

  test('The overview begins with what needs a person, and shows sizes and reach', async () => {
    // A result that the guard stops.
    web.write('vip.csv', memberLines(40));
    await page.getByRole('button', { name: 'Run now' }).click();
    await until(
      () => web.service.jobs.get(vip.id),
      ({ condition }) => condition === 'needs_approval',
    );
    // The newest change is that of the healthy one.
    await web.service.jobs.act(quiet.id, 'pause', installation.administrator);
    await web.service.jobs.act(quiet.id, 'resume', installation.administrator);
    await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const tile = (name: string) => page.getByRole('link', { name: `${name} of 2 audiences` });
    await tile('Needs action 1').waitFor();
    await tile('Worth a look 0').waitFor();
    await expect.poll(() => page.locator('tbody .row-link').allTextContents()).toEqual(['VIP', 'Quiet']);
    const row = page.getByRole('row', { name: /VIP/ });
    await row.getByText('Needs approval').waitFor();
    await row.getByText('6,100', { exact: true }).waitFor();
    await row.getByText('4,331').waitFor();
    await row.getByText('71%').waitFor();
    await row.getByRole('img', { name: 'Sizes of the latest runs: 4,000, 6,100' }).waitFor();
    await look(page, 'overview');
    // The one thing that helps is a link to the judgement.
    const first = page.getByRole('listitem').filter({ hasText: 'The audience would shrink' });
    await first.getByRole('link', { name: 'Review and approve' }).waitFor();
    await page.getByText('Members in live audiences').waitFor();
    const hours = page.getByRole('slider', { name: 'Runs by the hour' });
    await hours.press('End');
    expect(await hours.getAttribute('aria-valuetext')).toMatch(/GMT\+9, \d runs?$/);
    await page.getByRole('region', { name: 'Match rate' }).getByRole('slider').waitFor();
    await page
      .getByRole('region', { name: 'Size and reach' })
      .getByRole('button', { name: 'Table: Size and reach' })
      .click();
    // LINE may have matched the other audience too, so only the sum of the members is known. The hours that LINE took
    // may have led into the next day, which has a row of its own.
    await page.getByRole('region', { name: 'Size and reach' }).getByRole('cell', { name: '6,400' }).last().waitFor();

    // The tiles and the range are in the address.
    await tile('Healthy 1').click();
    await expect.poll(() => page.locator('tbody .row-link').allTextContents()).toEqual(['Quiet']);
    await page.getByRole('button', { name: '7 days' }).click();
    await expect.poll(() => new URL(page.url()).search).toBe('?level=healthy&time=7d');
    await page.reload();
    await expect.poll(() => page.locator('tbody .row-link').allTextContents()).toEqual(['Quiet']);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => page.locator('tbody .row-link').allTextContents()).toEqual(['VIP', 'Quiet']);
  });

  test('The overview fits on a phone in every language, and leads to the job', async () => {
    for (const language of ['ja', 'zh-TW', 'th', 'id']) {
      await page.evaluate(`document.cookie = 'lineup.language=${language}; path=/'`);
      // The address is not that of the server's probe.
      await page.reload();
      await page.getByRole('table').waitFor();
      await fits(page, `overview-${language}`);
    }
    // What led to the report, and to the list of jobs with a filter.
    await goTo(page, '/health-report');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/');
    await goTo(page, '/?condition=needs_approval');
    await expect.poll(() => page.url()).toBe(`${web.url}/jobs?condition=needs_approval`);
    await page.getByRole('row').getByRole('link', { name: 'VIP' }).click();
    await page.getByRole('heading', { name: 'VIP', level: 1 }).waitFor();
    // Its log tells what a guard stopped from a failure, and that a person decides.
    const entry = page.getByRole('row').filter({ hasText: 'pengaman' }).filter({ hasText: 'Lineup' });
    await entry.getByText('Dihentikan oleh pengaman').waitFor();
    await entry.getByRole('cell', { name: 'Menunggu persetujuan', exact: true }).waitFor();
  });
});
