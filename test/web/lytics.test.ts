/** The whole flow with Lytics: an audience of 50 pages is exported to LINE Ads, with faults on both sides. */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, firstAdministrator } from '../support/installation.ts';
import { choose, dropDown, fillAuthorization, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const isAddress = (value: string): boolean => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value.trim());

describe('from Lytics to LINE Ads', needsBrowser, () => {
  let web: Web;
  let lytics: LyticsSimulator;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({}, { chunkRecords: 2_000 });
    lytics = await startLyticsSimulator({ members: 5_000 });
    const administrator = await firstAdministrator(web);
    const internal_hosts = [new URL(lytics.origin).host];
    await web.service.settings.write('network', { internal_hosts }, administrator);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
    await lytics?.close();
  });

  test('LINE Ads, Export Audiences, and both authorizations on the way', async () => {
    await page.getByRole('link', { name: 'New export' }).click();
    await page.getByRole('link', { name: 'LINE Ads' }).click();
    await page.getByRole('link', { name: 'Export Audiences' }).click();
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
    await page.getByRole('link', { name: /^Lytics API Token/ }).click();
    await page.getByLabel('Label').fill('CDP');
    await page.getByLabel('API Token').fill(lytics.token);
    await page.getByLabel('API Origin').fill(lytics.origin);
    lytics.addFault({ kind: 'status', status: 429, endpoint: 'segments' });
    await page.getByRole('button', { name: 'Save Authorization' }).click();
    await expect.poll(() => dropDown(page, 'Source').inputValue()).toBe('CDP');
    // Earlier input is still there.
    expect(await page.getByLabel('Label').inputValue()).toBe('Everybody');
  });

  test('an audience with its size, its field, the identifier and the schedule', async () => {
    web.simulator.addFault({ kind: 'status', status: 500, endpoint: 'list' });
    lytics.addFault({ kind: 'reset', endpoint: 'fields' });
    await dropDown(page, 'Audience').click();
    await page.getByRole('option', { name: /^All members ?5,000 members$/ }).waitFor();
    await look(page, 'export-lytics-audiences');
    await choose(page, 'Audience', /^All members/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill('Everybody in Lytics');
    await choose(page, 'Identifier Type', 'Email');
    await choose(page, 'Identifier Field', /^email ?string/);
    await choose(page, 'Run Frequency', 'Weekly');
    await choose(page, 'Day of Week', 'Tuesday');
    await choose(page, 'Time of Day', '06:30');
    await page.getByText(/^Next runs: Tue, .* 06:30 GMT\+9 · Tue, /).waitFor();
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('valid members of 5,000 rows').waitFor({ timeout: 120_000 });
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
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Everybody', level: 1 }).waitFor();
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
    const [audience] = web.simulator.inspect().audiences.filter(({ name }) => name === 'Everybody in Lytics');
    expect([...web.simulator.state.members(audience!.id)].sort()).toEqual([...wanted].sort());
    expect(web.simulator.state.violations).toEqual([]);
    await page.getByText(wanted.size.toLocaleString('en-US')).first().waitFor();
    await page.getByRole('link', { name: 'Go to job' }).click();
    await waitForStatus(page, 'Sleeping');
  }, 240_000);
});
