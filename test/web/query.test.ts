/** An audience of a database in the form: a table of the list, or a query. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usePostgres } from '../sources/support/postgres.ts';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { authorize, comeIn, firstAdministrator } from '../support/installation.ts';
import { choose, dropDown, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

describe('an audience of a database', needsBrowser, () => {
  const database = usePostgres();
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    await database.sql(`create table members (id int, email text);
      insert into members select n, 'member' || n || '@example.com' from generate_series(1, 500) as n`);
    web = await startWeb();
    const administrator = await firstAdministrator(web);
    const socket = new URL(database.url).searchParams.get('host') ?? '';
    await web.service.settings.write('network', { internal_hosts: [socket] }, administrator);
    await authorize(web, administrator);
    const configuration = { connection_url: database.url };
    const method = { provider: 'postgresql', method: 'postgresql_connection_url' };
    await web.service.authorizations.create(
      { ...method, label: 'Shop', description: '', configuration },
      administrator,
    );
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('is a table of the list', async () => {
    await openExportForm(page, web);
    await choose(page, 'Source', 'Shop');
    await choose(page, 'Audience', /^public\.members/);
    await choose(page, 'Identifier Type', 'Email');
    await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
  });

  test('or a query, which the database checks', async () => {
    await page.getByRole('button', { name: 'Write a query instead' }).click();
    const query = page.getByRole('textbox', { name: 'Query' });
    await query.fill('select emial from members');
    await query.blur();
    await page.getByText('line 1, column 8, at "emial": there is no such column').waitFor();
    expect(await query.getAttribute('aria-invalid')).toBe('true');
    await look(page, 'export-query-refused');
    await query.fill('select email as address from members where id <= 20');
    await query.blur();
    await choose(page, 'Identifier Field', /^address/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Label').fill('Twenty');
    await page.getByLabel('Audience Name').fill('Twenty');
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('valid members of 20 rows').waitFor();
    await fits(page, 'export-query');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Twenty', level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
  });

  test('which an edit shows again', async () => {
    const [job] = (await web.service.jobs.list({ limit: 10 }, 'viewer')).items;
    await page.goto(`${web.url}/jobs/${job!.id}/edit`);
    const query = page.getByRole('textbox', { name: 'Query' });
    await query.waitFor();
    expect(await query.inputValue()).toBe('select email as address from members where id <= 20');
    await page.getByRole('button', { name: 'Choose from the list instead' }).click();
    await choose(page, 'Audience', /^public\.members/);
  });
});
