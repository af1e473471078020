/** The runs of all jobs: found, followed and stopped. Also LINE’s states in words. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { addJob, become, comeIn, type Installation, install } from '../support/installation.ts';
import { choose } from '../support/people-in-browser.ts';
import { at } from '../support/service.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const viewer = {
  name: 'Vic',
  email: 'vic@example.jp',
  password: 'another invented one',
  role: 'viewer',
} as const;

describe('runs', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  /** The job that is not deleted. */
  let kept = '';
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', memberLines(1_200));
    installation = await install(web);
    for (const name of ['Kept', 'Gone']) {
      const job = await addJob(web, installation, {
        name,
        file: 'members.csv',
        audience: `${name} audience`,
      });
      if (name === 'Kept') kept = job.id;
      else await web.service.jobs.delete(job.id, installation.administrator);
    }
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });
  beforeEach(() => web.simulator.clearFaults());

  /** Texts that are in several places. A screen shows only one of them. */
  const seen = (row: Locator, words: string) =>
    row.locator('.line-words:visible').filter({ hasText: new RegExp(`^${words}$`) });
  const openRuns = async (on = page) => {
    // A full load, because the app shows a recent list again for some seconds, without newer changes.
    await on.goto(`${web.url}/runs`);
    await on.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await on.getByRole('table').waitFor();
  };
  /** If nothing has changed since. */
  const goToRuns = async () => {
    await goTo(page, '/runs');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.getByRole('table').waitFor();
  };
  /** The names of the jobs of the shown runs, in order. */
  const shown = (on = page) => on.locator('tbody .row-link').allTextContents();

  test('the navigation has a link to all runs, newest first, including those of a deleted job', async () => {
    const entries = page.getByRole('navigation').getByRole('link');
    await expect.poll(async () => (await entries.allTextContents()).slice(0, 3)).toEqual(['Overview', 'Jobs', 'Runs']);
    await entries.filter({ hasText: 'Runs' }).click();
    // The page of jobs, which is closing, has a table, too.
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.getByRole('table').waitFor();
    expect(await shown()).toEqual(['Gone', 'Kept']);
    await page.getByText('deleted job · A1 · Gone audience').waitFor();
    await page.getByText('1–2 of 2').waitFor();
    await fits(page, 'runs');
  });

  test('a count that is older than a minute says from when it is', async () => {
    const path = /\/api\/v1\/runs\?(?!status)/;
    await page.route(path, async (route) => {
      const answer = await route.fetch();
      // A service counts very many runs only now and then.
      const list = { ...((await answer.json()) as object), at: at(5).toISOString(), counted_at: at(0).toISOString() };
      await route.fulfill({ response: answer, json: list });
    });
    await openRuns();
    await page.getByText(/^1–2 of 2 · as of \d\d:\d\d$/).waitFor();
    await fits(page, 'runs-as-of');
    await page.unroute(path);
    await openRuns();
    await page.getByText(/^1–2 of 2$/).waitFor();
  });

  test('runs can be filtered by status, job, ad account and time, and the address keeps the filter', async () => {
    await goToRuns();
    await choose(page, 'Job', 'Deleted jobs');
    await expect.poll(() => shown()).toEqual(['Gone']);
    expect(page.url()).toContain('job=deleted');
    await choose(page, 'Job', 'Kept');
    await expect.poll(() => shown()).toEqual(['Kept']);
    await choose(page, 'Status', 'Succeeded');
    await choose(page, 'Time', 'Last 24 hours');
    await page.getByLabel('Ad account ID').fill('A1');
    await page.waitForURL(/account=A1/);
    expect(page.url()).toMatch(/status=succeeded.*time=24h|time=24h.*status=succeeded/);
    await page.reload();
    await page.getByRole('table').waitFor();
    expect(await shown()).toEqual(['Kept']);
    expect(await page.getByLabel('Ad account ID').inputValue()).toBe('A1');
    await choose(page, 'Status', 'Failed');
    await page.getByRole('heading', { name: 'No matching runs' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => shown()).toEqual(['Gone', 'Kept']);
    await choose(page, 'Time', 'Choose dates');
    await page.getByLabel('To', { exact: true }).fill('2020-01-01');
    await page.getByRole('heading', { name: 'No matching runs' }).waitFor();
    await page.getByLabel('From').fill('2020-01-02');
    await page.getByText('The end must be after the start').waitFor();
    await page.getByLabel('Ad account ID').fill('A 1');
    await page.getByText('Enter the ad account’s ID: letters and digits').waitFor();
  });

  test('a whole row is a link for the mouse, with one tab stop', async () => {
    await goToRuns();
    // Without the filter from before.
    await expect.poll(() => shown()).toEqual(['Gone', 'Kept']);
    const row = page.getByRole('row').filter({ hasText: 'Kept' });
    const stops = await row.locator('a, button, [tabindex="0"]').count();
    expect(stops).toBe(1);
    const box = (await row.boundingBox())!;
    await page.mouse.click(box.x + box.width - 6, box.y + 6);
    await page.getByRole('heading', { name: 'Kept', level: 1 }).waitFor();
    await page.getByText('Succeeded', { exact: true }).waitFor();
  });

  test('pages have totals, and the list stays when what it loads later cannot be loaded', async () => {
    await page.clock.install();
    await page.route('**/api/v1/runs?*', async (route) => {
      const url = new URL(route.request().url());
      url.searchParams.set('limit', '1');
      await route.continue({ url: url.href });
    });
    const asked = page.waitForRequest('**/assets/later-*');
    await page.route('**/assets/later-*', (route) => route.abort());
    await openRuns();
    await page.getByText('1–1 of 2').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('2–2 of 2').waitFor();
    expect(await shown()).toEqual(['Kept']);
    await page.clock.fastForward(4_000);
    await (await asked).response();
    await page.getByRole('button', { name: 'First page' }).click();
    await page.getByText('1–1 of 2').waitFor();
    expect(await shown()).toEqual(['Gone']);
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a run in progress is shown live in the list, and can be stopped after the dialog says what LINE will hold', async () => {
    await openRuns();
    web.simulator.addFault({ kind: 'job_stuck' });
    await web.service.jobs.act(kept, 'run_now', installation.administrator);
    const held = await web.heldJob();
    const row = page.getByRole('row').filter({ hasText: 'Running' });
    // If no run is in progress, the list is loaded every 15 seconds.
    await page.clock.fastForward(15_000);
    await row.getByText('LINE processing').waitFor();
    await look(page, 'runs-going-on');
    await web.addPerson(viewer);
    const { page: theirs, context } = await visitor(browser, { hasTouch: true });
    await become(theirs, web, viewer);
    await goTo(theirs, '/runs');
    await theirs.getByText('LINE processing').waitFor();
    expect(await theirs.getByRole('button', { name: /Stop/ }).count()).toBe(0);
    // On a touchscreen an explanation opens, too.
    await theirs.setViewportSize({ width: 360, height: 780 });
    await goTo(theirs, (await row.getByRole('link').first().getAttribute('href')) ?? '');
    await theirs.getByRole('button', { name: 'Help: Chunks' }).tap();
    await theirs.getByText('LINE limits the size of a file').waitFor();
    await context.close();

    await row.getByRole('button', { name: 'Stop the run of Kept' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('LINE has accepted all 1,200 members').waitFor();
    await fits(page, 'runs-stop');
    await dialog.getByRole('button', { name: 'Keep running' }).click();
    expect(await row.count()).toBe(1);
    await row.getByRole('button', { name: 'Stop the run of Kept' }).click();
    await dialog.getByRole('button', { name: 'Stop run' }).click();
    await page.getByRole('row').filter({ hasText: 'Running' }).waitFor({ state: 'detached' });
    await page.getByRole('row').filter({ hasText: 'Stopped' }).waitFor();
    // It goes on from its own page.
    await goTo(
      page,
      (await page.getByRole('row').filter({ hasText: 'Stopped' }).getByRole('link').first().getAttribute('href')) ?? '',
    );
    await page.getByRole('button', { name: 'Continue' }).click();
    await held.release();
    await page.getByText('Succeeded', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
  }, 120_000);

  test('the page of a run shows the total and the time left, and can stop the run', async () => {
    // The numbers of a large run, without a large file. The page shows the answers of the service.
    const going = { uploaded: 200_000, unique: 238_709, mode: 'replace', status: 'running', ended_at: null };
    const progress = {
      stage: 'upload',
      chunk: 3,
      chunks: 3,
      bytesSent: 1_000_000,
      bytes: 2_516_085,
      rate: 8_200,
      left: { ms: 80_000, of: 'run' },
    };
    await goToRuns();
    await page.route(/\/api\/v1\/runs\/[^/?]+(\/events.*)?$/, async (route) => {
      if (route.request().url().includes('/events')) {
        const run = JSON.stringify({ type: 'progress', progress });
        return route.fulfill({
          contentType: 'text/event-stream',
          body: `retry: 600000\nevent: progress\ndata: ${run}\n\n`,
        });
      }
      const answer = await route.fetch();
      return route.fulfill({ json: { ...(await answer.json()), ...going, progress } });
    });
    await page.getByRole('link', { name: 'Kept' }).last().click();
    await page.getByText('200,000 of 238,709 members sent').waitFor();
    await page.getByText('8,200 members per second · About 2 min left').waitFor();
    await page.getByText('79%', { exact: true }).waitFor();
    await look(page, 'run-going-on');
    await page.getByRole('button', { name: 'Stop run' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('LINE will hold 200,000 of 238,709 members').waitFor();
    await fits(page, 'run-stop');
    await dialog.getByRole('button', { name: 'Keep running' }).click();
    // The page asks for the run until the dialog has closed.
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a lost connection is shown in the list and on a run’s page, and ends without a reload', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    const job = await web.service.jobs.act(kept, 'run_now', installation.administrator);
    const held = await web.heldJob();
    const second = await page.context().newPage();
    await second.goto(`${web.url}/runs/${job.last_run?.id}`);
    await second.getByText(/LINE’s job: (Waiting at LINE \(QUEUED\)|Processing \(WORKING\))/).waitFor();
    await openRuns();
    await page.getByRole('row').filter({ hasText: 'Running' }).waitFor();
    await web.stop();
    for (const tab of [page, second]) {
      await tab.getByText('Connection lost, trying again…').waitFor({ timeout: 20_000 });
    }
    expect(await shown()).toContain('Kept');
    await look(page, 'runs-lost');
    await fits(second, 'run-lost');
    await web.start();
    for (const tab of [page, second]) {
      await tab.getByText('Connection lost, trying again…').waitFor({ state: 'detached', timeout: 30_000 });
    }
    await held.release();
    await second.getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 });
    await second.close();
  }, 120_000);

  test('the log is complete also when another answer than the stream shows that the run has ended', async () => {
    web.simulator.addFault({ kind: 'job_stuck' });
    const { last_run } = await web.service.jobs.act(kept, 'run_now', installation.administrator);
    const held = await web.heldJob();
    // The page follows the run by asking again, as during a restart of the server.
    await page.route('**/runs/*/events*', (route) => route.fulfill({ status: 503 }));
    await goTo(page, `/runs/${last_run!.id}`);
    await page.locator('summary').click();
    await page.getByText(/^LINE accepted chunk 1/).waitFor();
    await held.release();
    await page.getByText('Ended: Succeeded.').waitFor();
    await page.unroute('**/runs/*/events*');
  });

  test('LINE’s constants are translated, with the constant beside them; unknown ones stay unchanged', async () => {
    await goToRuns();
    await page.getByRole('link', { name: 'Kept' }).last().click();
    const chunks = page.locator('section', { has: page.getByRole('heading', { name: 'Chunks' }) });
    await chunks.getByText('Finished FINISHED').waitFor();
    await chunks.getByText('Add members ADD').waitFor();
    await goTo(page, '/audiences?account=A1');
    const row = page.getByRole('row').filter({ hasText: 'Kept audience' });
    // In the list of audiences, the constants are in tooltips, and what all have in common is not a column.
    await row
      .getByTitle(/HASHED_EMAIL_UPLOAD/)
      .first()
      .waitFor({ state: 'attached' });
    await row.getByTitle('READY').first().waitFor({ state: 'attached' });
    await page.route('**/api/v1/custom-audiences?*', async (route) => {
      const answer = await (await route.fetch()).json();
      const items = answer.items.map((item: object) => ({ ...item, type: 'NEW_TYPE', status: 'NEW_STATUS' }));
      await route.fulfill({ json: { ...answer, items } });
    });
    // Another search, because the app keeps the answers of before for some seconds.
    await goTo(page, '/audiences?account=A1&search=Kept');
    await row.getByTitle('NEW_TYPE').first().waitFor({ state: 'attached' });
    await seen(row, 'NEW_STATUS').waitFor();
    await page.unroute('**/api/v1/custom-audiences?*');
  });

  test('chunks and the match rate have explanations, by keyboard', async () => {
    await goToRuns();
    await page.getByRole('link', { name: 'Kept' }).last().click();
    await page.getByText('Started by').waitFor();
    const help = page.getByRole('button', { name: 'Help: Chunks' });
    await help.focus();
    await page.keyboard.press('Enter');
    const text = page.getByText('LINE limits the size of a file');
    await text.waitFor();
    // The focus is in the text, so that it is read aloud, and returns later.
    await expect.poll(() => help.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(false);
    await page.keyboard.press('Escape');
    await text.waitFor({ state: 'detached' });
    await expect.poll(() => help.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await text.waitFor();
    await look(page, 'run-help');
  });

  test('no table leaves its card, at any width', async () => {
    await goToRuns();
    const pages = [
      '/runs',
      (await page.locator('tbody .row-link').last().getAttribute('href')) ?? '',
      '/audiences?account=A1',
    ];
    for (const path of pages) {
      await goTo(page, path);
      await page.getByRole('table').first().waitFor();
      for (const width of [360, 768, 900, 1024]) {
        await page.setViewportSize({ width, height: 900 });
        const out = await page.evaluate(`[...document.querySelectorAll('.card table')].map((table) => {
          const card = table.closest('.card');
          return Math.max(table.getBoundingClientRect().right - card.getBoundingClientRect().right, card.scrollWidth - card.clientWidth);
        }).filter((pixels) => pixels > 1)`);
        expect.soft([path, width, out]).toEqual([path, width, []]);
      }
    }
  });
});
