/** Alert rules in the form and in the settings, and an open alert on the job’s page. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { fillExport, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const RULE = 'Skipped values: missing or invalid';

describe('alert rules', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', [...memberLines(40), ...Array.from({ length: 10 }, () => 'not an address')]);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('a rule of a job is set in the form, and its alert is on the page of the job', async () => {
    await openExportForm(page, web);
    await fillExport(page, { label: 'Watched', file: 'members.csv', audience: 'Watched' });
    await page.getByLabel('Keep Updated').uncheck({ force: true });
    await page.getByText('More options').click();
    const rule = page.getByRole('combobox', { name: RULE });
    await rule.click();
    await page.getByRole('option', { name: 'Warn', exact: true }).click();
    const percent = page.getByLabel('More than', { exact: true });
    await percent.fill('0');
    await percent.blur();
    await page.getByText('Enter at least 1.').waitFor();
    await percent.fill('15');
    await fits(page, 'alert-rules');
    await page.getByText('More options').click();
    await page.getByText('More options · 1 alert rule').waitFor();
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Watched', level: 1 }).waitFor();
    await waitForStatus(page, 'Completed');
    const alert = page.getByRole('region', { name: RULE });
    await alert.getByText('Skipped values: 10 of 50 (20%). The limit is 15%.').waitFor();
    await alert.getByText(/^Since /).waitFor();
    await page.getByText(`${RULE}: 15% · Warn`).waitFor();
    await fits(page, 'job-alert');
    const [job] = (await web.service.jobs.list({ limit: 1 })).items;
    expect(job?.configuration.alerts).toEqual({ skipped_share: { action: 'warn', percent: 15 } });
  }, 60_000);

  test('the list of jobs and Health say that an alert is open', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await page
      .getByRole('row', { name: /Watched/ })
      .getByText('1 open alert')
      .waitFor();
    await look(page, 'jobs-alert');
    await page.getByRole('navigation').getByRole('link', { name: 'Health' }).click();
    await page
      .getByRole('row', { name: /Watched/ })
      .getByText('Alert open')
      .waitFor();
    await page.getByText('Need a person: 0 · Worth a look: 1 · Healthy: 0').waitFor();
  });

  test('an administrator sets the rules of all jobs', async () => {
    await page.goto(`${web.url}/settings`);
    const form = page.getByRole('form', { name: 'Alert rules' });
    await form.getByRole('combobox', { name: 'Size of the list, against the last runs' }).click();
    await page.getByRole('option', { name: 'Warn, and stop the run before the upload' }).click();
    await form.getByLabel('Runs in the mean').fill('1');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Enter at least 2.').waitFor();
    await form.getByLabel('Runs in the mean').fill('5');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were saved.').waitFor();
    expect((await web.service.settings.read()).alerts).toEqual({
      size_change: { action: 'stop', percent: 30, runs: 5 },
    });
    await fits(page, 'alert-settings');
  }, 60_000);
});
