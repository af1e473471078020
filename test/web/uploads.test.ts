/** A file from a person's own computer: uploaded in the form, exported, and deleted or kept as chosen. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { held, members } from '../support/cli.ts';
import { comeIn, install } from '../support/installation.ts';
import { forgetDrafts, openExportForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const csv = (text: string, name = 'vip.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

describe('uploads', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({}, {}, { maxBytes: 200_000 });
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  /** As somebody who has not begun one. */
  const openForm = async () => {
    await forgetDrafts(page, web);
    await openExportForm(page, web);
  };
  const choose = (file: ReturnType<typeof csv>) => page.locator('input[type="file"]').setInputFiles(file);
  const chosen = () => page.getByRole('group', { name: 'Audience', exact: true });
  const complete = async (label: string) => {
    await page.getByLabel('Label').fill(label);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill(label);
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: label, level: 1 }).waitFor();
  };

  test('for a single run: exported, and deleted afterwards', async () => {
    const { csv: text, hashes } = members(300);
    await openForm();
    await page.getByText('At most 200 kB.').waitFor();
    await page.getByLabel('Keep Updated').uncheck();
    await choose(csv(text));
    await chosen().getByText('vip.csv').waitFor();
    expect(await page.getByLabel('Delete it').isChecked()).toBe(true);
    await page.getByText('valid members of 300 rows, in 1 chunk').waitFor();
    await look(page, 'export-upload');
    await complete('Once');
    await waitForStatus(page, 'Completed');
    const made = web.simulator.inspect().audiences.find(({ name }) => name === 'Once');
    expect(held(web.simulator, made!.id)).toEqual(hashes);
    await expect
      .poll(async () => {
        await page.reload();
        return page.locator('.facts', { hasText: 'vip.csv' }).first().textContent();
      })
      .toContain('vip.csv (deleted)');
    await page.goto(`${page.url()}/edit`);
    await page.getByText('This file is not here any more').waitFor();
  });

  test('for a schedule: dropped, kept over a reload, and another policy is told to be none', async () => {
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
    await page.getByText('Keep Updated is on: every run reads this file again.').waitFor();
    await page.reload();
    await page.getByText('Keep Updated is on: every run reads this file again.').waitFor();
    await page.getByLabel('Keep it').check();
    await page.getByText('Keep Updated is on').waitFor({ state: 'detached' });
    await page.getByText('valid members of 40 rows, in 1 chunk').waitFor();
    await complete('Weekly list');
    await waitForStatus(page, 'Sleeping');
    await page.locator('.facts', { hasText: 'weekly.csv' }).first().waitFor();
  });

  test('files that were uploaded before are taken once more; one that no job uses can be deleted', async () => {
    await openForm();
    await choose(csv('email\nspare@example.com\n', 'spare.csv'));
    await chosen().getByText('spare.csv').waitFor();
    await page.getByRole('button', { name: 'Choose another' }).click();
    const earlier = page.getByRole('region', { name: 'Uploaded before' });
    await earlier.getByText('Weekly list').waitFor();
    expect(await earlier.getByRole('button', { name: 'Delete weekly.csv' }).count()).toBe(0);
    await look(page, 'export-uploads');
    await earlier.getByRole('button', { name: 'Delete spare.csv' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await earlier.getByText('spare.csv').waitFor({ state: 'detached' });
    await earlier.getByRole('button', { name: 'weekly.csv', exact: true }).click();
    await chosen().getByText('weekly.csv').waitFor();
    await page.getByText('valid members of 40 rows, in 1 chunk').waitFor();
  });

  test('what cannot be exported is told at the file, and nothing is kept of it', async () => {
    await openForm();
    const before = web.uploads().length;
    await choose(csv('', 'empty.csv'));
    await page.getByText('This file is empty.').waitFor();
    await choose(csv(`email\n${'x'.repeat(200_000)}\n`, 'large.csv'));
    await page.getByText('This file has 200 kB; at most 200 kB can be uploaded.').waitFor();
    await choose(csv('PK\x03\x04 a workbook', 'members.xlsx'));
    await page.getByText(/cannot be read as an Excel workbook/).waitFor();
    await look(page, 'export-upload-refused');
    await choose(csv('email\na@example.com\n', 'fine.csv'));
    await chosen().getByText('fine.csv').waitFor();
    expect(web.uploads().length).toBe(before + 1);
  });

  test('an upload that is taking long shows how far it is, and can be stopped', async () => {
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
    await choose(csv(members(500).csv, 'slow.csv'));
    await page.getByRole('progressbar', { name: 'Upload of slow.csv' }).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Or drop a file here.').waitFor();
    answer();
    await page.unroute('**/api/v1/uploads?*');
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(web.uploads().length).toBe(before);
  });

  test('a server that is away is told, and the same file is sent again when it is back', async () => {
    await openForm();
    await web.stop();
    await choose(csv(members(20).csv, 'patient.csv'));
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).first().waitFor();
    await web.start();
    await choose(csv(members(20).csv, 'patient.csv'));
    await chosen().getByText('patient.csv').waitFor();
  });
});
