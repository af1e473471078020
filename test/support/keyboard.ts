/** Moves the focus with the keys of a keyboard, and says where it is. On the way it is always visible. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The element with the focus, by its accessible text. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
  return at === document.body ? '(nothing)' : label.trim();
})()`;

export const focused = (page: Page): Promise<string> => page.evaluate(FOCUSED);

export const isWithin = (page: Page, role: 'dialog' | 'menu'): Promise<boolean> =>
  page.evaluate(`document.activeElement.closest('[role="${role}"]') !== null`);

export async function openMenu(page: Page): Promise<void> {
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
export async function tabTo(page: Page, name: RegExp): Promise<void> {
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
export async function takeOption(page: Page, name: RegExp): Promise<void> {
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
export async function arrowTo(page: Page, item: string): Promise<void> {
  for (let press = 0; press < 12; press++) {
    if ((await focused(page)) === item) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`The menu has no "${item}"`);
}
