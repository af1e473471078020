/**
 * An audience of a database in the form: a table or a query, hashing in the database, and the form with all its options
 * in every language.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usePostgres } from '../sources/support/postgres.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, type Installation, install } from '../support/installation.ts';
import { choose, dropDown, openBlankForm, openSection, sectionLine } from '../support/people-in-browser.ts';
import { aNewJob } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

/** 957 people, 20 of them twice, and what is skipped. */
const MEMBERS = `create table members as
  select 'member' || n || '@example.com' as email, '+8190' || 10000000 + n as phone from generate_series(1, 957) as n
  union all select 'member' || n || '@example.com', '+8190' || 10000000 + n from generate_series(1, 20) as n
  union all select null, null from generate_series(1, 12)
  union all select 'nobody', '12' from generate_series(1, 4)
  union all select 'mémber@example.com', '＋８１' from generate_series(1, 7)`;

/** Code, name, Safety and Schedule, the switch, and an expression in words. */
const inLanguages = [
  ['ja', '日本語', '安全対策', 'スケジュール', 'データベースでハッシュ化', '06:30、月曜日〜金曜日'],
  ['zh-TW', '繁體中文', '安全措施', '排程', '在資料庫中雜湊', '06:30、星期一至星期五'],
  ['th', 'ไทย', 'ความปลอดภัย', 'กำหนดเวลา', 'แฮชในฐานข้อมูล', 'เวลา 06:30, วันจันทร์ ถึง วันศุกร์'],
  ['id', 'Bahasa Indonesia', 'Pengamanan', 'Jadwal', 'Hash di basis data', 'Pukul 06:30, Senin sampai Jumat'],
] as const;

describe('an audience of a database', needsBrowser, () => {
  const database = usePostgres();
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  /** The id of its authorization. */
  let shop: string;
  beforeAll(async () => {
    await database.sql(MEMBERS);
    web = await startWeb();
    web.write('out.csv', memberLines(1));
    installation = await install(web);
    const { administrator } = installation;
    const socket = new URL(database.url).searchParams.get('host') ?? '';
    await web.service.settings.write('network', { internal_hosts: [socket] }, administrator);
    const connect = async (label: string) => {
      const configuration = { connection_url: database.url };
      const input = { ...method, label, configuration };
      return (await web.service.authorizations.create(input, administrator)).value.id;
    };
    shop = await connect('Shop');
    await connect('Shop of last year');
    await web.service.suppressionLists.create(
      {
        name: 'Opted out',
        description: '',
        source_authorization_id: null,
        segment_id: `${web.members}/out.csv`,
        fields: { email: 'email' },
        applies_to: 'chosen_jobs',
        max_shrink: 0.5,
      },
      administrator,
    );
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const fold = () => sectionLine(page, 'Safety');
  const hash = (): Locator => page.getByRole('switch', { name: /^Hash in the database/ });
  const preview = (): Locator => page.getByRole('complementary', { name: 'Preview' });
  const method = { provider: 'postgresql', method: 'postgresql_connection_url', description: '' };
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
  const speak = async (language: string) => {
    await page.getByRole('button', { name: /^(Language|言語|語言|ภาษา|Bahasa)$/ }).click();
    await page.getByRole('menuitem', { name: language }).click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
  };
  const fill = async () => {
    await choose(page, 'Audience', /^public\.members/);
    await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
  };

  test('may be a query, which the database checks, and which an edit shows again', async () => {
    await openBlankForm(page, web);
    await choose(page, 'Source', 'Shop');
    await choose(page, 'Identifier Type', 'Email');
    await page.getByRole('button', { name: 'Write a query instead' }).click();
    const query = page.getByRole('textbox', { name: 'Query' });
    await query.fill('select emial from members');
    await query.blur();
    await page.getByText('line 1, column 8, at "emial": there is no such column').waitFor();
    expect(await query.getAttribute('aria-invalid')).toBe('true');
    await look(page, 'export-query-refused');
    const valid = "select email as address from members where email like 'member95%@%'";
    await query.fill(valid);
    await query.blur();
    await choose(page, 'Identifier Field', /^address/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Label').fill('A few');
    await page.getByLabel('Audience Name').fill('A few');
    await preview().getByText('at most 20 times an hour').waitFor();
    await look(page, 'export-query-preview');
    await preview().getByRole('button', { name: 'Preview the query' }).click();
    // Number 95, and 950 to 957.
    await preview().getByText('valid members of 9 rows').waitFor();
    await fits(page, 'export-query');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'A few', level: 1 }).waitFor();
    const job = await endedJob();
    const audience = web.simulator.inspect().audiences.find(({ name }) => name === 'A few');
    expect(audience?.members).toBe(9);
    await goTo(page, `/jobs/${job.id}/edit`);
    await query.waitFor();
    expect(await query.inputValue()).toBe(valid);
    await page.getByRole('button', { name: 'Choose from the list instead' }).click();
    await fill();
    await forgetDrafts();
  });

  test('hashing there is offered for a source that can do it, and is kept only for another such source', async () => {
    await openBlankForm(page, web);
    await choose(page, 'Source', 'Files');
    await fold().click();
    await page.getByText('Hold-out group').waitFor();
    expect(await hash().count()).toBe(0);
    await choose(page, 'Source', 'Shop');
    await hash().check();
    expect(await hash().getAttribute('aria-describedby')).toBeTruthy();
    await fold().click();
    await fold().getByText('Stops at a shrink of 50% · Hash in the database').waitFor();
    await fold().click();
    await choose(page, 'Source', 'Shop of last year');
    expect(await hash().isChecked()).toBe(true);
    await choose(page, 'Source', 'Files');
    await hash().waitFor({ state: 'detached' });
    await choose(page, 'Source', /^Shop$/);
    expect(await hash().isChecked()).toBe(false);
  });

  test('hashing there has a preview that counts what cannot be hashed there', async () => {
    await fill();
    await hash().check();
    await preview().getByText('957', { exact: true }).waitFor();
    await preview().getByText('Cannot be hashed in the database').waitFor();
    await page.getByRole('button', { name: 'Add another identifier' }).click();
    const phones = preview().getByRole('region', { name: 'Phone Number (phone)' });
    await phones.getByText('957', { exact: true }).waitFor();
    expect(await preview().getByText('can be reached').count()).toBe(0);
  });

  test('the form with all options, and what is wrong with them, can be read by everybody and fits in every language', async () => {
    await page.getByLabel('Opted out').check();
    await page.getByLabel('Share of the members').fill('10');
    await page.getByRole('textbox', { name: 'Experiment' }).fill('spring sale');
    await page.getByText('Use only Latin letters').waitFor();
    await openSection(page, 'Schedule');
    await choose(page, 'Run Frequency', 'Custom');
    const expression = (label: string) => page.getByLabel(label, { exact: true });
    await expression('Cron expression 1').fill('30 6 * * MON-FRI');
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await expression('Cron expression 2').fill('*/5 * * * *');
    await page.getByText('This is too often. Leave at least 15 minutes between two times.').waitFor();
    await page.getByRole('group', { name: 'Identifier 2' }).getByLabel('Audience Name').fill('Calls');
    await look(page, 'export-all-options');
    await expression('Cron expression 2').fill('0 12 L * *');
    const valuesOf = () =>
      page.getByRole('textbox').evaluateAll((all) => all.map((input) => 'value' in input && input.value));
    const typed = ['Calls', 'spring sale', '30 6 * * MON-FRI', '0 12 L * *'];
    await page.reload();
    // What was typed is kept, and what is set is open.
    for (const [language, name, safety, schedule, hashing, words] of inLanguages) {
      await speak(name);
      await sectionLine(page, safety).waitFor();
      await openSection(page, schedule);
      expect(await page.getByRole('switch', { name: new RegExp(`^${hashing}`) }).isChecked()).toBe(true);
      await expect.poll(valuesOf).toEqual(expect.arrayContaining(typed));
      await page.getByText(words, { exact: true }).waitFor();
      await page.getByText('957', { exact: true }).first().waitFor();
      await fits(page, `export-all-options-${language}`);
    }
    await expression('Ekspresi cron 2').fill('@daily');
    await page.getByText('Tulis lima bagian').waitFor();
    await speak('English');
    await forgetDrafts();
  });

  test('hashing there is shown on the page of the job; an edit opens the fold, and can switch it off for a source that cannot do it any more', async () => {
    const configuration = {
      segment_id: 'public.members',
      audience_name: 'Hashed there',
      id_field: 'email',
      hash_in_database: true,
    };
    const input = { ...aNewJob(installation.authorization, configuration), name: 'Hashed there' };
    const { value } = await web.service.jobs.create(
      { ...input, source_authorization_id: shop },
      installation.administrator,
    );
    const job = await endedJob();
    expect(job.id).toBe(value.id);
    const [run] = (await web.service.runs.list({ limit: 1, jobId: job.id })).items;
    expect(run).toMatchObject({ status: 'succeeded' });
    await goTo(page, `/jobs/${job.id}`);
    await page.getByRole('heading', { name: 'Hashed there', level: 1 }).waitFor();
    const fact = page.locator('.facts > div').filter({ hasText: 'Hash in the database' });
    await fact.getByRole('definition').filter({ hasText: 'Yes' }).waitFor();
    await goTo(page, `/runs/${run!.id}`);
    await page.getByText('Cannot be hashed in the database').waitFor();
    await fact.getByRole('definition').filter({ hasText: 'Yes' }).waitFor();
    await fits(page, 'run-hashed-in-database');

    await page.route('**/api/v1/sources', async (route) => {
      const answer = await route.fetch();
      const { items } = await answer.json();
      const without = items.map((item: object) => ({ ...item, hashes: false }));
      await route.fulfill({ response: answer, json: { items: without } });
    });
    await page.route(`**/api/v1/jobs/${job.id}`, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      const errors = [{ path: 'configuration.hash_in_database', message: 'This source cannot do it.' }];
      const json = { code: 'invalid_argument', detail: 'Some values are not valid.', errors };
      return route.fulfill({ status: 400, contentType: 'application/problem+json', json });
    });
    // A full load, because the app keeps the sources that it knows.
    await page.goto(`${web.url}/jobs/${job.id}/edit`);
    await hash().waitFor();
    expect(await hash().isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This source cannot do it.').waitFor();
    expect(await hash().getAttribute('aria-invalid')).toBe('true');
    // What is wrong stays in sight.
    await fold().click();
    await look(page, 'export-hash-in-database-refused');
    await hash().uncheck();
    await hash().and(page.locator(':focus')).waitFor();
    await page.getByText('This source cannot do it.').waitFor({ state: 'detached' });
    await page.unroute(`**/api/v1/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Hashed there', level: 1 }).waitFor();
    expect((await web.service.jobs.get(job.id)).configuration.hash_in_database).toBe(false);
    await page.unroute('**/api/v1/sources');
  });
});
