/** An audience that others made, in the browser: what it holds is shown before anything is saved, and it is never overwritten unasked. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { notJapanese } from '../support/language.ts';
import { admin, choose, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('an audience that others made', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let external: string;
  const uploads = () =>
    web.simulator.inspect().requests.filter(({ endpoint }) => endpoint === 'upload').length;
  const fill = async (label: string, audience: string) => {
    await openExportForm(page, web);
    await page.getByLabel('Label').fill(label);
    await choose(page, 'Audience', /few\.csv/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await choose(page, 'Audience (LINE side)', new RegExp(`^${audience}`));
  };
  beforeAll(async () => {
    web = await startWeb();
    web.write('few.csv', memberLines(10));
    external = web.simulator.addAudience({ name: 'External 60k', members: 57_207 });
    web.simulator.addAudience({ name: 'Silent', members: 40, jobs: [], estimatedAudienceSize: '-' });
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('the form shows old → new as soon as it is chosen, and that the guard would stop it', async () => {
    await fill('External', 'External 60k');
    await page.getByText('The audience holds about 57,207 members (LINE’s upload jobs).').waitFor();
    await page.getByText('57,207 → 10 (−99.98%)').waitFor();
    const stops = page.getByText('The guard stops this export before anything is sent: more than 50% of');
    await stops.waitFor();
    await look(page, 'export-shrinks');
    const limit = page.getByLabel('Stop when the audience shrinks by more than');
    await limit.fill('100');
    await stops.waitFor({ state: 'detached' });
    await limit.fill('50');
    await stops.waitFor();
    expect(uploads()).toBe(0);
  });

  test('completing it ends in a person’s decision, and the audience is as it was', async () => {
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'External', level: 1 }).waitFor();
    const alert = page.getByRole('alert');
    await alert.getByText('A guard stopped the export: the audience would shrink a lot').waitFor();
    await alert.getByText(/from about 57,207 members \(LINE’s upload jobs\) to 10, by 99\.9/).waitFor();
    await look(page, 'job-guard-first');
    expect(uploads()).toBe(0);
    expect(web.simulator.state.members(external).size).toBe(57_207);
    await page.getByRole('table').first().getByRole('link').first().click();
    await page.getByText('The audience holds about 57,207 members (LINE’s upload jobs).').waitFor();
    await page.getByRole('link', { name: 'Go to job' }).click();
  });

  test('a person lets it go once; from then on its own last run is what counts', async () => {
    await page.getByRole('button', { name: 'Run anyway' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run anyway' }).click();
    await page.getByRole('alert', { name: /^A guard stopped/ }).waitFor({ state: 'detached' });
    await expect.poll(() => web.simulator.state.members(external).size).toBe(10);
    await waitForStatus(page, 'Sleeping');
    await page.goto(`${page.url()}/edit`);
    await page.getByText(/^The audience holds 10 members \(last run, /).waitFor();
    await page.getByText('10 → 10').waitFor();
  });

  test('one of which nothing tells the size waits for a person too', async () => {
    await fill('Silent', 'Silent');
    await page.getByText('It is not known how many members the audience holds.').waitFor();
    await page.getByText('? → 10').waitFor();
    await page.getByText('it is not known how many members would leave. A person then decides.').waitFor();
    await look(page, 'export-unknown');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page
      .getByText('A guard stopped the export: it is not known how many members would leave')
      .waitFor();
    await page.getByRole('button', { name: 'Run anyway' }).waitFor();
    expect(uploads()).toBe(1);
  });

  test('all of it in Japanese', async () => {
    const { page: hers } = await comeIn(browser, web, { locale: 'ja-JP' });
    await hers.getByRole('link', { name: 'Silent' }).click();
    await hers
      .getByText('保護機能がエクスポートを停止しました：減少するメンバー数を確認できません')
      .waitFor();
    await look(hers, 'ja-job-guard-unknown');
    expect.soft(await notJapanese(hers, [admin.name, 'Silent', 'Main account', 'email'])).toEqual([]);
    await hers.goto(`${hers.url()}/edit`);
    await hers.getByText('このオーディエンスの現在のメンバー数は確認できません。').waitFor();
    await hers.getByText('? → 10').waitFor();
    await fits(hers, 'ja-export-unknown');
  });
});
