/** One export that fills an audience for each value of a column, in the browser: from the form to its audiences. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newJob } from '../../src/contracts/jobs.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { choose, loadExportForm, openSection, sectionLine } from '../support/people-in-browser.ts';
import { aiko } from '../support/service.ts';
import { startWeb, type Web } from '../support/web.ts';

describe('many audiences from one export', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('one export fills an audience for each value of a column, from the form to their pages', async () => {
    const segments = ['gold', 'silver', 'bronze'];
    const rows = Array.from({ length: 45 }, (_, n) => `member${n}@example.com,${n < 43 ? segments[n % 3] : ''}`);
    web.write('segments.csv', ['email,segment', ...rows]);
    await loadExportForm(page, web);
    await page.getByLabel('Label').fill('Loyalty');
    await choose(page, 'Audience', /segments/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('One audience for each value of a column').check();
    // What it does not go with is out of the way, and says why.
    expect(await page.getByLabel('Audience Name').count()).toBe(0);
    await page.getByText('All audiences are new.').waitFor();
    await choose(page, 'Column That Names the Audience', 'segment');
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('3 audiences in the first 45 rows').waitFor();
    const lines = preview.getByRole('region', { name: 'Audiences' }).locator('.tally > div');
    expect(await lines.allInnerTexts().then((all) => all.map((line) => line.replace(/\s+/g, ' ')))).toEqual([
      'gold 15',
      'bronze 14',
      'silver 14',
      'Rows without a value, which go nowhere 2',
    ]);
    await page.getByText('For example: “Loyalty gold” (12 of 120 characters)').waitFor();
    const template = page.getByLabel('Name of Each Audience');
    await template.fill('VIP');
    await page.getByText('Write {value} where the name has the value').waitFor();
    await template.fill('VIP {value}');
    await page.getByLabel('Stop all audiences').check();
    await openSection(page, 'Safety');
    await look(page, 'many-audiences-form');
    await page.getByRole('button', { name: 'Complete' }).click();

    await page.getByRole('heading', { name: 'Loyalty' }).waitFor();
    const table = page.getByRole('table', { name: 'Audiences by value' });
    for (const segment of segments) await table.getByRole('link', { name: segment, exact: true }).waitFor();
    await expect
      .poll(() => table.getByText('Scheduled').filter({ visible: true }).count(), { timeout: 30_000 })
      .toBe(3);
    await page.getByText('3 audiences, each with a page').waitFor();
    const { audiences } = web.simulator.inspect();
    expect(
      audiences
        .filter(({ name }) => name.startsWith('VIP '))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(segments.map((segment) => `VIP ${segment}`).sort());
    await look(page, 'many-audiences-job');
    await page.locator('.table-card a[href^="/runs/"]').first().click();
    await page.getByText('Rows without a value').waitFor();
    await look(page, 'many-audiences-run');

    // A part has its own page, and does not show what its job decides.
    await page.goBack();
    await table.getByRole('link', { name: 'gold', exact: true }).click();
    await page.getByText('The audience of the value “gold”').waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByText('Source, identifiers and schedule of this audience').waitFor();
    expect(await page.getByLabel('Identifier Field').count()).toBe(0);
    expect(await sectionLine(page, 'Schedule').count()).toBe(0);
    await openSection(page, 'Safety');
    await page.getByLabel('Stop when the audience shrinks by more than').fill('20');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('20%').waitFor();

    // The list of jobs has one line for all of them.
    await goTo(page, '/jobs?search=Loyalty');
    await page.getByText('3 audiences', { exact: true }).waitFor();
    await page.getByText(/^1 job$/).waitFor();
  });

  test('a value that has vanished is told on its page and that of its job, and trouble comes first', async () => {
    const gold = Array.from({ length: 5 }, (_, n) => `member${n}@example.com,gold`);
    web.write('segments.csv', ['email,segment', ...gold]);
    const { items } = await web.service.jobs.list({ limit: 1, search: 'Loyalty' }, 'viewer');
    const { id, last_run: before } = items[0]!;
    // All are judged before one is filled: the audience of gold would shrink too much.
    await web.service.jobs.act(id, 'run_now', aiko);
    await expect.poll(async () => (await web.service.jobs.get(id)).last_run?.error?.code).toBe('parts_refused');
    const { configuration, revision } = await web.service.jobs.get(id);
    const split = { ...configuration.split!, on_refusal: 'one' as const };
    const change = newJob.shape.configuration.parse({ ...configuration, split });
    await web.service.jobs.change(id, revision, { configuration: change }, aiko);
    await web.service.jobs.act(id, 'run_now', aiko);
    const isNewer = async () => {
      const { last_run, parts } = await web.service.jobs.get(id);
      return last_run?.id !== before?.id && parts?.missing === 2;
    };
    await expect.poll(isNewer, { timeout: 30_000 }).toBe(true);
    await goTo(page, `/jobs/${id}`);
    await page.getByText('The values of 2 audiences were not in the last scan').waitFor();
    const rows = page.getByRole('table', { name: 'Audiences by value' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(3);
    expect(await rows.nth(0).textContent()).toContain('bronze');
    expect(await rows.nth(0).textContent()).toContain('Not in the last scan');
    await fits(page, 'many-audiences-vanished');
    await rows.nth(0).getByRole('link').click();
    await page.getByText('“bronze” was not in the last scan').waitFor();
  });
});
