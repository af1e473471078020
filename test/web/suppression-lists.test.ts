/** Suppression lists in the browser: an administrator keeps them, a job chooses them, and others see them. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SuppressionListView } from '../../src/contracts/suppression-lists.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, become, comeIn, type Installation, install } from '../support/installation.ts';
import { choose, fillExport, openExportForm } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const viewer = {
  name: 'Bert Braun',
  email: 'bert@example.com',
  password: 'another invented one',
  role: 'viewer',
} as const;

describe('suppression lists', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', memberLines(100));
    web.write('out.csv', ['mail,phone', 'member1@example.com,0312345678']);
    installation = await install(web);
    await addJob(web, installation, { name: 'Gold', file: 'members.csv', audience: 'Gold' });
    await web.addPerson(viewer);
    browser = await openBrowser();
    ({ context, page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await context.close();
    await closeVisits(browser);
    await web?.close();
  });

  const fold = () => page.locator('summary').filter({ hasText: 'More options' });

  test('an administrator creates a list on a file, and a job chooses it', async () => {
    // Without lists, nothing in the form is about them.
    await goTo(page, '/');
    await page.getByRole('link', { name: 'Gold', exact: true }).click();
    await page.getByRole('heading', { name: 'Gold', level: 1 }).waitFor();
    const jobPath = new URL(page.url()).pathname;
    expect(await page.getByText('Suppression lists').count()).toBe(1);

    await page.getByRole('link', { name: 'Suppression lists' }).click();
    await page.getByText('No suppression lists yet').waitFor();
    await page.getByRole('link', { name: 'New suppression list' }).click();
    const create = page.getByRole('button', { name: 'Create suppression list' });
    await create.click();
    await page.getByText('Choose at least one field.').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Opted out');
    const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
    await audience.fill(`${web.members}/out.csv`);
    await audience.press('Tab');
    // A field with a usual name is suggested.
    await page.getByText('Choose at least one field.').waitFor({ state: 'detached' });
    await choose(page, 'Email', 'mail');
    await look(page, 'suppression-list-form');
    await page.getByLabel('Jobs that choose it').check();
    await create.click();
    await page.getByRole('heading', { name: 'Opted out', level: 1 }).waitFor();
    await page.getByText('Not read yet').waitFor();
    await page.getByText('No job uses it.').waitFor();
    const [list] = await web.service.suppressionLists.list();
    expect(list).toMatchObject({ fields: { email: 'mail', phone: 'phone' }, applies_to: 'chosen_jobs' });

    await goTo(page, `${jobPath}/edit`);
    await fold().click();
    await page.getByLabel('Opted out').check();
    await fold().click();
    await page.getByText('More options · Opted out').waitFor();
    await fold().click();
    await fits(page, 'export-suppression');
    // Of another identifier type the list has no field.
    await choose(page, 'Identifier Type', /IFA/);
    await page.getByText('It has no field for the identifier type IFA').waitFor();
    await choose(page, 'Identifier Type', 'Email');
    await page.getByText('It has no field for the identifier type IFA').waitFor({ state: 'detached' });
    await choose(page, 'Identifier Field', 'email');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Gold', level: 1 }).waitFor();
    await page.getByRole('definition').getByRole('link', { name: 'Opted out' }).click();
    await page.getByRole('heading', { name: 'Opted out', level: 1 }).waitFor();
    await page.getByRole('row', { name: /Gold/ }).waitFor();

    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByText('This suppression list is chosen by Gold.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await look(page, 'suppression-list');
  });

  test('a list shows what runs have read and kept out, and its smaller size is accepted', async () => {
    const [list] = await web.service.suppressionLists.list();
    const read = { size: 1_234, read_at: new Date().toISOString(), run_id: 'run_1' };
    const kept = { kept_out: 56, run_id: 'run_1', at: read.read_at };
    // Until somebody accepts the size.
    let isRead = true;
    await page.route(`**/api/v1/suppression-lists/${list?.id}`, async (route) => {
      const answer = await route.fetch();
      const body: SuppressionListView = await answer.json();
      const reads = isRead ? [{ identifier_type: 'email', ...read }] : [];
      const jobs = body.jobs.map((job) => ({ ...job, ...kept }));
      await route.fulfill({ response: answer, json: { ...body, reads, jobs } });
    });
    await page.route('**/accept-size', async (route) => {
      isRead = false;
      await route.continue();
    });
    await page.goto(`${web.url}/suppression-lists/${list?.id}`);
    await page.getByText('1,234').waitFor();
    await page.getByRole('row', { name: /Gold.*56/ }).waitFor();
    await page.getByRole('button', { name: 'Accept the new size' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The next run takes the size that it finds').waitFor();
    await dialog.getByRole('button', { name: 'Accept the new size' }).click();
    await page.getByText('Not read yet').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a list for all jobs is in every form; others see the lists and change nothing; everything fits on a phone', async () => {
    const { administrator } = installation;
    const { value } = await web.service.suppressionLists.create(
      {
        name: 'Complaints',
        description: '',
        source_authorization_id: null,
        segment_id: `${web.members}/out.csv`,
        fields: { phone: 'phone' },
        applies_to: 'all_jobs',
        max_shrink: 0.5,
      },
      administrator,
    );
    await goTo(page, `/suppression-lists/${value.id}/edit`);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    await fits(page, 'suppression-list-form-narrow');
    // In the form of an export, a list for all jobs opens nothing.
    await openExportForm(page, web);
    await page.getByText('More options · Complaints').waitFor();
    expect(await page.getByLabel('Complaints').count()).toBe(0);
    await fold().click();
    await page.getByLabel('Complaints').waitFor();
    expect(await page.getByLabel('Complaints').isDisabled()).toBe(true);
    // What the server refuses opens it again.
    await page.getByLabel('Opted out').check();
    await fold().click();
    await fillExport(page, { label: 'Everybody who left', file: 'out', audience: 'Left' });
    await choose(page, 'Identifier Field', 'mail');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByText('is the audience of this job').waitFor();
    expect(await page.getByLabel('Opted out').isVisible()).toBe(true);
    await become(page, web, viewer);
    await goTo(page, '/suppression-lists');
    await page.getByRole('link', { name: 'Complaints' }).waitFor();
    expect(await page.getByRole('link', { name: 'New suppression list' }).count()).toBe(0);
    await fits(page, 'suppression-lists-narrow');
    await page.getByRole('link', { name: 'Complaints' }).click();
    await page.getByText('It has no field for the identifier type Email').waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await fits(page, 'suppression-list-narrow');
  });
});
