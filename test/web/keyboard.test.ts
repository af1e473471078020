/** The main flow with a keyboard alone: the focus can always be seen, is never lost, and says where one is. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

describe('with a keyboard alone', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({ jobMs: 400 });
    web.write('vip.csv', ['email', ...Array.from({ length: 30 }, (_, n) => `member${n}@example.com`)]);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
    // Of the first steps, the first one is done.
    await page.getByRole('listitem').filter({ hasText: 'Connect LINE Ads' }).getByText('Done').waitFor();
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('the first key leads past the navigation', async () => {
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Connect a source');
  });

  test('each choice of a new export leads to the next, whose heading has the focus', async () => {
    await tabTo(page, /^New export$/);
    await page.keyboard.press('Enter');
    for (const choice of [/^LINE Ads/, /^Export Audiences/, /^Main account/]) {
      await page.getByRole('link', { name: choice }).waitFor();
      await expect.poll(() => focused(page)).toBe('New export');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
      await tabTo(page, choice);
      await page.keyboard.press('Enter');
    }
    await page.getByLabel('Label').waitFor();
    await expect.poll(() => focused(page)).toBe('New export');
  });

  test('the form is filled in, and completed', async () => {
    await tabTo(page, /^Label/);
    await page.keyboard.type('By keyboard');
    await tabTo(page, /^Audience \*$/);
    await page.keyboard.press('ArrowDown');
    await takeOption(page, /vip\.csv/);
    await tabTo(page, /^LINE Ads Account ID/);
    await page.keyboard.type('A1');
    await tabTo(page, /^Audience Name/);
    await page.keyboard.type('By keyboard');
    await tabTo(page, /^Run Frequency/);
    await page.keyboard.press('Enter');
    await takeOption(page, /^Weekly$/);
    await tabTo(page, /^Day of Week/);
    // What the preview found is said, not only shown.
    await page
      .getByRole('complementary', { name: 'Preview' })
      .getByRole('status')
      .getByText('valid members of 30 rows')
      .waitFor();
    await tabTo(page, /^Complete$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keyboard', level: 1 }).waitFor();
    await expect.poll(() => focused(page)).toBe('By keyboard');
    await waitForStatus(page, 'Sleeping');
  });

  test('menus and dialogs take the focus, and give it back to what opened them', async () => {
    const openFromMenu = async (item: string) => {
      await openMenu(page);
      await arrowTo(page, item);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await expect.poll(() => isWithin(page, 'dialog')).toBe(true);
    };
    for (const item of ['Terminate', 'Delete']) {
      await openFromMenu(item);
      // However long one goes on, the focus stays in the dialog.
      for (let press = 0; press < 8; press++) {
        await page.keyboard.press('Tab');
        expect(await isWithin(page, 'dialog')).toBe(true);
      }
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await expect.poll(() => focused(page)).toBe('More actions');
    }
    await openMenu(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('More actions');
  });

  test('a run says aloud how it goes on, without every number', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    await tabTo(page, /^Run now/);
    await page.keyboard.press('Enter');
    await waitForStatus(page, 'Running');
    const held = await web.heldJob();
    // The table shows the runs before until it has been asked for again.
    const [run] = (await web.service.runs.list({ limit: 1 })).items;
    await page.locator(`a.row-link[href="/runs/${run?.id}"]`).press('Enter');
    await page.getByRole('status').getByText('LINE processes', { exact: true }).waitFor();
    await held.release();
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor();
    // Its page came up with the focus on its heading, which is still there.
    expect(await focused(page)).toBe('By keyboard');
  });

  test('a confirmed deletion leads to the list, whose heading has the focus', async () => {
    await tabTo(page, /^Go to job$/);
    await page.keyboard.press('Enter');
    await waitForStatus(page, 'Sleeping');
    await openMenu(page);
    await arrowTo(page, 'Delete');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await expect.poll(() => isWithin(page, 'dialog')).toBe(true);
    await tabTo(page, /^Delete$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No export yet' }).waitFor();
    await expect.poll(() => focused(page)).toBe('Jobs');
  });

  test('on a telephone the navigation opens and closes behind its button', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await tabTo(page, /^Menu$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Authorizations$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Authorizations', level: 1 }).waitFor();
    await expect.poll(() => focused(page)).toBe('Authorizations');
    // Closed again, nothing of it can be reached.
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Menu');
  });
});

/** What has the focus, by the words that belong to it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const at = document.activeElement;
    const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
    return at === document.body ? '(nothing)' : label.trim();
  })()`);

const isWithin = (page: Page, role: 'dialog' | 'menu'): Promise<boolean> =>
  page.evaluate(`document.activeElement.closest('[role="${role}"]') !== null`);

async function openMenu(page: Page): Promise<void> {
  await tabTo(page, /^More actions$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => isWithin(page, 'menu')).toBe(true);
}

/** An outline, or a border that differs from those of its like. */
const isSeen = (page: Page): Promise<boolean> =>
  page.evaluate(`(() => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(at);
    if (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) return true;
    if (at.matches('input[type="checkbox"]')) return getComputedStyle(at.nextElementSibling).outlineStyle !== 'none';
    const resting = getComputedStyle(at.ownerDocument.documentElement).getPropertyValue('--lineup-border');
    return at.matches('input, textarea') && borderColor !== '' && borderColor !== resting;
  })()`);

/** Goes on with Tab until something of that name has the focus; everything on the way can be seen to have it. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const way: string[] = [];
  for (let press = 0; press < 60; press++) {
    const at = await focused(page);
    if (name.test(at)) return;
    await page.keyboard.press('Tab');
    way.push(await focused(page));
    if (way.at(-1) !== '(nothing)') expect(await isSeen(page), way.at(-1)).toBe(true);
  }
  throw new Error(`The focus never came to ${name}; it was on ${way.join(' | ')}`);
}

/** Goes down a list that is open until that option is marked, and takes it. */
async function takeOption(page: Page, name: RegExp): Promise<void> {
  const option = page.getByRole('option', { name });
  // Its entries may come from the server: of a list that was opened before they were there, none is marked.
  await option.waitFor();
  // Where in the list one is comes with a timer, behind keys that are pressed at once: it has run before one of ours has.
  await page.evaluate('new Promise((done) => setTimeout(done))');
  const marked = page.locator('[role="option"][data-combobox-selected]:visible');
  const isMarked = async () => (await option.and(marked).count()) > 0;
  for (let press = 0; press < 12 && !(await isMarked()); press++) await page.keyboard.press('ArrowDown');
  expect(await isMarked(), String(name)).toBe(true);
  await page.keyboard.press('Enter');
  await option.waitFor({ state: 'hidden' });
}

/** Goes down a menu that is open. */
async function arrowTo(page: Page, item: string): Promise<void> {
  for (let press = 0; press < 12; press++) {
    if ((await focused(page)) === item) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`The menu has no "${item}"`);
}
