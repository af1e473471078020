/** Where audiences usually are: a bucket and BigQuery, from a new authorization to the members at LINE. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigQuerySimulator, startBigQuerySimulator } from '../../simulators/bigquery/index.ts';
import { type S3Simulator, startS3Simulator } from '../../simulators/s3/index.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { authorize, comeIn, firstAdministrator } from '../support/installation.ts';
import { choose, dropDown, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('from the cloud to LINE Ads', needsBrowser, () => {
  let web: Web;
  let s3: S3Simulator;
  let bigquery: BigQuerySimulator;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    s3 = await startS3Simulator({ members: 0 });
    bigquery = await startBigQuerySimulator({ members: 1_000 });
    const administrator = await firstAdministrator(web);
    const internal_hosts = [new URL(s3.endpoint).host, new URL(bigquery.origin).host];
    await web.service.settings.write('network', { internal_hosts }, administrator);
    await authorize(web, administrator);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
    await s3?.close();
    await bigquery?.close();
  });

  const preview = () => page.getByRole('complementary', { name: 'Preview' });

  async function complete(name: string): Promise<string[]> {
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Label').fill(name);
    await page.getByLabel('Audience Name').fill(name);
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
    const audience = web.simulator.inspect().audiences.find((one) => one.name === name);
    return [...web.simulator.state.members(audience!.id)].sort();
  }

  describe('a bucket', () => {
    const daily = (day: number, members: number) =>
      s3.put(
        'exports',
        `daily/members-2026-04-0${day}.csv.gz`,
        gzipSync(
          `email,name\n${Array.from({ length: members }, (_, n) => `m${n}@example.com,M\n`).join('')}`,
        ),
        Date.parse(`2026-04-0${day}T00:00:00Z`),
      );

    test('is connected by keys, and a wrong one is told at once', async () => {
      daily(1, 30);
      daily(2, 40);
      s3.put(
        'exports',
        'old/shift-jis.csv',
        Buffer.from('email;name\nsjis@example.com;\x8e\x52\x93\x63\n', 'latin1'),
      );
      await goTo(page, '/authorizations/new?provider=s3&method=s3_access_key');
      await page.getByLabel('Label').fill('Exports');
      await page.getByLabel('Access Key ID').fill(s3.keys.accessKeyId);
      await page.getByLabel('Secret Access Key').fill('wrong');
      await page.getByLabel('Region').fill(s3.region);
      await page.getByLabel('Endpoint').fill(s3.endpoint);
      await page.getByLabel('Bucket', { exact: true }).fill('exports');
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      const secret = page.locator('.mantine-PasswordInput-root', { hasText: 'Secret Access Key' });
      await secret.getByText('S3 does not accept the secret access key').waitFor();
      await fits(page, 'authorization-s3');
      await page.getByLabel('Secret Access Key').fill(s3.keys.secretAccessKey);
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await page.getByRole('heading', { name: 'Exports', level: 1 }).waitFor();
    });

    test('gives a file of its list, read with the chosen options', async () => {
      await openExportForm(page, web);
      await choose(page, 'Source', 'Exports');
      await choose(page, 'Audience', /old\/shift-jis\.csv/);
      await choose(page, 'Identifier Type', 'Email');
      await preview().getByText('Choose its encoding').waitFor();
      await page.locator('details.fold', { hasText: 'File format' }).locator('summary').click();
      await choose(page, 'Encoding', /Shift_JIS/);
      await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
      await preview().getByText('valid members of 1 row').waitFor();
      await fits(page, 'export-s3');
    });

    test('or the newest file that matches a pattern', async () => {
      await dropDown(page, 'Audience').fill('newest:s3://exports/daily/*.csv.gz');
      await dropDown(page, 'Audience').press('Enter');
      await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
      await preview().getByText('valid members of 40 rows').waitFor();
      await fits(page, 'export-s3-newest');
      const expected = Array.from({ length: 40 }, (_, n) => sha256(`m${n}@example.com`)).sort();
      expect(await complete('Newest')).toEqual(expected);
    });
  });

  describe('BigQuery', () => {
    test('is connected by the key of a service account', async () => {
      await goTo(page, '/authorizations/new?provider=bigquery&method=bigquery_service_account_key');
      await page.getByLabel('Label').fill('Warehouse');
      await page.getByLabel('Service Account Key (JSON)').fill(bigquery.credentials);
      await page.getByLabel('Simulator').fill(bigquery.origin);
      await look(page, 'authorization-bigquery');
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await page.getByRole('heading', { name: 'Warehouse', level: 1 }).waitFor();
    });

    test('gives a query, whose cost is shown before anything is saved', async () => {
      await openExportForm(page, web);
      await choose(page, 'Source', 'Warehouse');
      await choose(page, 'Identifier Type', 'Email');
      await page.getByRole('button', { name: 'Write a query instead' }).click();
      const query = page.getByRole('textbox', { name: 'Query' });
      await query.fill('SELECT email FROM crm.members LIMIT 200');
      await query.blur();
      await page.getByText(/list price/).waitFor();
      await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
      await preview().getByText('valid members of 200 rows').waitFor();
      await fits(page, 'export-bigquery');
      const members = await complete('Customers');
      expect(members.length).toBeGreaterThan(150);
      expect(web.simulator.state.violations).toEqual([]);
    });
  });
});
