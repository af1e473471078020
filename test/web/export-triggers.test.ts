/** Exports that run when their data is ready, in the browser: from the form to the page of the job. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import {
  choose,
  dropDown,
  fillExport,
  loadExportForm,
  openExportForm,
  openSection,
  sectionLine,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { aiko } from '../support/service.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('an export when its data is ready', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('engineers.csv', memberLines(40));
    installation = await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const complete = () => page.getByRole('button', { name: 'Complete' });

  test('a job waits for another one: it is chosen, saved and edited, and its page says what it waits for', async () => {
    web.write('first.csv', memberLines(5));
    const awaited = await addJob(web, installation, { name: 'First of all', file: 'first.csv', audience: 'First' });
    await loadExportForm(page, web);
    await fillExport(page, { label: 'Offer', file: 'engineers', audience: 'Offer' });
    await openSection(page, 'Schedule');
    await choose(page, 'Run Frequency', 'When the data is ready');
    await complete().click();
    await page.getByText('Choose what the job waits for.').waitFor();
    await choose(page, 'After This Job', 'First of all');
    const every = page.getByLabel('At Most Every');
    await every.fill('5');
    await every.blur();
    await expect.poll(() => every.inputValue()).toBe('15');
    await every.fill('60');
    await page.getByText('Alerts you when nothing has come since midnight.').waitFor();
    // A time zone is that of the deadline.
    expect(await page.getByLabel('Time Zone').count()).toBe(0);
    await choose(page, 'Alert If Nothing Comes By', '09:00');
    await page.getByLabel('Time Zone').first().waitFor();
    await look(page, 'export-trigger');
    await complete().click();
    await page.getByRole('heading', { name: 'Offer', level: 1 }).waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByRole('link', { name: 'First of all', exact: true }).waitFor();
    await page.getByText('60 min', { exact: true }).waitFor();
    const saved = async () => {
      const { items } = await web.service.jobs.list({ limit: 20 }, 'viewer');
      return items.find(({ name }) => name === 'Offer')!;
    };
    const { id, configuration: made } = await saved();
    expect(made).toMatchObject({
      run_frequency: 'when_ready',
      day_of_week: null,
      time_of_day: null,
      trigger: { kind: 'after_job', job_id: awaited.id, at_most_every_minutes: 60, deadline: '09:00' },
    });
    await fits(page, 'job-trigger');

    await page.getByRole('link', { name: 'Edit' }).click();
    await sectionLine(page, 'Schedule').getByText('When the data is ready').waitFor();
    await openSection(page, 'Schedule');
    await expect.poll(() => dropDown(page, 'Waits For').inputValue()).toBe('Another job');
    await expect.poll(() => dropDown(page, 'After This Job').inputValue()).toBe('First of all');
    await every.fill('120');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('120 min', { exact: true }).waitFor();
    expect((await saved()).configuration.trigger).toEqual({ ...made.trigger, at_most_every_minutes: 120 });

    await web.service.jobs.act(awaited.id, 'pause', aiko);
    await page.goto(`${web.url}/jobs/${id}`);
    await page.getByText('The job "First of all", which this one waits for, is paused.').waitFor();
  });

  test('a job waits for a signed webhook: its page has the address, and offers the secret', async () => {
    await openExportForm(page, web);
    await fillExport(page, { label: 'From dbt', file: 'engineers', audience: 'From dbt' });
    await openSection(page, 'Schedule');
    await choose(page, 'Run Frequency', 'When the data is ready');
    await choose(page, 'Waits For', 'A signed webhook');
    await page.getByText('makes the secret that signs the webhooks').waitFor();
    expect(await page.getByLabel('After This Job').count()).toBe(0);
    await fits(page, 'export-trigger-webhook');
    await complete().click();
    await page.getByRole('heading', { name: 'From dbt', level: 1 }).waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByText(/\/jobs\/job_\w+\/webhook$/).waitFor();
    // What follows is in job-page.test.ts.
    await page.getByRole('button', { name: 'Make a secret' }).waitFor();
    await fits(page, 'job-webhook');
  });
});
