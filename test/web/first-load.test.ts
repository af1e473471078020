/** What a person with a slow connection and a slow processor waits for. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';
import { chunkNamed, manifest } from '../support/web-build.ts';

/** Before the first job can be read. The last one asks for the tags, at the moment in which the jobs appear. */
const REQUESTS = 13;

describe('the first load', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let context: BrowserContext;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', memberLines(20));
    installation = await install(web);
    await addJob(web, installation, { name: 'Gold', file: 'members.csv', audience: 'Gold' });
    browser = await openBrowser();
    ({ context } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('few requests come before the first job, and its data does not wait for the code of the page', async () => {
    const page = await context.newPage();
    // What the page loads after three quiet seconds is no part of it, however slow the machine is.
    await page.addInitScript(() => {
      const begin = globalThis.setTimeout;
      globalThis.setTimeout = ((work: () => void, ms = 0) => (ms < 3_000 ? begin(work, ms) : 0)) as typeof begin;
    });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    const code = `/${manifest[chunkNamed('lists')]!.file}`;
    const shared = `/${manifest[chunkNamed('shared')]!.file}`;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const path of [code, shared]) {
      await page.route(`**${path}`, async (route) => {
        await released;
        await route.continue();
      });
    }
    const rows = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/jobs/rows'));
    await page.goto(`${web.url}/jobs`, { waitUntil: 'commit' });
    // The frame can be used, and the rows are here, while the page has not arrived.
    await page.getByRole('link', { name: 'Notifications' }).waitFor();
    await rows;
    expect(await page.getByRole('link', { name: 'Gold' }).count()).toBe(0);
    release();
    await page.getByRole('link', { name: 'Gold' }).waitFor();
    expect(requests).toContain(code);
    expect(requests.length).toBeLessThanOrEqual(REQUESTS);
    expect(new Set(requests).size).toBe(requests.length);
    await page.close();
  });

  test('the overview is asked once for the days that the address names', async () => {
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname === '/api/v1/overview') asked.push(search);
    });
    for (const [address, days] of [
      ['/?time=7d', '7'],
      ['/', '30'],
    ] as const) {
      await page.goto(`${web.url}${address}`);
      await page.getByRole('button', { name: `${days} days`, pressed: true }).waitFor();
      expect(asked.splice(0)).toEqual([`?days=${days}`]);
    }
    await page.close();
  });

  test('a letter is in its field before the page is drawn again; whatever comes next finds it', async () => {
    const page = await context.newPage();
    await page.goto(`${web.url}/jobs`);
    const field = page.getByRole('search').locator('input').first();
    await page.getByRole('link', { name: 'Gold' }).waitFor();
    await field.focus();
    const isListed = `Boolean([...document.querySelectorAll('main a')].find((link) => link.textContent === 'Gold'))`;
    // As the browser does it: the text, then the event.
    const type = (text: string) => `
      const field = document.querySelector('[role=search] input');
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, ${JSON.stringify(text)});
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    `;
    const first = await page.evaluate(`(async () => {
      ${type('nobody')}
      await null;
      const before = ${isListed};
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift', bubbles: true }));
      return [before, ${isListed}];
    })()`);
    expect(first).toEqual([true, false]);
    await page.evaluate(`(() => { ${type('Gold')} })()`);
    // Without another event it is drawn after the next frame.
    await page.getByRole('link', { name: 'Gold' }).waitFor();
    await page.close();
  });
});
