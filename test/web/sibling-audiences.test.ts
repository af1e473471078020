/** One job for e-mail addresses, phone numbers and advertising IDs in the browser: its form, its preview, its page and its run. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { fillExport, openBlankForm, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

/** Everybody has an e-mail address, every second one a phone number, every fourth one an advertising ID. */
const members = [
  'email,phone,advertising_id',
  ...Array.from({ length: 80 }, (_, n) => {
    const two = String(n).padStart(2, '0');
    return [
      `member${n}@example.com`,
      n % 2 === 0 ? `+8190123456${two}` : '',
      n % 4 === 0 ? `123456${two}-0000-4000-8000-000000000000` : '',
    ].join(',');
  }),
];

describe('further identifiers', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', members);
    web.write('no-phones.csv', ['email,phone', 'member1@example.com,']);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const card = (number: number): Locator =>
    page.getByRole('group', { name: `Identifier ${number}`, exact: true });
  const input = (number: number, label: string) => card(number).getByLabel(label).first();
  const addAnother = () => page.getByRole('button', { name: 'Add another identifier' });
  const complete = () => page.getByRole('button', { name: 'Complete' });
  const atLine = () =>
    Object.fromEntries(web.simulator.inspect().audiences.map(({ name, members: count }) => [name, count]));

  test('are suggested below More options, and what is wrong is shown at its field', async () => {
    await openBlankForm(page, web);
    await fillExport(page, { label: 'VIP customers', file: 'vip', audience: 'VIP' });
    await page.getByText('More options').click();
    await addAnother().click();
    // The new card has the focus.
    await card(2).locator(':focus').waitFor();
    await expect.poll(() => input(2, 'Identifier Field').inputValue()).toBe('phone');
    expect(await input(2, 'Audience Name').inputValue()).toBe('VIP (phone)');
    await addAnother().click();
    await expect.poll(() => input(3, 'Identifier Field').inputValue()).toBe('advertising_id');
    await input(2, 'Audience Name').fill('VIP');
    await card(2).getByText('Two identifiers have the same audience.').waitFor();
    await complete().click();
    await card(2).getByText('Two identifiers have the same audience.').waitFor();
    await input(2, 'Audience Name').fill('VIP calls');
    await look(page, 'export-siblings');
    await page.getByText('More options').click();
    await page.getByText('More options · 2 further identifiers').waitFor();
  });

  test('have a preview each, and the form says how many members at least one of them reaches', async () => {
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview
      .getByText('80 of the first 80 members can be reached by at least one identifier.')
      .waitFor();
    for (const [name, valid] of [
      ['Email (email)', /^80$/],
      ['Phone Number (phone)', /^40$/],
      ['IFA (mobile advertising ID) (advertising_id)', /^20$/],
    ] as const) {
      const region = preview.getByRole('region', { name, exact: true });
      await region.getByRole('paragraph').filter({ hasText: valid }).waitFor();
    }
    await fits(page, 'preview-siblings');
  });

  test('become one audience each, which the page of the job shows', async () => {
    await complete().click();
    await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    await waitForStatus(page, 'Sleeping');
    for (const words of [
      /^Email email VIP \d+ 80/,
      /^Phone Number phone VIP calls \d+ 40/,
      /VIP \(ifa\) \d+ 20/,
    ])
      await page.getByRole('row', { name: words }).waitFor();
    expect(atLine()).toMatchObject({ VIP: 80, 'VIP calls': 40, 'VIP (ifa)': 20 });
    await look(page, 'job-siblings');
  });

  test('have results each on the page of the run, and a mark in lists', async () => {
    await page
      .getByRole('row', { name: /Succeeded/ })
      .getByRole('link')
      .click();
    await page.getByRole('heading', { name: 'Phone Number → VIP calls', exact: true }).waitFor();
    const sent = page.locator('section', {
      has: page.getByRole('heading', { name: 'Phone Number → VIP calls', exact: true }),
    });
    expect(await sent.getByText('40', { exact: true }).count()).toBeGreaterThan(0);
    for (const title of [
      'Email → VIP',
      'Phone Number → VIP calls',
      'IFA (mobile advertising ID) → VIP (ifa)',
    ])
      await page.getByRole('heading', { name: `Matching at LINE · ${title}`, exact: true }).waitFor();
    await page.getByText('VIP calls: LINE accepted chunk 1').waitFor();
    await look(page, 'run-siblings');
    for (const path of ['/', '/runs']) {
      await goTo(page, path);
      await page.getByRole('img', { name: /Further identifiers: Phone Number → VIP calls/ }).waitFor();
      await fits(page, `list-siblings${path.replace('/', '-')}`);
    }
  });

  test('keep their audiences in an edit: one is renamed, one is left', async () => {
    await goTo(page, '/');
    await page.getByRole('link', { name: 'VIP customers' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await card(2).getByLabel('Keep this audience').waitFor();
    await input(2, 'Audience Name').fill('VIP phones');
    await card(2).getByText('Saving renames “VIP calls” to “VIP phones” at LINE.').waitFor();
    await fits(page, 'edit-siblings');
    await page.getByRole('button', { name: 'Remove identifier 3' }).click();
    await addAnother().and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    await page.getByRole('row', { name: /^Phone Number phone VIP phones/ }).waitFor();
    expect(atLine()).toMatchObject({ VIP: 80, 'VIP phones': 40, 'VIP (ifa)': 20 });
    expect(atLine()).not.toHaveProperty('VIP calls');
  });

  test('are told when one of them has no valid member', async () => {
    await openBlankForm(page, web);
    await fillExport(page, { label: 'Nobody by phone', file: 'no-phones', audience: 'Nobody' });
    await page.getByText('More options').click();
    await addAnother().click();
    const preview = page.getByRole('complementary', { name: 'Preview' });
    const warning = 'At least one identifier has no valid member: nothing will be sent.';
    await preview.getByText(warning).waitFor();
    expect(await preview.getByText('No valid member: nothing will be sent.', { exact: true }).count()).toBe(
      0,
    );
    await complete().click();
    const dialog = page.getByRole('dialog', { name: warning });
    await dialog.getByText('no audience will change at LINE').waitFor();
  });
});
