/** Opens pages in a real Chromium and checks them. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Finding, unreadable } from './contrast.ts';
import { needs } from './skip.ts';

/** `scripts/ensure-browser.sh` installs one of them. */
const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const CHROMIUM = process.env.LINEUP_CHROMIUM ?? installed.find(existsSync) ?? installed[0]!;
/** The folder for pictures of every page. Without it, none are taken. */
const pictures = process.env.LINEUP_PICTURES;

export const needsBrowser = needs(existsSync(CHROMIUM), 'Chromium is not installed');

let running: Promise<Browser> | undefined;

/** The one Chromium of this process. The first file that needs it starts it, and it ends with the process. */
export function openBrowser(): Promise<Browser> {
  running ??= chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // The pages of tests are short-lived. Optimizing their code would cost V8 more than it saves. Compiling all
      // code without optimization costs less than interpreting it first.
      '--js-flags=--no-opt --no-maglev --always-sparkplug',
    ],
  });
  return running;
}

/** Closes all pages that a file has opened. The browser stays for the next file. */
export async function closeVisits(browser: Browser | undefined): Promise<void> {
  for (const context of browser?.contexts() ?? []) await context.close();
}

/** Without its names and comments, because every loaded page has to parse it. */
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** The content of all open pages, to find out why a test failed. */
export async function textOfPages(): Promise<string> {
  const pages = (await running)?.contexts().flatMap((context) => context.pages()) ?? [];
  const texts = pages.map(async (page) => {
    const text = await page.locator('body').ariaSnapshot({ timeout: 5_000 });
    return `${page.url()}\n${text.slice(0, 4_000)}\n`;
  });
  return (await Promise.allSettled(texts)).map((text) => (text.status === 'fulfilled' ? text.value : '')).join('\n');
}

const wide = { width: 1440, height: 900 };
/** The narrowest phone that the pages support. */
const narrow = { width: 360, height: 780 };

/** A person with a separate browser context. */
export async function visitor(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'Asia/Tokyo',
    viewport: wide,
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(30_000);
  return { context, page: await context.newPage() };
}

/** Navigates within the open app, as its links do. Resolves when the page is shown. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => {
    const { __TSR_ROUTER__: router } = globalThis as unknown as {
      __TSR_ROUTER__: { history: { push(path: string): void }; load(): Promise<void> };
    };
    router.history.push(to);
    await router.load();
  }, path);
}

const unnamed = ':not([aria-labelledby]):not([aria-label])';

/**
 * Checks the current page: axe finds no problem, all texts are readable in light and dark, and at 360 pixels the page
 * is not too wide. Needed once for each page and state. For a page that another test checks, `fits` is enough.
 * @param name of its pictures
 */
export async function look(page: Page, name: string): Promise<void> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  // A dialog gets its name from its title, a moment after it is shown.
  await expect.poll(() => page.locator(`[role="dialog"]:visible${unnamed}`).count(), { message: name }).toBe(0);
  expect.soft(textOf(await findings(page)), name).toEqual([]);
  await inEachScheme(page, name, async (scheme) => {
    expect.soft(textOf(await unreadable(page)), `${name}, ${scheme}`).toEqual([]);
  });
  await fitsPhone(page, name);
}

/** Checks that the page is not too wide at 360 pixels, for example with the longer words of another language. */
export async function fits(page: Page, name: string): Promise<void> {
  if (pictures) await inEachScheme(page, name, async () => {});
  await fitsPhone(page, name);
}

async function inEachScheme(page: Page, name: string, see: (scheme: 'light' | 'dark') => Promise<void>): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    if (scheme === 'dark') await show(page, scheme);
    await picture(page, name, scheme === 'light' ? 'wide' : 'dark');
    await see(scheme);
  }
  await show(page, 'light');
}

/**
 * As the app does it for people whose system is dark. Beside the colours, only the button for the other scheme would
 * change.
 */
const show = (page: Page, scheme: 'light' | 'dark'): Promise<void> =>
  page.evaluate(`document.documentElement.dataset.mantineColorScheme = '${scheme}'`);

async function fitsPhone(page: Page, name: string): Promise<void> {
  await page.setViewportSize(narrow);
  await picture(page, name, 'narrow');
  // An open menu moves some frames after the page. Until then it is outside the page.
  await expect
    .poll(() => page.evaluate('document.documentElement.scrollWidth'), { message: `${name}, narrow` })
    .toBeLessThanOrEqual(narrow.width);
  await page.setViewportSize(wide);
}

/** What axe finds, without the colours. */
async function findings(page: Page): Promise<readonly Finding[]> {
  // An open list or menu is at the end of the document, outside its landmarks. People reach it from its button.
  const open = '[role="listbox"]:visible, [role="menu"]:visible';
  const isOpen = (await page.locator(open).count()) > 0;
  const rules = { 'color-contrast': { enabled: false }, ...(isOpen && { region: { enabled: false } }) };
  return page.evaluate(
    `axe.run(document, ${JSON.stringify({
      resultTypes: ['violations'],
      selectors: false,
      preload: false,
      rules,
    })}).then((result) => result.violations)`,
  );
}

const textOf = (all: readonly Finding[]): string[] =>
  all.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );

async function picture(page: Page, name: string, kind: 'wide' | 'dark' | 'narrow'): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}-${kind}.png`), fullPage: true });
}
