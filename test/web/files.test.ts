/** Files as a source, in the browser: an administrator opens a folder and a URL, and an export is made from each. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { closeVisits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, goTo, install } from '../support/installation.ts';
import { openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const members = Buffer.from(
  `email\n${Array.from({ length: 60 }, (_, n) => `member${n}@example.com`).join('\n')}\n`,
);

describe('files', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', ['email', 'a@example.com']);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('an export from a URL, once an administrator has opened it', async () => {
    const server = await serveFiles((request, response) => sendFile(request, response, members));
    await goTo(page, '/settings');
    await page.getByRole('button', { name: 'Add a URL' }).click();
    const url = page.getByLabel('URL 1', { exact: true });
    await url.fill(`${server.origin}/exports/`);
    const save = page.getByRole('form', { name: 'Files' }).getByRole('button', { name: 'Save' });
    await save.click();
    await page.getByText('Members travel encrypted').waitFor();
    const inside = page.getByRole('form', { name: 'Hosts inside your network' });
    await inside.getByRole('textbox').fill('http://what.example/is this');
    await inside.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter a host, an address or a network').waitFor();
    await inside.getByRole('textbox').fill(`${server.host}\n10.0.0.0/8`);
    await inside.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Enter a host, an address or a network').waitFor({ state: 'detached' });
    await save.click();
    await page.getByText('Members travel encrypted').waitFor({ state: 'detached' });
    await page.getByText('The settings were saved.').first().waitFor();
    await look(page, 'settings-files');

    await openExportForm(page, web);
    const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
    await audience.fill(`${server.origin}/secret.csv`);
    await audience.press('Tab');
    await page.getByText(/may not be exported\. Open to exports is only what is below/).waitFor();
    await audience.fill(`${server.origin}/exports/members.csv?sig=secret`);
    await audience.press('Tab');
    await page.getByText('Leave user names, passwords and everything from ? on').waitFor();
    expect(server.requests).toEqual([]);
    await audience.fill(`${server.origin}/exports/members.csv`);
    await audience.press('Tab');
    await page.getByText('valid members of 60 rows, in 1 chunk').waitFor();
    await page.getByLabel('Label').fill('By URL');
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill('VIP by URL');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'By URL', level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
  });

  test('files are offered by their way from the folder, with size and date; a pattern is typed', async () => {
    await openExportForm(page, web);
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
