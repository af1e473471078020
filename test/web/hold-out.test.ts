/** A hold-out group in the browser, from the folded end of the form to the page of the job. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { fillExport, openBlankForm } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('a hold-out group', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', memberLines(60));
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const share = () => page.getByLabel('Share of the members');
  const experiment = () => page.getByRole('textbox', { name: 'Experiment' });
  const saved = async () =>
    (await web.service.jobs.list({ limit: 1 }, 'viewer')).items[0]!.configuration.hold_out;

  test('is folded, suggests a name, and says what is wrong at its field', async () => {
    await openBlankForm(page, web);
    await fillExport(page, { label: 'VIP spring', file: 'vip', audience: 'VIP' });
    const fold = page.getByText('More options');
    await fold.waitFor();
    expect(await share().count()).toBe(0);
    await fold.click();
    await share().fill('10');
    expect(await experiment().inputValue()).toBe('vip-spring');
    await experiment().fill('spring sale');
    await page.getByText('Use only Latin letters').waitFor();
    await page.reload();
    // What was typed is kept, and the fold is open.
    expect(await experiment().inputValue()).toBe('spring sale');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByText('Use only Latin letters').waitFor();
    expect(await experiment().evaluate('document.activeElement?.value')).toBe('spring sale');
    await look(page, 'export-hold-out');
    // What is wrong stays in sight.
    await page.getByText('More options').click();
    expect(await experiment().isVisible()).toBe(true);
    await experiment().fill('spring-sale');
    await page.getByText('More options').click();
    await page.getByText('More options · 10% held out').waitFor();
  });

  test('is shown on the page of the job, and an edit opens the fold', async () => {
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByText('10% of the members, experiment spring-sale').waitFor();
    expect(await saved()).toEqual({ share: 10, experiment: 'spring-sale' });
    // Who was held out is among the skipped values of the run.
    const run = page.getByRole('row', { name: /Succeeded/ });
    await run.waitFor();
    const [sent, skipped] = (await run.locator('td.numbers').allTextContents()).map(Number);
    expect(skipped).toBeGreaterThan(0);
    expect(sent! + skipped!).toBe(60);
    await page.getByRole('link', { name: 'Edit' }).click();
    expect(await share().inputValue()).toBe('10');
    await experiment().fill('');
    await share().fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'VIP spring', level: 1 }).waitFor();
    expect(await saved()).toBeNull();
  });

  test.each([
    ['ja', 'その他の設定'],
    ['zh-TW', '更多選項'],
    ['th', 'ตัวเลือกเพิ่มเติม'],
    ['id', 'Opsi lainnya'],
  ])('fits in the language %s', async (language, label) => {
    await openBlankForm(page, web);
    await page.evaluate(`localStorage.setItem('lineup.language', '${language}')`);
    await page.reload();
    await page.getByText(label).click();
    await fits(page, `export-hold-out-${language}`);
    await page.evaluate(`localStorage.setItem('lineup.language', 'en')`);
    await page.reload();
  });
});
