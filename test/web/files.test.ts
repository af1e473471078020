/**
 * Files as a source, in the browser: opened to exports, uploaded from a person’s computer, and written by other
 * programs.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { workbookOf } from '../sources/support/workbook.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { held, members } from '../support/cli.ts';
import { comeIn, install } from '../support/installation.ts';
import { inEncoding } from '../support/legacy-text.ts';
import { choose, dropDown, openBlankForm, openSection, waitForStatus } from '../support/people-in-browser.ts';
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

const fileOf = (text: string, name = 'vip.csv') => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(text),
});

describe('files', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({}, {}, { maxBytes: 200_000 });
    web.write('vip.csv', ['email', 'a@example.com']);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const openForm = () => openBlankForm(page, web);
  const complete = async (label: string) => {
    await page.getByLabel('Label').fill(label);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill(label);
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: label, level: 1 }).waitFor();
  };

  describe('in an open folder', () => {
    test('a URL can be chosen after an administrator has opened it', async () => {
      const server = await serveFiles((request, response) => sendFile(request, response, Buffer.from(csv)));
      await goTo(page, '/settings');
      await page.getByRole('button', { name: 'Add a URL' }).click();
      const url = page.getByLabel('URL 1', { exact: true });
      await url.fill(`${server.origin}/exports/`);
      const save = page.getByRole('form', { name: 'Files' }).getByRole('button', { name: 'Save' });
      await save.click();
      await page.getByText('Members must be transferred encrypted').waitFor();
      const inside = page.getByRole('form', { name: 'Hosts inside your network' });
      await inside.getByRole('textbox').fill('http://what.example/is this');
      await inside.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Enter a host, an address or a network').waitFor();
      await inside.getByRole('textbox').fill(`${server.host}\n10.0.0.0/8`);
      // The host must be saved before the URL, and the message about it goes as soon as it is typed.
      const saved = (section: string) =>
        page.waitForResponse((response) => response.url().endsWith(`/settings/${section}`) && response.ok());
      await Promise.all([saved('network'), inside.getByRole('button', { name: 'Save' }).click()]);
      await page.getByText('Enter a host, an address or a network').waitFor({ state: 'detached' });
      await Promise.all([saved('files'), save.click()]);
      await page.getByText('Members must be transferred encrypted').waitFor({ state: 'detached' });
      await page.getByText('The settings were saved.').first().waitFor();
      await look(page, 'settings-files');

      await openForm();
      const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
      await audience.fill(`${server.origin}/secret.csv`);
      await audience.press('Tab');
      await page.getByText(/is not open to exports\. Only URLs below/).waitFor();
      await audience.fill(`${server.origin}/exports/members.csv?sig=secret`);
      await audience.press('Tab');
      await page.getByText('Remove user names, passwords and everything after ?').waitFor();
      expect(server.requests).toEqual([]);
      await audience.fill(`${server.origin}/exports/members.csv`);
      await audience.press('Tab');
      await page.getByText('valid members of 60 rows, in 1 chunk').waitFor();
    });

    test('files are listed with their path in the folder, size and date; a pattern can be typed', async () => {
      await openForm();
      const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
      await audience.click();
      const option = page.getByRole('option', { name: /^vip\.csv/ });
      await option.waitFor();
      expect(await option.textContent()).toContain(`${web.members} · `);
      await look(page, 'export-files');
      await option.click();
      expect(await audience.inputValue()).toBe(`${web.members}/vip.csv`);
      await page.getByText('valid members of 1 row, in 1 chunk').waitFor();
      await audience.fill(`${web.members}/*.csv`);
      await audience.press('Enter');
      await page.getByText('valid members of 1 row, in 1 chunk').waitFor();
      await page.getByText('Enter a label.').waitFor({ state: 'detached' });
    });
  });

  describe('from a person’s own computer', () => {
    const send = (file: ReturnType<typeof fileOf>) => page.locator('input[type="file"]').setInputFiles(file);
    const chosen = () => page.getByRole('group', { name: 'Audience', exact: true });

    test('for a single run: a file is exported, and deleted afterwards', async () => {
      const { csv: text, hashes } = members(300);
      await openForm();
      await page.getByText('At most 200 kB.').waitFor();
      await openSection(page, 'Schedule');
      await page.getByLabel('Keep Updated').uncheck();
      await send(fileOf(text));
      await chosen().getByText('vip.csv').waitFor();
      expect(await page.getByLabel('Delete it').isChecked()).toBe(true);
      await page.getByText('valid members of 300 rows, in 1 chunk').waitFor();
      await complete('Once');
      await waitForStatus(page, 'Completed');
      const made = web.simulator.inspect().audiences.find(({ name }) => name === 'Once');
      expect(held(web.simulator, made!.id)).toEqual(hashes);
      await expect.poll(() => web.uploads()).toEqual([]);
      await page.reload();
      await page.locator('.facts').getByText('vip.csv (deleted)').waitFor();
      await goTo(page, `${new URL(page.url()).pathname}/edit`);
      await page.getByText('This file no longer exists').waitFor();
    });

    test('for a schedule: a file is dropped, kept after a reload, and a wrong policy is reported', async () => {
      await openForm();
      const data = await page.evaluateHandle(`(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([${JSON.stringify(members(40).csv)}], 'weekly.csv'));
        return transfer;
      })()`);
      const zone = page.getByRole('group', { name: 'Upload' });
      await zone.dispatchEvent('dragenter', { dataTransfer: data });
      await page.getByText('Drop the file to upload it.').waitFor();
      await zone.dispatchEvent('drop', { dataTransfer: data });
      await chosen().getByText('weekly.csv').waitFor();
      expect(await page.getByLabel('Keep it').isChecked()).toBe(true);

      await page.getByLabel('Delete it').check();
      await page.getByText('Keep Updated is on, so every run reads this file again.').waitFor();
      await page.reload();
      await page.getByText('Keep Updated is on, so every run reads this file again.').waitFor();
      await page.getByLabel('Keep it').check();
      await page.getByText('Keep Updated is on').waitFor({ state: 'detached' });
      await page.getByText('valid members of 40 rows, in 1 chunk').waitFor();
      await complete('Weekly list');
      await waitForStatus(page, 'Scheduled');
      await page.locator('.facts', { hasText: 'weekly.csv' }).first().waitFor();
    });

    test('earlier uploads can be used again, and an upload without a job can be deleted', async () => {
      await openForm();
      await send(fileOf('email\nspare@example.com\n', 'spare.csv'));
      await chosen().getByText('spare.csv').waitFor();
      await page.getByRole('button', { name: 'Choose another' }).click();
      // Sent once more, and never used: it is offered once.
      await send(fileOf('email\nspare@example.com\n', 'spare.csv'));
      await chosen().getByText('spare.csv').waitFor();
      await page.getByRole('button', { name: 'Choose another' }).click();
      const earlier = page.getByRole('region', { name: 'Uploaded before' });
      await earlier.getByText('Weekly list').waitFor();
      expect(await earlier.getByRole('button', { name: 'Delete weekly.csv' }).count()).toBe(0);
      await earlier.getByRole('button', { name: 'Delete spare.csv' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await earlier.getByText('spare.csv').waitFor({ state: 'detached' });
      await earlier.getByRole('button', { name: 'weekly.csv', exact: true }).click();
      await chosen().getByText('weekly.csv').waitFor();
      await page.getByText('valid members of 40 rows, in 1 chunk').waitFor();
    });

    test('a slow upload shows its progress and can be stopped; an error is shown at the file, which is deleted; a server that was away gets the same file again', async () => {
      await openForm();
      const before = web.uploads().length;
      let answer = (): void => {};
      const asked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route('**/api/v1/uploads?*', async (route) => {
        await asked;
        await route.continue().catch(() => {});
      });
      await send(fileOf(members(500).csv, 'slow.csv'));
      await page.getByRole('progressbar', { name: 'Upload of slow.csv' }).waitFor({ state: 'attached' });
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Or drop a file here.').waitFor();
      answer();
      await page.unroute('**/api/v1/uploads?*');
      // Outside the page, the toast of the test before may still be shown.
      expect(await page.getByRole('main').getByRole('alert').count()).toBe(0);
      expect(web.uploads().length).toBe(before);

      await send(fileOf('', 'empty.csv'));
      await page.getByText('This file is empty.').waitFor();
      await send(fileOf(`email\n${'x'.repeat(200_000)}\n`, 'large.csv'));
      await page.getByText('This file is 200 kB, but the maximum is 200 kB.').waitFor();
      await send(fileOf('PK\x03\x04 a workbook', 'members.xlsx'));
      await page.getByText(/cannot be read as an Excel workbook/).waitFor();
      await page.getByRole('region', { name: 'Uploaded before' }).getByText('Weekly list').waitFor();
      await look(page, 'export-upload-refused');

      const patient = fileOf(members(20).csv, 'patient.csv');
      await web.stop();
      await send(patient);
      await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).first().waitFor();
      await web.start();
      await send(patient);
      await chosen().getByText('patient.csv').waitFor();
      expect(web.uploads().length).toBe(before + 1);
    });
  });

  describe('from programs without UTF-8', () => {
    const upload = (name: string, buffer: Buffer) =>
      page.locator('input[type="file"]').setInputFiles({ name, mimeType: 'text/csv', buffer });
    const openFile = async (name: string, content: Buffer) => {
      writeFileSync(join(web.members, name), content);
      const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
      await audience.fill(join(web.members, name));
      await audience.press('Tab');
    };
    const fold = () => page.locator('details.fold', { hasText: 'File format' });
    const completeToLine = async (label: string) => {
      await complete(label);
      await waitForStatus(page, 'Scheduled');
      const made = web.simulator.inspect().audiences.find(({ name }) => name === label);
      return held(web.simulator, made!.id);
    };

    test('CSV of Excel in Japan is detected and shown', async () => {
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
    });

    test('if the encoding cannot be detected, the form asks, and the job and its runs keep the choice: LINE gets what it gets from UTF-8', async () => {
      await openForm();
      const header = ['番号', 'メール', 'x'];
      await openFile('short.csv', inEncoding('euc-jp', japanese(';', header)));
      const encoding = fold().getByRole('combobox', { name: 'Encoding' });
      await fold()
        .getByText(/is not valid UTF-8 \(in its header\)\. Choose its encoding, or save the file as UTF-8\./)
        .waitFor();
      await fits(page, 'export-file-format-unsure');
      await encoding.click();
      await page.getByRole('option', { name: /^ISO-2022-JP/ }).click();
      await fold()
        .getByText(/is not valid in the encoding iso-2022-jp \(in its header\)/)
        .waitFor();
      await encoding.click();
      await page.getByRole('option', { name: 'EUC-JP · Japanese' }).click();
      await fold().getByText('番号 · メール · x').waitFor();
      await fold().getByText('EUC-JP · Semicolon (;) · With a header').waitFor();
      await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
      expect(await completeToLine('Chosen')).toEqual(hashes);
      await page.getByText('EUC-JP', { exact: true }).waitFor();
      await goTo(page, `${new URL(page.url()).pathname}/edit`);
      await fold().getByText('EUC-JP · Semicolon (;)').waitFor();
      await fold().locator('summary').click();
      expect(await encoding.inputValue()).toBe('EUC-JP · Japanese');
    });

    test('a wrong header choice is reported at its field', async () => {
      await openForm();
      await openFile('none.csv', Buffer.from(emails.map((email, n) => `${n},${email}\n`).join('')));
      await fold().getByText('UTF-8 · Comma (,) · No header').waitFor();
      await fold().locator('summary').click();
      await choose(page, 'Header', 'With a header');
      await fold()
        .getByText(/looks like a member, not like column names/)
        .waitFor();
      await choose(page, 'Header', 'No header');
      await fold().getByText('column 1 · column 2').waitFor();
      await choose(page, 'Delimiter', 'Tab');
      await fold().getByText('column 1', { exact: true }).waitFor();
    });

    test('the fields below do not move while a file is read', async () => {
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

    test('the sheet of a workbook can be chosen from its sheets', async () => {
      const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
      const sheet = (values: readonly string[]) => values.map((value) => `<row>${cell(value)}</row>`).join('');
      const book = workbookOf({
        sheets: { 説明: sheet(['Lists', 'of 2026']), '名簿 1': sheet(['email', ...emails]) },
      });
      await openForm();
      await openFile('book.xlsx', book);
      await choose(page, 'Sheet', '名簿 1');
      await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
      const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
      expect(await audience.inputValue()).toBe(`${join(web.members, 'book.xlsx')}#名簿 1`);
      await fits(page, 'export-sheet');
      await upload('book.xlsx', book);
      await page.getByRole('group', { name: 'Audience', exact: true }).getByText('book.xlsx').waitFor();
      await expect.poll(() => dropDown(page, 'Sheet').inputValue()).toBe('説明');
      await choose(page, 'Sheet', '名簿 1');
      await page.getByText(`valid members of ${COUNT} rows, in 1 chunk`).waitFor();
    });
  });
});
