/** Files as programs write them that know no UTF-8, in the browser: told, chosen, shown, and exported. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workbookOf } from '../sources/support/workbook.ts';
import { closeVisits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { held, members } from '../support/cli.ts';
import { comeIn, install } from '../support/installation.ts';
import { inEncoding } from '../support/legacy-text.ts';
import {
  choose,
  dropDown,
  forgetDrafts,
  openExportForm,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const COUNT = 60;
const { csv, hashes } = members(COUNT);
const [, ...emails] = csv
  .trim()
  .split('\n')
  .map((line) => line.split(',')[1]!);
const HEADER = ['会員番号', 'メールアドレス', '電話番号'];
const japanese = (delimiter: string, header = HEADER) =>
  [header, ...emails.map((email, n) => [String(n), email, '090-0000-0000'])]
    .map((row) => `${row.join(delimiter)}\r\n`)
    .join('');

describe('how a file is read', needsBrowser, () => {
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

  const openForm = async () => {
    await forgetDrafts(page, web);
    await openExportForm(page, web);
  };
  const upload = (name: string, buffer: Buffer) =>
    page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'text/csv', buffer });
  const openFile = async (name: string, content: Buffer) => {
    writeFileSync(join(web.members, name), content);
    const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
    await audience.fill(join(web.members, name));
    await audience.press('Tab');
  };
  const fold = () => page.locator('details.fold');
  const complete = async (label: string) => {
    await page.getByLabel('Label').fill(label);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill(label);
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: label, level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
    const made = web.simulator.inspect().audiences.find(({ name }) => name === label);
    return held(web.simulator, made!.id);
  };

  test('CSV of Excel in Japan is told by itself, shown, and sent as the same file in UTF-8', async () => {
    await openForm();
    await upload('会員.csv', inEncoding('shift_jis', japanese(',')));
    await fold().getByText('Shift_JIS · Comma (,) · With a header').waitFor();
    await fold().locator('summary').click();
    await fold().getByText('会員番号 · メールアドレス · 電話番号').waitFor();
    await fold().getByText('First values of メールアドレス, masked').waitFor();
    await fold().getByText('m***@e***.com').first().waitFor();
    expect(await fold().textContent()).not.toContain(emails[0]);
    await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
    await look(page, 'export-file-format');
    expect(await complete('From Excel')).toEqual(hashes);
  });

  test('one that cannot be told is asked for, and the choice is kept by the job and its runs', async () => {
    await openForm();
    const header = ['番号', 'メール', 'x'];
    await openFile('short.csv', inEncoding('euc-jp', japanese(';', header)));
    const encoding = fold().getByRole('combobox', { name: 'Encoding' });
    await fold()
      .getByText(/is not valid UTF-8 \(in its header\)\. Choose its encoding, or save the file as UTF-8\./)
      .waitFor();
    await look(page, 'export-file-format-unsure');
    await encoding.click();
    await page.getByRole('option', { name: /^ISO-2022-JP/ }).click();
    await fold()
      .getByText(/does not fit the encoding iso-2022-jp \(in its header\)/)
      .waitFor();
    await encoding.click();
    await page.getByRole('option', { name: 'EUC-JP · Japanese' }).click();
    await fold().getByText('番号 · メール · x').waitFor();
    await fold().getByText('EUC-JP · Semicolon (;) · With a header').waitFor();
    await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
    expect(await complete('Chosen')).toEqual(hashes);
    await page.getByText('EUC-JP', { exact: true }).waitFor();
    await page.goto(`${page.url()}/edit`);
    await fold().getByText('EUC-JP · Semicolon (;)').waitFor();
    await fold().locator('summary').click();
    expect(await encoding.inputValue()).toBe('EUC-JP · Japanese');
  });

  test('a header that is none is told at its choice', async () => {
    await openForm();
    await openFile('none.csv', Buffer.from(emails.map((email, n) => `${n},${email}\n`).join('')));
    await fold().getByText('UTF-8 · Comma (,) · No header').waitFor();
    await fold().locator('summary').click();
    await choose(page, 'Header', 'With a header');
    await fold()
      .getByText(/looks like a member, not like the names of columns/)
      .waitFor();
    await choose(page, 'Header', 'No header');
    await fold().getByText('column 1 · column 2').waitFor();
    await choose(page, 'Delimiter', 'Tab');
    await fold().getByText('column 1', { exact: true }).waitFor();
  });

  test('the fields below stay where they are while a file is read', async () => {
    await openForm();
    const read = Promise.withResolvers<void>();
    await page.route('**/api/v1/sources/fields?*', async (route) => {
      await read.promise;
      await route.continue();
    });
    await openFile('plain.csv', Buffer.from(csv));
    await fold().waitFor();
    const place = () => dropDown(page, 'Identifier Type').boundingBox();
    const before = await place();
    read.resolve();
    await fold().getByText('UTF-8 · Comma (,) · With a header').waitFor();
    expect(await place()).toEqual(before);
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('the sheet of a workbook is chosen from its sheets', async () => {
    const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
    const sheet = (values: readonly string[]) => values.map((one) => `<row>${cell(one)}</row>`).join('');
    const book = workbookOf({
      sheets: { 説明: sheet(['Lists', 'of 2026']), '名簿 1': sheet(['email', ...emails]) },
    });
    await openForm();
    await openFile('book.xlsx', book);
    await choose(page, 'Sheet', '名簿 1');
    await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
    const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
    expect(await audience.inputValue()).toBe(`${join(web.members, 'book.xlsx')}#名簿 1`);
    await look(page, 'export-sheet');
    await upload('book.xlsx', book);
    await page.getByRole('group', { name: 'Audience', exact: true }).getByText('book.xlsx').waitFor();
    await expect.poll(() => dropDown(page, 'Sheet').inputValue()).toBe('説明');
    await choose(page, 'Sheet', '名簿 1');
    await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
    expect(await complete('From a sheet')).toEqual(hashes);
  });
});
