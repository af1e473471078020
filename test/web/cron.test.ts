/** A custom schedule in the browser: cron expressions, in words and with the next times, from the form to the page of the job. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { choose, dropDown, fillExport, openBlankForm, waitForStatus } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('a custom schedule', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', memberLines(12));
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const expression = (number: number) => page.getByLabel(`Cron expression ${number}`, { exact: true });
  /** The sentence or the words below an expression. */
  const below = (number: number, text: string | RegExp) =>
    page
      .locator('.mantine-InputWrapper-root', { has: expression(number) })
      .getByText(text)
      .waitFor();
  const nextRuns = () => page.getByText(/^Next runs:/);
  const configuration = async () =>
    (await web.service.jobs.list({ limit: 1 }, 'viewer')).items[0]!.configuration;

  test('Custom is the last choice, and begins with the schedule that was there', async () => {
    await openBlankForm(page, web);
    await fillExport(page, { label: 'Engineers', file: 'vip', audience: 'Engineers' });
    await choose(page, 'Run Frequency', 'Weekly');
    await choose(page, 'Day of Week', 'Friday');
    await dropDown(page, 'Run Frequency').click();
    const choices = page.getByRole('option');
    expect(await choices.allInnerTexts()).toEqual(['Daily', 'Weekly', 'Monthly', 'Custom']);
    await choices.last().click();
    expect(await expression(1).inputValue()).toBe('0 9 * * FRI');
    await below(1, 'At 09:00, only on Friday');
    expect(await page.getByLabel('Day of Week').or(page.getByLabel('Time of Day')).count()).toBe(0);
    await expect.poll(async () => (await nextRuns().textContent())?.match(/Fri, /g)?.length).toBe(5);
    await look(page, 'export-custom');
  });

  test('what is wrong is said at its expression, while it is typed', async () => {
    await expression(1).fill('0 25 * * *');
    await below(1, 'The second part is the hour: 0 to 23.');
    await expression(1).fill('*/5 * * * *');
    await below(1, 'This is too often. Leave at least 15 minutes between two times.');
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await expression(1).fill('30 6 * * MON-FRI');
    await below(1, 'At 06:30, Monday through Friday');
    await expression(2).fill('40 6 1 * *');
    await below(2, 'This comes less than 15 minutes before or after a time of another expression.');
    await look(page, 'export-custom-refused');
    const answer = page.waitForResponse((one) => one.url().endsWith('/api/v1/jobs'));
    await page.getByRole('button', { name: 'Complete' }).click();
    expect((await answer).status()).toBe(400);
    // An answer that is still on its way would be about what is typed next.
    await page.locator('button:not([data-loading])', { has: page.getByText('Complete') }).waitFor();
    await below(2, 'This comes less than 15 minutes before or after a time of another expression.');
    await expression(2).fill('0 12 L * *');
    await below(2, 'At 12:00, on the last day of the month');
  });

  test('an empty row is not sent, and the last row cannot be removed', async () => {
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await expression(3).fill('  ');
    await nextRuns().waitFor();
    await page.getByRole('button', { name: 'Remove cron expression 3' }).click();
    expect(await expression(3).count()).toBe(0);
    await page.reload();
    expect(await expression(2).inputValue()).toBe('0 12 L * *');
  });

  test('the job shows its expressions in words, and sleeps until the next of their times', async () => {
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Engineers', level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
    await page.getByText('30 6 * * MON-FRI', { exact: true }).waitFor();
    await page.getByText('At 06:30, Monday through Friday').waitFor();
    await page.getByText('At 12:00, on the last day of the month').waitFor();
    await look(page, 'job-custom');
    expect(await configuration()).toMatchObject({
      run_frequency: 'custom',
      cron_expressions: ['30 6 * * MON-FRI', '0 12 L * *'],
      day_of_week: null,
      time_of_day: null,
      timezone: 'Asia/Tokyo',
    });
    const [job] = (await web.service.jobs.list({ limit: 1 }, 'viewer')).items;
    expect(job!.next_run_at).toMatch(/T(21:30|03:00):00/);
  });

  test('an edit has the expressions, and can go back to a plain schedule', async () => {
    await page.getByRole('link', { name: 'Edit' }).click();
    expect(await expression(1).inputValue()).toBe('30 6 * * MON-FRI');
    await page.getByRole('button', { name: 'Remove cron expression 1' }).click();
    await below(1, 'At 12:00, on the last day of the month');
    await choose(page, 'Run Frequency', 'Daily');
    expect(await expression(1).count()).toBe(0);
    await choose(page, 'Run Frequency', 'Custom');
    expect(await expression(1).inputValue()).toBe('0 12 L * *');
    await choose(page, 'Run Frequency', 'Daily');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Engineers', level: 1 }).waitFor();
    expect(await configuration()).toMatchObject({ run_frequency: 'daily', cron_expressions: null });
  });

  test('a form without an expression asks for one', async () => {
    await openBlankForm(page, web);
    await choose(page, 'Run Frequency', 'Custom');
    await expression(1).fill('');
    await page.getByRole('button', { name: 'Complete' }).click();
    await below(1, 'Enter a cron expression.');
  });

  test.each([
    ['ja', 'cron式 1', '06:30、月曜日〜金曜日', '5つの項目を入力してください'],
    ['zh-TW', 'cron 運算式 1', '06:30、星期一至星期五', '請輸入五個欄位'],
    ['th', 'นิพจน์ cron 1', 'เวลา 06:30, วันจันทร์ ถึง วันศุกร์', 'โปรดเขียนห้าช่อง'],
    ['id', 'Ekspresi cron 1', 'Pukul 06:30, Senin sampai Jumat', 'Tulis lima bagian'],
  ])('in the language %s', async (language, label, words, refusal) => {
    await page.evaluate(`localStorage.setItem('lineup.language', '${language}')`);
    await page.reload();
    const field = page.getByLabel(label, { exact: true });
    await field.fill('30 6 * * MON-FRI');
    await page.getByText(words, { exact: true }).waitFor();
    await fits(page, `export-custom-${language}`);
    await field.fill('@daily');
    await page.getByText(refusal).waitFor();
  });
});
