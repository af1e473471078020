/** Errors while people work: no input is lost, and every error says what to do. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { authorize, comeIn, type Installation, install } from '../support/installation.ts';
import {
  admin,
  fillExport,
  loadExportForm,
  openExportForm,
  signIn,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('faults', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', memberLines(100));
    installation = await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });
  beforeEach(() => web.simulator.clearFaults());

  test('if LINE has a problem or is unreachable, the form, the check and a run say so, nothing is lost, and the run continues automatically', async () => {
    // No test before it: a draft would ask LINE for the audiences of its ad account, sometimes before LINE is away.
    await page.clock.install();
    await loadExportForm(page, web);
    await web.cable.pull();
    await fillExport(page, { label: 'Out of reach', file: 'members.csv', audience: 'Out of reach' });
    const lineSide = page.locator('.mantine-Select-root', { hasText: 'Audience (LINE side)' });
    await lineSide.getByText(/^LINE cannot be reached/).waitFor();
    await fits(page, 'export-line-unreachable');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('alert').getByText('LINE cannot be reached').waitFor();
    await web.cable.plug();
    web.simulator.addFault({ kind: 'status', status: 500, count: 0 });
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('alert').getByText('LINE has a problem').waitFor();
    web.simulator.clearFaults();
    await web.cable.pull();
    expect(await page.getByLabel('Label').inputValue()).toBe('Out of reach');
    expect(await page.getByLabel('Audience Name').inputValue()).toBe('Out of reach');

    // The input is there again when the person returns to the form.
    await goTo(page, `/authorizations/${installation.authorization}`);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('could not be reached').first().waitFor();
    // It says nothing about the key.
    await page.locator('.facts .status', { hasText: /^Unknown$/ }).waitFor();
    await fits(page, 'authorization-line-unreachable');
    await page.goBack();
    await page.getByLabel('Label').waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('Out of reach');

    await web.cable.plug();
    web.simulator.addFault({ kind: 'job_stuck' });
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Out of reach', level: 1 }).waitFor();
    const held = await web.heldJob();
    await web.cable.pull();
    // The run gives LINE some time. Meanwhile its page would ask again and again.
    const { pathname } = new URL(page.url());
    await goTo(page, '/account');
    const job = () => web.service.jobs.get(pathname.split('/').at(-1)!);
    await until(job, ({ error_count }) => error_count === 1);
    await goTo(page, pathname);
    await page.getByRole('alert').getByText('LINE cannot be reached').waitFor();
    await page.getByText(/1 attempt failed\. Next attempt:/).waitFor();
    await fits(page, 'job-line-unreachable');
    await web.cable.plug();
    await held.release();
    web.clock.advance(60_000);
    await until(job, ({ status, error_count }) => status === 'sleeping' && error_count === 0);
    // The page of a job that is not running asks every 15 seconds.
    await page.clock.fastForward(15_000);
    await waitForStatus(page, 'Scheduled');
    await page.getByText('LINE cannot be reached').waitFor({ state: 'detached' });
    const [audience] = web.simulator.inspect().audiences.filter(({ name }) => name === 'Out of reach');
    expect(web.simulator.state.members(audience!.id).size).toBe(100);
  }, 120_000);

  test('a wrong key is told in the form before Complete and after it, and the form keeps its input', async () => {
    const { accessKey } = web.simulator.keys[0]!;
    const wrong = { accessKey, secretKey: 'mistyped' };
    await authorize(web, installation.administrator, 'Wrong key', wrong);
    await openExportForm(page, web, 'Wrong key');
    await fillExport(page, { label: 'Cannot work', file: 'members.csv', audience: 'Nobody' });
    await page
      .getByText(/LINE does not accept the key/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Complete' }).click();
    await expect.poll(() => page.getByRole('alert').allTextContents()).not.toEqual([]);
    expect(await page.getByLabel('Audience Name').inputValue()).toBe('Nobody');
  });

  test('a person who opens another page while an export is being created stays there', async () => {
    await openExportForm(page, web);
    await fillExport(page, { label: 'Made meanwhile', file: 'members.csv', audience: 'Made meanwhile' });
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    await page.route('**/api/v1/jobs', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      asked.resolve();
      await answered.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Complete' }).click();
    await asked.promise;
    await page.getByRole('link', { name: 'Authorizations' }).click();
    await page.getByRole('heading', { name: 'Authorizations', level: 1 }).waitFor();
    answered.resolve();
    await page.getByText('The export was created').waitFor();
    expect(new URL(page.url()).pathname).toBe('/authorizations');
    await page.unroute('**/api/v1/jobs');
  });

  test('after the end of a session the app asks to sign in, and the form keeps its input', async () => {
    await openExportForm(page, web);
    const checked = page.waitForResponse((response) => response.url().endsWith('/jobs/validate'));
    await fillExport(page, { label: 'Interrupted', file: 'members.csv', audience: 'Interrupted' });
    await checked;
    await web.endSessions();
    await page.getByLabel('Description').fill('Typed after the session had ended');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('E-mail address').fill(admin.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Sign-in failed').waitFor();
    await signIn(page, admin);
    expect(await page.getByLabel('Label').inputValue()).toBe('Interrupted');
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed after the session had ended');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Interrupted', level: 1 }).waitFor();
    await waitForStatus(page, 'Scheduled');
  });

  test('of two people who edit one job, the second keeps what was typed, gets the rest, and can save', async () => {
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Label').fill('Edited second');
    const [job] = (await web.service.jobs.list({ limit: 1 })).items;
    await web.service.jobs.change(
      job!.id,
      job!.revision,
      { name: 'Edited first', description: 'Theirs' },
      installation.administrator,
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed this in the meantime', { exact: true }).waitFor();
    await page
      .getByText('Label: both of you changed it. Yours is in the form, and the other person saved “Edited first”.')
      .waitFor();
    await page.getByText('Description: changed by the other person, and taken over').waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('Edited second');
    expect(await page.getByLabel('Description').inputValue()).toBe('Theirs');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Edited second', level: 1 }).waitFor();
  });

  test('a run and its page continue after a restart of the server', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    const { service } = web;
    const [job] = (await service.jobs.list({ limit: 1 })).items;
    const { last_run } = await service.jobs.act(job!.id, 'run_now', installation.administrator);
    const held = await web.heldJob();
    await goTo(page, `/runs/${last_run!.id}`);
    await page.getByText(/^Chunk 1 of 1: LINE’s job: .*(QUEUED|WORKING)/).waitFor();
    await fits(page, 'run-running');
    await web.stop();
    await web.start();
    await held.release();
    await page.getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByText('Ended: Succeeded.').waitFor();
  }, 120_000);

  test('the report of a run that was stopped in the middle can be saved', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    const { service } = web;
    const [job] = (await service.jobs.list({ limit: 1 })).items;
    const { last_run } = await service.jobs.act(job!.id, 'run_now', installation.administrator);
    const held = await web.heldJob();
    await service.jobs.act(job!.id, 'stop_run', installation.administrator);
    await until(
      () => service.jobs.get(job!.id),
      ({ status }) => status === 'sleeping',
    );
    await held.release();
    await goTo(page, `/runs/${last_run!.id}`);
    await page.getByRole('button', { name: 'Download report' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'JSON' }).click();
    const report = JSON.parse(await readFile(await (await download).path(), 'utf8'));
    expect(report).toMatchObject({ status: 'interrupted', counts: { unique: 100 } });
  });

  test('a mistyped address has a page, too', async () => {
    await goTo(page, '/nowhere');
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    await look(page, 'not-found');
    await goTo(page, '/jobs/unknown');
    await page.getByText('This does not exist').waitFor();
  });
});
