/** Hashing in the database, in the browser: where the form offers it, what its preview says, and the page of the job. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usePostgres } from '../sources/support/postgres.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { choose, dropDown, openBlankForm } from '../support/people-in-browser.ts';
import { until } from '../support/service-bench.ts';
import { startWeb, type Web } from '../support/web.ts';

/** 957 people, 20 of them twice, and what is skipped. */
const MEMBERS = `create table members as
  select 'member' || n || '@example.com' as email, '+8190' || 10000000 + n as phone from generate_series(1, 957) as n
  union all select 'member' || n || '@example.com', '+8190' || 10000000 + n from generate_series(1, 20) as n
  union all select null, null from generate_series(1, 12)
  union all select 'nobody', '12' from generate_series(1, 4)
  union all select 'mémber@example.com', '＋８１' from generate_series(1, 7)`;

describe('hashing in the database', needsBrowser, () => {
  const database = usePostgres();
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    await database.sql(MEMBERS);
    web = await startWeb();
    const { administrator } = await install(web);
    const socket = new URL(database.url).searchParams.get('host') ?? '';
    await web.service.settings.write('network', { internal_hosts: [socket] }, administrator);
    for (const label of ['Shop', 'Shop of last year']) {
      const configuration = { connection_url: database.url };
      await web.service.authorizations.create({ ...method, label, configuration }, administrator);
    }
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const fold = () => page.locator('summary').filter({ hasText: 'More options' });
  const hash = (): Locator => page.getByRole('switch', { name: 'Hash in the database' });
  const preview = (): Locator => page.getByRole('complementary', { name: 'Preview' });
  const method = { provider: 'postgresql', method: 'postgresql_connection_url', description: '' };
  /** On the way to the export, as the link below the source does it. */
  const connect = async (label: string) => {
    await page.getByRole('link', { name: 'Connect a database, cloud storage or Lytics' }).click();
    await page.getByRole('link', { name: /^PostgreSQL/ }).click();
    await page.getByRole('link', { name: /^Connection URL/ }).click();
    await page.getByLabel('Label').fill(label);
    await page.getByLabel('Connection URL').fill(database.url);
    await page.getByRole('button', { name: 'Save Authorization' }).click();
    await expect.poll(() => dropDown(page, 'Source').inputValue()).toBe(label);
  };
  /** The form of an edit would ask about an audience that the first run makes meanwhile. */
  const endedJob = async () => {
    const [job] = (await web.service.jobs.list({ limit: 1 }, 'viewer')).items;
    return until(
      () => web.service.jobs.get(job!.id),
      ({ status }) => status !== 'runnable',
    );
  };
  /** An open form would save its draft again. */
  const forgetDrafts = async () => {
    await goTo(page, '/');
    await page.evaluate('sessionStorage.clear()');
  };
  const fill = async () => {
    await choose(page, 'Audience', /^public\.members/);
    await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
  };

  test('is offered for a source that can do it, and is kept only for another such source', async () => {
    await openBlankForm(page, web);
    await choose(page, 'Source', 'Files');
    await fold().click();
    await page.getByText('Hold-out group').waitFor();
    expect(await hash().count()).toBe(0);
    await choose(page, 'Source', 'Shop');
    await hash().check();
    expect(await hash().getAttribute('aria-describedby')).toBeTruthy();
    await fold().click();
    await page.getByText('More options · Hash in the database').waitFor();
    await fold().click();
    await choose(page, 'Source', 'Shop of last year');
    expect(await hash().isChecked()).toBe(true);
    await connect('Shop of this year');
    expect(await hash().isChecked()).toBe(true);
    await choose(page, 'Source', 'Files');
    await hash().waitFor({ state: 'detached' });
    await choose(page, 'Source', /^Shop$/);
    expect(await hash().isChecked()).toBe(false);
  });

  test('has a preview that counts what cannot be hashed there', async () => {
    await fill();
    await hash().check();
    await preview().getByText('957', { exact: true }).waitFor();
    await preview().getByText('Cannot be hashed in the database').waitFor();
    await look(page, 'export-hash-in-database');
    await page.getByRole('button', { name: 'Add another identifier' }).click();
    const phones = preview().getByRole('region', { name: 'Phone Number (phone)' });
    await phones.getByText('957', { exact: true }).waitFor();
    expect(await preview().getByText('can be reached').count()).toBe(0);
    await fits(page, 'export-hash-in-database-siblings');
    await page.getByRole('button', { name: 'Remove identifier 2' }).click();
  });

  test('is shown on the page of the job, and an edit opens the fold', async () => {
    await page.getByLabel('Label').fill('Hashed there');
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill('Hashed there');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Hashed there', level: 1 }).waitFor();
    const fact = page.locator('.facts > div').filter({ hasText: 'Hash in the database' });
    await fact.getByRole('definition').filter({ hasText: 'Yes' }).waitFor();
    const job = await endedJob();
    expect(job.configuration.hash_in_database).toBe(true);
    const [run] = (await web.service.runs.list({ limit: 1, jobId: job.id })).items;
    expect(run).toMatchObject({ status: 'succeeded' });
    await page.goto(`${web.url}/runs/${run!.id}`);
    await page.getByText('Cannot be hashed in the database').waitFor();
    await fact.getByRole('definition').filter({ hasText: 'Yes' }).waitFor();
    await look(page, 'run-hashed-in-database');

    await page.goto(`${web.url}/jobs/${job.id}/edit`);
    await hash().waitFor();
    expect(await hash().isChecked()).toBe(true);
    await page.route(`**/api/v1/jobs/${job.id}`, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      const errors = [{ path: 'configuration.hash_in_database', message: 'This source cannot do it.' }];
      const json = { code: 'invalid_argument', detail: 'Some values are not valid.', errors };
      return route.fulfill({ status: 400, contentType: 'application/problem+json', json });
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This source cannot do it.').waitFor();
    expect(await hash().getAttribute('aria-invalid')).toBe('true');
    // What is wrong stays in sight.
    await fold().click();
    await look(page, 'export-hash-in-database-refused');
    await hash().uncheck();
    await page.getByText('This source cannot do it.').waitFor({ state: 'detached' });
    await page.unroute(`**/api/v1/jobs/${job.id}`);
    await forgetDrafts();
  });

  test('can be switched off for a source that cannot do it any more', async () => {
    const job = await endedJob();
    await page.route('**/api/v1/sources', async (route) => {
      const answer = await route.fetch();
      const { items } = await answer.json();
      const without = items.map((one: object) => ({ ...one, hashes: false }));
      await route.fulfill({ response: answer, json: { items: without } });
    });
    await page.goto(`${web.url}/jobs/${job.id}/edit`);
    await hash().uncheck();
    await hash().and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Hashed there', level: 1 }).waitFor();
    expect((await web.service.jobs.get(job.id)).configuration.hash_in_database).toBe(false);
    await page.unroute('**/api/v1/sources');
  });

  test.each([
    ['ja', 'データベースでハッシュ化'],
    ['zh-TW', '在資料庫中雜湊'],
    ['th', 'แฮชในฐานข้อมูล'],
    ['id', 'Hash di basis data'],
  ])('fits in the language %s', async (language, label) => {
    await page.evaluate(`localStorage.setItem('lineup.language', '${language}')`);
    const [job] = (await web.service.jobs.list({ limit: 1 }, 'viewer')).items;
    await page.goto(`${web.url}/jobs/new?copy=${job!.id}`);
    await page.locator('summary').last().click();
    await page.getByRole('switch', { name: label }).check();
    await page.getByText('957', { exact: true }).waitFor();
    await fits(page, `export-hash-in-database-${language}`);
    await forgetDrafts();
    await page.evaluate(`localStorage.setItem('lineup.language', 'en')`);
  });
});
