/**
 * Where audiences usually are: Lytics, a bucket and BigQuery, from a new authorization to the members at LINE. Lytics
 * with faults on both sides.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigQuerySimulator, startBigQuerySimulator } from '../../simulators/bigquery/index.ts';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { type S3Simulator, startS3Simulator } from '../../simulators/s3/index.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, firstAdministrator } from '../support/installation.ts';
import { choose, dropDown, fillAuthorization, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const isAddress = (value: string): boolean => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value.trim());

describe('from the cloud to LINE Ads', needsBrowser, () => {
  let web: Web;
  let lytics: LyticsSimulator;
  let s3: S3Simulator;
  let bigquery: BigQuerySimulator;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({}, { chunkRecords: 1_000 });
    lytics = await startLyticsSimulator({ members: 2_500 });
    s3 = await startS3Simulator({ members: 0 });
    bigquery = await startBigQuerySimulator({ members: 1_000 });
    const administrator = await firstAdministrator(web);
    const internal_hosts = [lytics.origin, s3.endpoint, bigquery.origin].map((origin) => new URL(origin).host);
    await web.service.settings.write('network', { internal_hosts }, administrator);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
    await lytics?.close();
    await s3?.close();
    await bigquery?.close();
  });

  const preview = () => page.getByRole('complementary', { name: 'Preview' });

  async function complete(name: string): Promise<void> {
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Label').fill(name);
    await page.getByLabel('Audience Name').fill(name);
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  }
  /** The hashes at LINE. */
  const sent = (name: string): string[] => {
    const audience = web.simulator.inspect().audiences.find((audience) => audience.name === name);
    return [...web.simulator.state.members(audience!.id)].sort();
  };

  describe('Lytics', () => {
    test('both authorizations can be made on the way', async () => {
      await goTo(page, '/jobs/new?provider=line_ads&type=line_ads_audience_export');
      await page.getByRole('link', { name: 'Create a new authorization' }).click();
      await fillAuthorization(page, 'Main account', web.simulator.keys[0]!);
      // The authorization’s form has a label, too.
      await page.getByRole('button', { name: 'Complete' }).waitFor();
      await page.getByLabel('Label').fill('Everybody');
      await page.getByRole('link', { name: 'Connect a database, cloud storage or Lytics' }).click();
      await page.getByRole('heading', { name: 'Select a provider' }).waitFor();
      // Now a source is needed.
      expect(await page.getByRole('link', { name: /^LINE Ads/ }).count()).toBe(0);
      await page.getByRole('link', { name: /^Lytics/ }).click();
      // It has one method, which is no choice.
      await page.getByLabel('Label').fill('CDP');
      await page.getByLabel('API Token').fill(lytics.token);
      await page.getByLabel('API Origin').fill(lytics.origin);
      lytics.addFault({ kind: 'status', status: 429, endpoint: 'segments' });
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await expect.poll(() => dropDown(page, 'Source').inputValue()).toBe('CDP');
      // Earlier input is still there.
      expect(await page.getByLabel('Label').inputValue()).toBe('Everybody');
    });

    test('an audience has its size, and its fields what they suggest', async () => {
      web.simulator.addFault({ kind: 'status', status: 500, endpoint: 'list' });
      lytics.addFault({ kind: 'reset', endpoint: 'fields' });
      await dropDown(page, 'Audience').click();
      const all = page.getByRole('option', { name: /^All members ?2,500 members$/ });
      await all.waitFor();
      await look(page, 'export-lytics-audiences');
      await all.click();
      await choose(page, 'Identifier Field', /^email ?Email/);
      await preview().getByText('valid members of 2,500 rows').waitFor({ timeout: 120_000 });
    }, 240_000);

    test('Complete: the run is shown live, through faults on both sides, to its result', async () => {
      for (const fault of [
        { kind: 'status', status: 500, nth: 4 },
        { kind: 'cut', nth: 8 },
        { kind: 'joined', members: 30, nth: 10 },
        { kind: 'expired', nth: 12 },
        { kind: 'repeated', members: 7, nth: 20 },
      ] as const) {
        lytics.addFault({ ...fault, endpoint: 'scan' });
      }
      for (const fault of [
        { kind: 'status', status: 429, nth: 1, endpoint: 'upload' },
        { kind: 'busy', nth: 2, endpoint: 'upload' },
        { kind: 'reset', when: 'after', fileName: '-1.txt' },
        { kind: 'job_stuck', nth: 2 },
        { kind: 'status', status: 502, when: 'after', fileName: '-3.txt' },
      ] as const) {
        web.simulator.addFault(fault);
      }
      // Slow until the page has shown that it reads.
      lytics.configure({ pageMs: 500 });
      await complete('Everybody');
      await page.getByRole('table').first().getByRole('link').first().click();
      await page.getByText(/[1-9][0-9,]* rows read, [1-9][0-9,]* valid members/).waitFor();
      await fits(page, 'run-reading');
      lytics.configure({ pageMs: 0 });
      await page.getByText('Chunk 2 of 3: LINE’s job: Processing (WORKING)').waitFor({ timeout: 120_000 });
      await fits(page, 'run-waiting');
      await (await web.heldJob()).release();
      await page.getByText('Ended: Succeeded.').waitFor({ timeout: 120_000 });
      await fits(page, 'run-lytics');

      const given = [...lytics.members('all_members', 'email')].map(({ email }) => String(email ?? ''));
      const wanted = new Set(given.filter(isAddress).map((value) => sha256(value.trim().toLowerCase())));
      expect(sent('Everybody')).toEqual([...wanted].sort());
      expect(web.simulator.state.violations).toEqual([]);
      await page.getByText(wanted.size.toLocaleString('en-US')).first().waitFor();
      await page.getByRole('link', { name: 'Go to job' }).click();
      await waitForStatus(page, 'Scheduled');
    }, 240_000);
  });

  describe('a bucket', () => {
    /** In Shift_JIS, with too few of its letters to be sure. */
    const daily = (day: number, members: number) => {
      const rows = Array.from({ length: members }, (_, n) => `m${n}@example.com;M\n`).join('');
      s3.put(
        'exports',
        `daily/members-2026-04-0${day}.csv.gz`,
        gzipSync(Buffer.from(`email;name\n${rows}sjis@example.com;\x8e\x52\x93\x63\n`, 'latin1')),
        Date.parse(`2026-04-0${day}T00:00:00Z`),
      );
    };

    test('is connected by keys, and a wrong one is told at once', async () => {
      daily(1, 29);
      daily(2, 39);
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

    test('lists its files, and gives the newest one that matches a pattern, read with the chosen options', async () => {
      await openExportForm(page, web);
      await choose(page, 'Source', 'Exports');
      const audience = dropDown(page, 'Audience');
      await audience.click();
      await page.getByRole('option', { name: /daily\/members-2026-04-01\.csv\.gz/ }).waitFor();
      await audience.fill('newest:s3://exports/daily/*.csv.gz');
      await audience.press('Tab');
      await preview().getByText('Choose its encoding').waitFor();
      await page.locator('details.fold', { hasText: 'File format' }).locator('summary').click();
      await choose(page, 'Encoding', /Shift_JIS/);
      await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
      await preview().getByText('valid members of 40 rows').waitFor();
      await fits(page, 'export-s3-newest');
      await complete('Newest');
      await waitForStatus(page, 'Scheduled');
      const expected = Array.from({ length: 39 }, (_, n) => sha256(`m${n}@example.com`));
      expect(sent('Newest')).toEqual([...expected, sha256('sjis@example.com')].sort());
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
      await page.getByRole('button', { name: 'Write a query instead' }).click();
      const query = page.getByRole('textbox', { name: 'Query' });
      await query.fill('SELECT email FROM crm.members LIMIT 200');
      await query.blur();
      await page.getByText(/list price/).waitFor();
      await expect.poll(() => dropDown(page, 'Identifier Field').inputValue()).toBe('email');
      await preview().getByRole('button', { name: 'Preview the query' }).click();
      await preview().getByText('valid members of 200 rows').waitFor();
      await fits(page, 'export-bigquery');
      await complete('Customers');
      await waitForStatus(page, 'Scheduled');
      expect(sent('Customers').length).toBeGreaterThan(150);
      expect(web.simulator.state.violations).toEqual([]);
    });
  });
});
