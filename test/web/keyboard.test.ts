/** The main flow with only the keyboard. The focus is always visible, is never lost, and shows the position. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

describe('with only the keyboard', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({ jobMs: 400 });
    web.write('vip.csv', ['email', ...Array.from({ length: 30 }, (_, n) => `member${n}@example.com`)]);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
    // The first of the first steps is done.
    await page.getByRole('listitem').filter({ hasText: 'Connect LINE Ads' }).getByText('Done').waitFor();
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('the first key skips the navigation', async () => {
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Connect a source');
  });

  test('each choice of a new export opens the next page, and its heading has the focus', async () => {
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

  test('the form can be filled in and completed', async () => {
    await tabTo(page, /^Label/);
    await page.keyboard.type('Keys');
    await tabTo(page, /^Audience \*$/);
    await page.keyboard.press('ArrowDown');
    await takeOption(page, /vip\.csv/);
    await tabTo(page, /^LINE Ads Account ID/);
    await page.keyboard.type('A1');
    await tabTo(page, /^Audience Name/);
    await page.keyboard.type('Keys');
    await tabTo(page, /^Run Frequency/);
    await page.keyboard.press('Enter');
    await takeOption(page, /^Weekly$/);
    await tabTo(page, /^Day of Week/);
    // The result of the preview is announced, not only shown.
    await page
      .getByRole('complementary', { name: 'Preview' })
      .getByRole('status')
      .getByText('valid members of 30 rows')
      .waitFor();
    await tabTo(page, /^Complete$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await expect.poll(() => focused(page)).toBe('Keys');
    await waitForStatus(page, 'Sleeping');
  });

  test('menus and dialogs take the focus, and return it to their button', async () => {
    const openFromMenu = async (item: string) => {
      await openMenu(page);
      await arrowTo(page, item);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await expect.poll(() => isWithin(page, 'dialog')).toBe(true);
    };
    for (const item of ['Terminate', 'Delete']) {
      await openFromMenu(item);
      // However often Tab is pressed, the focus stays in the dialog.
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

  test('a run announces its progress, without every number', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    await tabTo(page, /^Run now/);
    await page.keyboard.press('Enter');
    await waitForStatus(page, 'Running');
    const held = await web.heldJob();
    // The table shows the earlier runs until it is loaded again.
    const [run] = (await web.service.runs.list({ limit: 1 })).items;
    await page.locator(`a.row-link[href="/runs/${run?.id}"]`).press('Enter');
    await page.getByRole('status').getByText('LINE processing', { exact: true }).waitFor();
    await held.release();
    await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor();
    // Its page opened with the focus on the heading, and it is still there.
    expect(await focused(page)).toBe('Keys');
  });

  test('a confirmed deletion opens the list, whose heading has the focus', async () => {
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

  test('on a phone the navigation opens and closes with its button', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await tabTo(page, /^Menu$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Authorizations$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Authorizations', level: 1 }).waitFor();
    await expect.poll(() => focused(page)).toBe('Authorizations');
    // When it is closed, nothing in it can get the focus.
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Menu');
  });
});

/** The element with the focus, by its accessible text. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
  return at === document.body ? '(nothing)' : label.trim();
})()`;

const focused = (page: Page): Promise<string> => page.evaluate(FOCUSED);

const isWithin = (page: Page, role: 'dialog' | 'menu'): Promise<boolean> =>
  page.evaluate(`document.activeElement.closest('[role="${role}"]') !== null`);

async function openMenu(page: Page): Promise<void> {
  await tabTo(page, /^More actions$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => isWithin(page, 'menu')).toBe(true);
}

/** An outline, or a border that differs from similar elements. */
const SEEN = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(at);
  if (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) return true;
  if (at.matches('input[type="checkbox"]')) return getComputedStyle(at.nextElementSibling).outlineStyle !== 'none';
  const resting = getComputedStyle(at.ownerDocument.documentElement).getPropertyValue('--lineup-border');
  return at.matches('input, textarea') && borderColor !== '' && borderColor !== resting;
})()`;

/** Presses Tab until an element with that name has the focus. On the way the focus is always visible. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const way = [await focused(page)];
  for (let press = 0; press < 60; press++) {
    if (name.test(way.at(-1)!)) return;
    await page.keyboard.press('Tab');
    const [at, isSeen] = (await page.evaluate(`[${FOCUSED}, ${SEEN}]`)) as [string, boolean];
    way.push(at);
    if (at !== '(nothing)') expect(isSeen, at).toBe(true);
  }
  throw new Error(`${name} did not get the focus. The focus was on ${way.join(' | ')}`);
}

/** Presses Down in an open list until that option is marked, and selects it. */
async function takeOption(page: Page, name: RegExp): Promise<void> {
  const option = page.getByRole('option', { name });
  // Its options may come from the server. If a list is opened before they arrive, no option is marked.
  await option.waitFor();
  // The list updates its position with a timer, after keys that are pressed at once. It has run before one of our
  // timers has.
  await page.evaluate('new Promise((done) => setTimeout(done))');
  const marked = page.locator('[role="option"][data-combobox-selected]:visible');
  const isMarked = async () => (await option.and(marked).count()) > 0;
  for (let press = 0; press < 12 && !(await isMarked()); press++) await page.keyboard.press('ArrowDown');
  expect(await isMarked(), String(name)).toBe(true);
  await page.keyboard.press('Enter');
  await option.waitFor({ state: 'hidden' });
}

/** Presses Down in an open menu. */
async function arrowTo(page: Page, item: string): Promise<void> {
  for (let press = 0; press < 12; press++) {
    if ((await focused(page)) === item) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`The menu has no "${item}"`);
}
