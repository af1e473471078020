/** The list of jobs: found, sorted, grouped, changed together, by mouse and by keyboard. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fits, goTo, look, needsBrowser } from '../support/browser.ts';
import type { Installation } from '../support/installation.ts';
import { focused } from '../support/keyboard.ts';
import { choose } from '../support/people-in-browser.ts';
import { listedJobs, openTwoJobs, type TwoJobs, toast } from '../support/two-jobs.ts';
import type { Web } from '../support/web.ts';

describe('the list of jobs', needsBrowser, () => {
  let on: TwoJobs;
  let web: Web;
  let context: BrowserContext;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    on = await openTwoJobs();
    ({ web, context, page, installation } = on);
  });
  afterEach(() => on.clean());
  afterAll(() => on?.close());
  const names = () => listedJobs(page);

  test('the filter has every condition and incomplete audiences, and stands in the address', async () => {
    await goTo(page, '/jobs');
    await page.getByRole('combobox', { name: 'Status' }).click();
    expect(await page.getByRole('option').allTextContents()).toEqual([
      'Running',
      'Scheduled',
      'Retrying',
      'Waiting',
      'Needs approval',
      'Paused',
      'Completed',
      'Failed',
      'Terminated',
      'Incomplete at LINE',
    ]);
    await page.getByRole('option', { name: 'Incomplete at LINE' }).click();
    await page.getByRole('heading', { name: 'No matching jobs' }).waitFor();
    await expect.poll(() => page.url()).toContain('condition=incomplete');
    await choose(page, 'Status', 'Scheduled');
    await expect.poll(names).toEqual(['Silver', 'Gold']);
    await expect.poll(() => page.url()).toContain('condition=scheduled');
  });

  test('one search field finds jobs; headers sort the list and show the order; the address keeps both', async () => {
    await goTo(page, '/jobs');
    await page.getByText('2 jobs', { exact: true }).waitFor();
    const search = page.getByLabel('Search jobs');
    await search.fill('spring');
    await expect.poll(names).toEqual(['Silver']);
    await search.fill('nothing at all');
    await page.getByRole('heading', { name: 'No matching jobs' }).waitFor();
    await expect.poll(() => page.url()).toContain('search=nothing');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(names).toEqual(['Silver', 'Gold']);
    await fits(page, 'jobs');
    const header = (name: string) => page.getByRole('columnheader', { name: new RegExp(`^${name}`) });
    await header('Job').getByRole('button').click();
    await expect.poll(names).toEqual(['Gold', 'Silver']);
    expect(await header('Job').getAttribute('aria-sort')).toBe('ascending');
    await header('Job').getByRole('button').click();
    await expect.poll(names).toEqual(['Silver', 'Gold']);
    await expect.poll(() => header('Job').getAttribute('aria-sort')).toBe('descending');
    await header('Last size').getByRole('button').click();
    await expect.poll(names).toEqual(['Gold', 'Silver']);
    await search.fill('l');
    await expect.poll(() => page.url()).toContain('search=l');
    await page.reload();
    await expect.poll(names).toEqual(['Gold', 'Silver']);
    expect(await header('Last size').getAttribute('aria-sort')).toBe('descending');
    expect(await search.inputValue()).toBe('l');
    await choose(page, 'Sort by', 'Name');
    await expect.poll(() => header('Job').getAttribute('aria-sort')).toBe('ascending');
    for (const name of ['Last run', 'Next run']) await header(name).getByRole('button').waitFor();
  });

  test('the whole row is a link to the job, has one tab stop, opens in a tab, and its text can be selected', async () => {
    await goTo(page, '/jobs');
    // Without the order from before.
    await expect.poll(names).toEqual(['Silver', 'Gold']);
    const row = page.getByRole('row', { name: /Gold/ });
    const cell = row.getByRole('cell').last();
    await page.getByRole('link', { name: 'Silver' }).focus();
    await page.keyboard.press('Tab');
    // Only the checkbox and the link of a row take the focus.
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Select Gold');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Gold');
    await page.keyboard.press('Tab');
    expect(await row.evaluate((element) => element.contains(element.ownerDocument.activeElement))).toBe(false);
    const [tab] = await Promise.all([context.waitForEvent('page'), cell.click({ button: 'middle' })]);
    await tab.waitForURL(/\/jobs\/job_\w+$/, { waitUntil: 'commit' });
    await tab.close();
    const name = await row.getByText('Files → A1').boundingBox();
    await page.mouse.move(name!.x + 2, name!.y + name!.height / 2);
    await page.mouse.down();
    await page.mouse.move(name!.x + 60, name!.y + name!.height / 2, { steps: 5 });
    await page.mouse.up();
    expect(String(await page.evaluate('getSelection().toString()')).length).toBeGreaterThan(2);
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
    await page.evaluate('getSelection().removeAllRanges()');
    await cell.click();
    await page.getByRole('heading', { name: 'Gold', level: 1 }).waitFor();
  });

  test('an action on several jobs is one request; refused jobs are named by their reasons, and stay selected', async () => {
    await goTo(page, '/jobs');
    await page.getByLabel('Select Gold').check();
    await page.getByText('1 selected').waitFor();
    await page.getByLabel('Select all 2').check();
    await page.getByText('2 selected').waitFor();
    await look(page, 'jobs-selected');
    // The last of the jobs is refused.
    const sent: { action: string | undefined; ids: readonly string[] }[] = [];
    await page.route(/\/api\/v1\/jobs\/bulk\/actions\/\w+$/, async (route) => {
      const { ids } = route.request().postDataJSON().jobs as { ids: readonly string[] };
      sent.push({ action: route.request().url().split('/').at(-1), ids });
      const error = { code: 'action_not_allowed', message: 'Only a running or scheduled job can be paused.' };
      const done = ids.slice(0, -1).map((id) => ({ type: 'job', id, outcome: 'done', error: null }));
      const refused = { type: 'job', id: ids.at(-1), outcome: 'refused', error };
      const events = [{ type: 'jobs', count: ids.length }, ...done, refused, { type: 'end' }];
      const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
      await route.fulfill({ contentType: 'text/event-stream', body });
    });
    const bar = page.getByRole('group', { name: 'Actions for the selected jobs' });
    await bar.getByRole('button', { name: 'Pause' }).click();
    const dialog = page.getByRole('dialog', { name: 'Paused: 1 job' });
    await dialog.getByText('Only a running or scheduled job can be paused.').waitFor();
    await dialog.getByText('Gold').waitFor();
    await look(page, 'jobs-refused');
    await page.keyboard.press('Escape');
    const ids = [expect.stringMatching(/^job_/), expect.stringMatching(/^job_/)];
    expect(sent).toEqual([{ action: 'pause', ids }]);
    await page.getByText('1 selected').waitFor();
    // Undone for the one that was paused; what is refused is named again.
    await page.locator('.mantine-Notification-root').getByRole('button', { name: 'Undo' }).click();
    const notUndone = page.getByRole('dialog', { name: 'Nothing was done' });
    await notUndone.getByText('Silver').waitFor();
    await toast(page, 'Not possible for 1 job.').waitFor();
    await page.keyboard.press('Escape');
    expect(sent[1]).toEqual({ action: 'resume', ids: sent[0]!.ids.slice(0, 1) });
    await page.getByLabel('Select Silver').uncheck();
    await page.getByLabel('Select Gold').check();
    await page.unrouteAll({ behavior: 'wait' });

    await bar.getByRole('button', { name: 'Tags' }).click();
    await page.getByRole('dialog').getByLabel('Add tags').fill('Autumn,');
    await look(page, 'jobs-bulk-tags');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await toast(page, 'Changed: 1 job').waitFor();
    await page.getByRole('row', { name: /Gold/ }).getByText('Autumn').waitFor();
    await bar.waitFor({ state: 'detached' });
  });

  test('pausing or resuming several jobs can be undone, of those that it has changed', async () => {
    const { jobs } = web.service;
    const [silver, gold] = (await jobs.list({ limit: 2 })).items;
    const conditions = async () => [(await jobs.get(silver!.id)).condition, (await jobs.get(gold!.id)).condition];
    await jobs.act(gold!.id, 'pause', installation.administrator);
    await goTo(page, '/jobs');
    const bar = page.getByRole('group', { name: 'Actions for the selected jobs' });
    const undo = (text: string) =>
      page.locator('.mantine-Notification-root').filter({ hasText: text }).getByRole('button', { name: 'Undo' });
    await page.getByLabel('Select all 2').check();
    await bar.getByRole('button', { name: 'Pause' }).click();
    await undo('Paused: 2 jobs').focus();
    expect(await conditions()).toEqual(['paused', 'paused']);
    await page.keyboard.press('Enter');
    await toast(page, 'Resumed: 1 job').waitFor();
    expect(await conditions()).toEqual(['scheduled', 'paused']);

    await page.getByLabel('Select all 2').check();
    await bar.getByRole('button', { name: 'Resume' }).click();
    await undo('Resumed: 2 jobs').waitFor();
    expect(await conditions()).toEqual(['scheduled', 'scheduled']);
    await page.keyboard.press('Control+z');
    await toast(page, 'Paused: 1 job').waitFor();
    expect(await conditions()).toEqual(['scheduled', 'paused']);
    await jobs.act(gold!.id, 'resume', installation.administrator);
  });

  test('keys move, select and search; groups fold; a view is kept by name, and the palette finds it', async () => {
    await goTo(page, '/jobs');
    await expect.poll(names).toEqual(['Silver', 'Gold']);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await expect.poll(() => focused(page)).toBe('Gold');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 selected').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    // In the field, letters are letters.
    await page.keyboard.type('jx');
    await page.getByRole('heading', { name: 'No matching jobs' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(names).toEqual(['Silver', 'Gold']);

    await choose(page, 'Groups', 'By tag');
    await page.getByRole('button', { name: 'Autumn 1' }).click();
    await expect.poll(names).toEqual(['Silver']);
    await expect.poll(() => page.url()).toContain('folded=');
    await look(page, 'jobs-grouped');
    await page.getByRole('button', { name: 'Saved searches' }).click();
    await page.getByRole('menuitem', { name: 'Save this search' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('By campaign');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'By campaign' }).waitFor();

    await goTo(page, '/runs');
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'A job, a page or an action' }).fill('campaign');
    await page.locator('[role="option"][data-combobox-selected]', { hasText: 'By campaign' }).waitFor();
    await look(page, 'palette');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Autumn 1', expanded: false }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByRole('switch').click();
    await look(page, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.evaluate('localStorage.clear()');
  });

  test('tables stay within their cards at every width', async () => {
    for (const address of ['/', '/jobs', new URL(page.url()).pathname]) {
      await goTo(page, address);
      await page.locator('.card > table tbody tr').first().waitFor();
      for (const width of [360, 768, 820, 912, 1024, 1180, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        const over = () =>
          page.evaluate(`Math.max(...[...document.querySelectorAll('.card:has(> table)')]
            .map((card) => card.scrollWidth - card.clientWidth))`);
        // The list of jobs has other columns as soon as it knows the width.
        await expect.poll(over, { message: `${address} at ${width}` }).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});
