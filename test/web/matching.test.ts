/** LINE’s matching after the run, which takes hours: its estimate, and the share of matched members. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, type Installation, install } from '../support/installation.ts';
import { waitForStatus } from '../support/people-in-browser.ts';
import { aNewJob } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const HOUR = 3_600_000;

describe('LINE’s matching', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb({ matchMs: 3 * HOUR, matchRate: 0.62 });
    web.write('members.csv', memberLines(4_000));
    installation = await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  /** Lets hours pass at LINE and here, until the service has checked and stored the matching of the newest run. */
  const afterHours = async (hours: number) => {
    const [run] = (await web.service.runs.list({ limit: 1 })).items;
    const before = (await web.service.runs.matching(run!.id)).length;
    web.simulator.advance(hours * HOUR);
    web.clock.advance(hours * HOUR);
    await until(
      () => web.service.runs.matching(run!.id),
      (seen) => seen.length > before,
    );
  };
  /** The pages refresh from time to time. The test does not wait for that. */
  const afresh = async () => {
    await page.reload();
    await page.getByRole('heading', { level: 2 }).first().waitFor();
  };

  test('at first a run has no estimate, and says why; hours later it has one', async () => {
    const configuration = {
      segment_id: `${web.members}/members.csv`,
      audience_name: 'Matched',
      id_field: 'email',
      continuous_update: false,
    };
    const job = { ...aNewJob(installation.authorization, configuration), name: 'Matched' };
    const { value } = await web.service.jobs.create(job, installation.administrator);
    await goTo(page, `/jobs/${value.id}`);
    await waitForStatus(page, 'Completed');
    await afterHours(0.5);
    await page.getByRole('table').first().getByRole('link').first().click();
    await page.getByText('cannot be targeted in LINE Ads Manager until LINE has matched it').waitFor();
    await page.getByText('IN_PROGRESS').first().waitFor();
    await fits(page, 'run-matching');
    await afterHours(4);
    await afresh();
    await page.getByText('LINE’s estimate is 62% of the members sent.').first().waitFor();
    await page.getByRole('cell', { name: '2,480' }).waitFor();
    await look(page, 'run-matched');
  }, 60_000);

  test('the job’s chart follows the estimate from run to run', async () => {
    await page.getByRole('link', { name: 'Go to job' }).click();
    web.write('members.csv', memberLines(6_100));
    web.simulator.configure({ matchRate: 0.71 });
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('cell', { name: '6,100', exact: true }).waitFor();
    await waitForStatus(page, 'Completed');
    await afterHours(4);
    await afresh();
    await page.getByRole('cell', { name: '4,331' }).first().waitFor();
    await page.getByRole('cell', { name: '71%' }).waitFor();
    await page.getByText('LINE’s estimate').first().waitFor();
    expect(await page.locator('.chart-point').count()).toBe(2);
    await look(page, 'job-matched');
  }, 90_000);
});
