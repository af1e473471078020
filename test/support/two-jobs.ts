/** Two jobs that have run once, and an administrator who looks at them in a browser. */
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';
import type { JobView } from '../../src/contracts/jobs.ts';
import { closeVisits, goTo, openBrowser } from './browser.ts';
import { addJob, comeIn, type Installation, install } from './installation.ts';
import { memberLines, startWeb, type Web } from './web.ts';

export interface TwoJobs {
  readonly web: Web;
  readonly installation: Installation;
  readonly context: BrowserContext;
  readonly page: Page;
  /** After each test. */
  readonly clean: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** *Gold* has 1,000 members. *Silver* has 20, in the audience *Spring*, and is the newer one. */
export async function openTwoJobs(): Promise<TwoJobs> {
  const web = await startWeb();
  web.write('members.csv', memberLines(1_000));
  web.write('guests.csv', memberLines(20));
  const installation = await install(web);
  await addJob(web, installation, { name: 'Gold', file: 'members.csv', audience: 'Gold' });
  await addJob(web, installation, { name: 'Silver', file: 'guests.csv', audience: 'Spring' });
  const browser: Browser = await openBrowser();
  const { context, page } = await comeIn(browser, web);
  return {
    web,
    installation,
    context,
    page,
    clean: async () => {
      await page.unrouteAll({ behavior: 'wait' });
      web.simulator.clearFaults();
    },
    close: async () => {
      await closeVisits(browser);
      await web.close();
    },
  };
}

/** Opens the page of a job from the list. */
export async function openJob(page: Page, name: string): Promise<void> {
  await goTo(page, '/jobs');
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** The names of the jobs in the list. */
export const listedJobs = (page: Page): Promise<string[]> => page.locator('tbody a.row-link').allTextContents();

/** A message in the corner of the page. */
export const toast = (page: Page, text: string | RegExp): Locator =>
  page.locator('.mantine-Notification-root').getByText(text).first();

/** Presses Ctrl+Z the moment that this message, with its undo, is on the page. */
export const pressUndoWith = (page: Page, text: string): Promise<unknown> =>
  page.evaluate(`new MutationObserver((_, observer) => {
    const toasts = [...document.querySelectorAll('.mantine-Notification-root')];
    const offersUndo = (toast) => toast.textContent.includes('${text}') && toast.querySelector('[aria-keyshortcuts]');
    if (!toasts.some(offersUndo)) return;
    observer.disconnect();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true }));
  }).observe(document.body, { childList: true, subtree: true })`);

export const colourOf = (button: Locator): Promise<string> =>
  button.evaluate((element) => element.getAttribute('data-variant') ?? 'filled');

/** Changes the answers of the server: to states that need a broken LINE or a long day. */
export async function showJobs(page: Page, change: (job: JobView) => Partial<JobView>): Promise<void> {
  const changed = (job: JobView) => ({ ...job, ...change(job) });
  const list = async (route: Route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, items: body.items.map(changed) } });
  };
  const alone = async (route: Route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: changed(await answer.json()) });
  };
  await page.route(/\/api\/v1\/jobs(\/rows)?(\?|$)/, list);
  await page.route(/\/api\/v1\/jobs\/job_\w+$/, alone);
}
