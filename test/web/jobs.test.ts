/** Jobs in the list and on their pages: their state, their actions, and that nothing happens by accident. */
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobHistory } from '../../src/contracts/job-history.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, comeIn, type Installation, install } from '../support/installation.ts';
import { focused } from '../support/keyboard.ts';
import { choose, waitForStatus } from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

/** The texts of the list that end at an edge without "…". */
const cutWithoutDots = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('.jobs-table tbody td')].flatMap((cell) => {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const cut = [];
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const { right, width } = range.getBoundingClientRect();
      if (width === 0) continue;
      for (let at = texts.currentNode.parentElement; at !== cell.parentElement; at = at.parentElement) {
        const { overflowX, textOverflow, display } = getComputedStyle(at);
        if (overflowX === 'visible' || right <= at.getBoundingClientRect().right + 1) continue;
        if (textOverflow !== 'ellipsis' || display.endsWith('flex') || display.endsWith('grid')) cut.push(range.toString());
        break;
      }
    }
    return cut;
  })`) as Promise<string[]>;

/** What a person can approve of a job with two audiences, after the day in which its members were kept. */
const twoAudiences: JobView['approval'] = {
  run_id: '20260302-000000-aaaaaa',
  judged_at: '2026-03-02T00:00:00.000Z',
  sends: 'new_scan',
  kept_until: '2026-03-03T00:00:00.000Z',
  message: 'The members were kept for a day, so the source is read again.',
  audiences: [
    {
      delivery: 1,
      identifierType: 'email',
      field: 'email',
      audienceId: '5343822743475',
      audienceName: 'VIP',
      before: { size: 2_000, basis: 'upload_jobs', runId: null, at: null },
      after: 900,
      reasons: [
        {
          code: 'audience_shrinks',
          measured: 0.55,
          limit: 0.5,
          message: 'The audience would shrink from 2,000 to 900.',
        },
        {
          code: 'skipped_share_exceeded',
          measured: 0.032,
          limit: 0.02,
          message: 'Skipped values: 30 of 930.',
        },
      ],
    },
    {
      delivery: 2,
      identifierType: 'phone',
      field: 'tel',
      audienceId: '5343822743476',
      audienceName: 'VIP phones',
      before: { size: null, basis: 'unknown', runId: null, at: null },
      after: 12,
      reasons: [{ code: 'audience_size_unknown', measured: null, limit: 0.5, message: 'Its size is unknown.' }],
    },
  ],
};

describe('jobs', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', memberLines(1_000));
    web.write('guests.csv', memberLines(20));
    installation = await install(web);
    await addJob(web, installation, { name: 'Gold', file: 'members.csv', audience: 'Gold' });
    await addJob(web, installation, { name: 'Silver', file: 'guests.csv', audience: 'Spring' });
    browser = await openBrowser();
    ({ context, page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  afterEach(async () => {
    await page.unrouteAll({ behavior: 'wait' });
    web.simulator.clearFaults();
  });

  const open = async (name: string) => {
    await goTo(page, '/jobs');
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  };
  const toast = (text: string | RegExp) => page.locator('.mantine-Notification-root').getByText(text).first();
  const names = () => page.locator('tbody a.row-link').allTextContents();

  /** The server’s jobs, with states that need a broken LINE or a long day. */
  const showing = async (change: (job: JobView) => Partial<JobView>) => {
    const changed = (job: JobView) => ({ ...job, ...change(job) });
    const list = async (route: Route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      await route.fulfill({ response: answer, json: { ...body, items: body.items.map(changed) } });
    };
    const answer = async (route: Route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: changed(await answer.json()) });
    };
    await page.route(/\/api\/v1\/jobs(\/rows)?(\?|$)/, list);
    await page.route(/\/api\/v1\/jobs\/job_\w+$/, answer);
  };

  test('a job that this version cannot read whole is marked in the list and on its page', async () => {
    await showing(({ name }) => (name === 'Gold' ? { damaged: ['configuration.two_people'] } : {}));
    await goTo(page, '/jobs');
    const row = page.getByRole('row').filter({ hasText: 'Gold' });
    await row.getByText('Damaged', { exact: true }).waitFor();
    expect(await page.getByText('Damaged', { exact: true }).count()).toBe(1);
    await open('Gold');
    await page.getByRole('alert').filter({ hasText: 'configuration.two_people' }).waitFor();
  });

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

  test('a retrying job shows its next try and the reason; an incomplete audience shows what LINE holds and how to complete it', async () => {
    await showing(({ name, last_run }) =>
      name === 'Gold'
        ? {
            condition: 'retrying',
            error: { code: 'line_unavailable', message: 'LINE answered 503.', reason: null },
            error_count: 2,
            next_run_at: new Date(Date.now() + 3.5 * 60_000).toISOString(),
          }
        : {
            incomplete_at_line: { run_id: last_run?.id ?? '', sent: 200_000, total: 238_709 },
            open_alerts: 2,
            // Stopped by the guard, which the status of the job does not say.
            error: { code: 'audience_shrinks', message: 'From 20 to 2.', reason: null },
            last_run: { ...last_run!, status: 'failed', at: new Date(Date.now() - 59 * 60_000).toISOString() } as never,
            tags: ['a tag of many words', 'another'],
            actions: ['continue' as 'resume', 'run_now', 'pause', 'terminate'],
          },
    );
    await page.goto(`${web.url}/jobs`);
    const row = page.getByRole('row', { name: /Gold/ });
    await row.getByText('Retrying, 3rd try in 4 min: LINE has a problem').waitFor();
    expect(await row.getByText('Scheduled').count()).toBe(0);
    const incomplete = page.getByRole('row', { name: /Silver/ });
    await incomplete.getByText('Incomplete at LINE').waitFor();
    await incomplete.getByRole('cell', { name: '200,000 of 238,709' }).waitFor();
    expect(await incomplete.getByText('20', { exact: true }).count()).toBe(0);
    await look(page, 'jobs-retrying-incomplete');
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await expect.poll(() => cutWithoutDots(page), { message: `at ${width}` }).toEqual([]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await row.getByRole('link').click();
    await page.locator('.facts').getByText('Retrying, 3rd try in 4 min: LINE has a problem').waitFor();
    await page.getByText(/2 attempts failed\. Next attempt: .*in 3 minutes/).waitFor();
    await page.getByText('The job tries again automatically.').waitFor();
    await look(page, 'job-retrying');

    await goTo(page, '/jobs');
    await page.getByRole('link', { name: 'Silver' }).click();
    const panel = page.getByRole('region', { name: 'Incomplete at LINE' });
    await panel.getByText('LINE holds 200,000 of 238,709 members.').waitFor();
    await panel.getByText(/^Since /).waitFor();
    await panel.getByText('“Continue” sends the rest of the same members.').waitFor();
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(1);
    await look(page, 'job-incomplete');
    const actions = page.getByRole('group', { name: 'Actions for this job' });
    expect(await colourOf(actions.getByRole('button', { name: 'Continue' }))).toBe('filled');
    expect(await colourOf(actions.getByRole('button', { name: 'Run now' }))).toBe('default');
    const asked = page.waitForRequest(/\/actions\/continue$/);
    await actions.getByRole('button', { name: 'Continue' }).click();
    await asked;
  });

  test('a waiting job, and one that needs approval, say what happens next', async () => {
    await showing(({ name }) =>
      name === 'Gold'
        ? {
            condition: 'waiting',
            waits_for: 'key',
            error: { code: 'line_unauthorized', message: 'LINE answered 401.', reason: null },
          }
        : {
            condition: 'needs_approval',
            error: { code: 'audience_shrinks', message: 'From 20 to 2.', reason: null },
            actions: ['run_now', 'run_anyway', 'restart', 'terminate'],
            approval: twoAudiences,
          },
    );
    await page.goto(`${web.url}/jobs`);
    await page.getByRole('row', { name: /Gold/ }).getByText('Waiting', { exact: true }).waitFor();
    await page
      .getByRole('row', { name: /Silver/ })
      .getByText('Needs approval')
      .waitFor();
    await page.getByRole('link', { name: 'Gold' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('It starts automatically when the problem is solved').waitFor();
    await alert.getByRole('link', { name: 'Go to the authorization' }).waitFor();
    await fits(page, 'job-waiting');
    await goTo(page, '/jobs');
    await page.getByRole('link', { name: 'Silver' }).click();
    await page.getByRole('heading', { name: 'Silver', level: 1 }).waitFor();
    await page.getByRole('heading', { name: 'Check this list before it is sent' }).waitFor();
    await fits(page, 'job-needs-approval');

    // Every audience and every reason. Sending comes last, with its number, and is not the loudest button.
    const card = page.getByRole('region', { name: 'Check this list before it is sent' });
    const region = card.getByRole('group', { name: 'VIP', exact: true });
    await region.getByText('2,000 → 900 (−55%)').waitFor();
    expect(await region.getByRole('listitem').allTextContents()).toEqual([
      '1,100 of 2,000 members would be removed (55%). The limit is 50%.',
      '3.2% of the values were skipped. The alert rule allows 2%.',
    ]);
    await card.getByRole('group', { name: 'VIP phones' }).getByText('? → 12').waitFor();
    const ways = card.getByRole('list', { name: 'Ways to go on' });
    expect(await ways.getByRole('heading').allTextContents()).toEqual([
      '1. Look at the source',
      '2. Wait for the next run',
      '3. Send this list anyway',
    ]);
    await ways.getByText(/guests\.csv.*email/).waitFor();
    const send = ways.getByRole('button', { name: 'Send 912 identifiers to 2 audiences' });
    expect(await colourOf(send)).toBe('default');
    expect(await page.getByRole('button', { name: 'Run anyway' }).count()).toBe(0);

    // When something else is true now, nothing is approved.
    await send.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('so the source is read again').waitFor();
    await look(page, 'job-approval-two');
    await dialog.getByRole('button', { name: 'Send 912 identifiers to 2 audiences' }).click();
    await dialog.getByText('The job has run again since you looked at it, so nothing was approved.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    // A message about an earlier run leads here, too, and nobody takes the numbers for those of that run.
    const address = new URL(page.url()).pathname;
    await goTo(page, `${address}?stopped=${twoAudiences!.run_id}`);
    await card.waitFor();
    expect(await page.getByText('The job has run again since that message').count()).toBe(0);
    await page.setViewportSize({ width: 390, height: 844 });
    await goTo(page, `${address}?stopped=20260301-000000-aaaaaa`);
    await page.getByText('The job has run again since that message').waitFor();
    await fits(page, 'job-approval-phone');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.unrouteAll({ behavior: 'wait' });
    await page.reload();
    await page.getByText('The run of that message no longer waits for approval').waitFor();
    expect(await card.count()).toBe(0);
  });

  const colourOf = (button: ReturnType<Page['getByRole']>) =>
    button.evaluate((element) => element.getAttribute('data-variant') ?? 'filled');

  test('Run now has an explanation, keeps its position during a run, and a double click does not stop the run; stopping says what LINE will hold', async () => {
    await open('Gold');
    web.simulator.addFault({ kind: 'job_stuck' });
    const runNow = page.getByRole('button', { name: 'Run now' });
    await runNow.hover();
    await page.getByRole('tooltip').getByText('Reads the source now').waitFor();
    const description = await runNow.evaluate(
      (button) => button.ownerDocument.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent,
    );
    expect(description).toContain('The schedule does not change.');
    const before = await runNow.boundingBox();
    await page.mouse.dblclick(before!.x + before!.width / 2, before!.y + before!.height / 2);
    await toast('Run started.').waitFor();
    const held = await web.heldJob();
    await waitForStatus(page, 'Running');
    // It shows what goes on, here and in the list, without a reload.
    const goingOn = page.getByRole('region', { name: 'Run in progress' });
    await goingOn.getByText('LINE processing').waitFor();
    await goingOn.getByRole('progressbar').waitFor();
    expect(await runNow.boundingBox()).toEqual(before);
    expect(await runNow.getAttribute('aria-disabled')).toBe('true');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.mouse.dblclick(before!.x + before!.width / 2, before!.y + before!.height / 2);
    const stop = page.getByRole('button', { name: 'Stop run' });
    expect(await colourOf(stop)).toBe('default');
    await look(page, 'job-running');
    await goTo(page, '/jobs');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('row', { name: /Gold/ }).getByRole('progressbar').waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
    await open('Gold');

    await stop.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('LINE has accepted all 1,000 members and is still processing them.').waitFor();
    await dialog.getByText(/^The next scheduled run starts on .* and sends all members\.$/).waitFor();
    await look(page, 'job-stop');
    await dialog.getByRole('button', { name: 'Keep running' }).click();
    await waitForStatus(page, 'Running');

    // As if it were a larger run, and LINE accepted one chunk after the other.
    let sent = 100_000;
    await page.route(/\/api\/v1\/runs\/[^/?]+$/, async (route) => {
      const answer = await route.fetch();
      const progress = { stage: 'upload', chunk: 3, chunks: 3, bytesSent: 1, bytes: 2 };
      const json = { ...(await answer.json()), uploaded: sent, unique: 238_709, progress };
      await route.fulfill({ response: answer, json });
    });
    await page.route(/\/api\/v1\/runs\/[^/?]+\/report$/, async (route) => {
      const answer = await route.fetch();
      const chunks = [100_000, 100_000, 38_709].map((records, n) => ({ index: n + 1, records }));
      await route.fulfill({ status: 200, json: { ...(await answer.json()), chunks } });
    });
    await stop.click();
    await dialog.getByText('LINE will hold 100,000 of 238,709 members until the audience is complete.').waitFor();
    sent = 200_000;
    await dialog.getByText('LINE will hold 200,000 of 238,709 members until the audience is complete.').waitFor();
    await dialog.getByText('Chunk 3 is being sent now. If LINE accepts it, LINE will hold 238,709').waitFor();
    await fits(page, 'job-stop-part');
    await page.unrouteAll({ behavior: 'wait' });
    await dialog.getByRole('button', { name: 'Stop run' }).click();
    await toast('The run was stopped.').waitFor();
    // The job and its run say the same at any moment.
    const said = new Set<string>();
    const both = `['.facts .status', '.table-card tbody .status']
      .map((place) => document.querySelector(place)?.textContent).join(' / ')`;
    await expect
      .poll(async () => {
        const now = String(await page.evaluate(both));
        said.add(now);
        return now;
      })
      .toBe('Scheduled / Stopped');
    expect(['Stopping… / Stopping…', 'Scheduled / Stopped']).toEqual(expect.arrayContaining([...said]));
    await held.release();
  });

  test('every action has a message: pause, resume, restart; Edit is beside the name', async () => {
    await open('Silver');
    const edit = page.getByRole('link', { name: 'Edit' });
    expect(await edit.getAttribute('href')).toBe(`${new URL(page.url()).pathname}/edit`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await toast(/^Paused:/).waitFor();
    await waitForStatus(page, 'Paused');
    await fits(page, 'job-paused');
    const runNow = page.getByRole('button', { name: 'Run now' });
    expect(await runNow.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Resume' }).click();
    await toast('Resumed.').waitFor();
    await waitForStatus(page, 'Scheduled');
    // Undone by the button, and again by its key. A refusal says that it was not undone.
    const undo = page.locator('.mantine-Notification-root').filter({ hasText: 'Resumed.' }).getByRole('button');
    await undo.filter({ hasText: 'Undo' }).click();
    await toast('Undone.').waitFor();
    await waitForStatus(page, 'Paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await waitForStatus(page, 'Scheduled');
    await undo.filter({ hasText: 'Undo' }).waitFor();
    await page.route(/\/actions\/pause$/, (route) => route.abort());
    await page.keyboard.press('Control+z');
    await toast('This was not undone').waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Restart' }).click();
    await toast('Restarted: a new run has started.').waitFor();
    await page.getByRole('table').first().getByText('A restart').waitFor();
    await waitForStatus(page, 'Scheduled');
  });

  test('tags can be edited on a job, and found by search and filter', async () => {
    await open('Silver');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit tags' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('combobox', { name: 'Tags' })
      .or(dialog.getByRole('textbox', { name: 'Tags' }))
      .first()
      .fill('Summer sale,');
    await page.keyboard.type('VIP');
    await page.keyboard.press('Enter');
    await look(page, 'job-tags');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await toast('The tags were saved.').waitFor();
    await page.locator('.facts').getByText('Summer sale').waitFor();
    const saved = page.locator('.mantine-Notification-root').filter({ hasText: 'The tags were saved.' });
    await saved.getByRole('button', { name: 'Undo' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.facts').getByText('Summer sale').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit tags' }).click();
    await dialog.getByLabel('Tags').last().fill('Summer sale');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.locator('.facts').getByText('Summer sale').waitFor();
    await goTo(page, '/jobs');
    await choose(page, 'Tag', 'Summer sale');
    await expect.poll(names).toEqual(['Silver']);
    await page.getByText('1 job', { exact: true }).waitFor();
    await fits(page, 'jobs-tag');
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
    await toast('Not possible for 1 job.').waitFor();
    await page.keyboard.press('Escape');
    expect(sent[1]).toEqual({ action: 'resume', ids: sent[0]!.ids.slice(0, 1) });
    await page.getByLabel('Select Silver').uncheck();
    await page.getByLabel('Select Gold').check();
    await page.unrouteAll({ behavior: 'wait' });

    await bar.getByRole('button', { name: 'Tags' }).click();
    await page.getByRole('dialog').getByLabel('Add tags').fill('Autumn,');
    await look(page, 'jobs-bulk-tags');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await toast('Changed: 1 job').waitFor();
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
    await toast('Resumed: 1 job').waitFor();
    expect(await conditions()).toEqual(['scheduled', 'paused']);

    await page.getByLabel('Select all 2').check();
    await bar.getByRole('button', { name: 'Resume' }).click();
    await undo('Resumed: 2 jobs').waitFor();
    expect(await conditions()).toEqual(['scheduled', 'scheduled']);
    await page.keyboard.press('Control+z');
    await toast('Paused: 1 job').waitFor();
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

  test('charts keep their place until they are drawn, and have the values of the API by pointer, keyboard and table', async () => {
    await open('Gold');
    // The library arrives late.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/\/assets\/charts-.*\.js$/, async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    const members = page.getByRole('region', { name: 'Members', exact: true });
    const below = page.getByRole('columnheader', { name: 'Started', exact: true });
    await below.waitFor();
    await members.waitFor();
    const before = [await members.boundingBox(), await below.boundingBox()];
    release();
    const plot = members.getByRole('slider', { name: 'Members' });
    await plot.waitFor();
    expect([await members.boundingBox(), await below.boundingBox()]).toEqual(before);
    await page.unroute(/\/assets\/charts-.*\.js$/);

    const values = members.locator('.chart-values');
    await plot.hover();
    await values.getByText('1,000').waitFor();
    await page.mouse.move(0, 0);
    await values.waitFor({ state: 'detached' });
    await plot.focus();
    await page.keyboard.press('Home');
    await values.getByText('1,000').waitFor();
    expect(await plot.getAttribute('aria-valuetext')).toMatch(/^\w+ \d+, .*Skipped: 0, Members sent: 1,000/);
    const canvas = 'document.querySelector(".chart-plot canvas").toDataURL()';
    const light = await page.evaluate(canvas);
    await look(page, 'job-chart');
    await page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'");
    await expect.poll(() => page.evaluate(canvas)).not.toBe(light);
    await page.evaluate("document.documentElement.dataset.mantineColorScheme = 'light'");

    await members.getByRole('button', { name: 'Table: Members' }).click();
    const { items } = (await page.evaluate(
      "fetch('/api/v1' + location.pathname + '/history').then((answer) => answer.json())",
    )) as JobHistory;
    const sent = items.map(({ uploaded }) => uploaded);
    const table = members.getByRole('table');
    const cells = await table.getByRole('row').locator('td:nth-child(3)').allTextContents();
    expect(cells.filter((text) => /\d/.test(text))).toEqual(
      sent.toReversed().map((count) => count?.toLocaleString('en')),
    );
    await look(page, 'job-chart-table');
    await page.getByRole('group', { name: 'Time shown' }).getByRole('button', { name: '7 days' }).click();
    await expect.poll(() => page.url()).toContain('time=7d');
  }, 60_000);

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

  test('a link of a message leads to the numbers of a stopped run beside the last good one, and two clicks send them', async () => {
    const gold = (await web.service.jobs.list({ search: 'Gold', limit: 1 })).items[0]!;
    web.write('members.csv', [...memberLines(90), 'nobody', 'nobody at all', '']);
    await web.service.jobs.act(gold.id, 'run_now', installation.administrator);
    await expect
      .poll(async () => (await web.service.jobs.get(gold.id)).condition, { timeout: 30_000 })
      .toBe('needs_approval');
    const { last_run: stopped } = await web.service.jobs.get(gold.id);
    await page.goto(`${web.url}/jobs/${gold.id}?stopped=${stopped!.id}`);
    const source = page.getByRole('table', { name: 'Source' });
    await source.getByRole('row', { name: /^Valid members 1,000 90 −910$/ }).waitFor();
    await source.getByRole('row', { name: /^Rows read 1,000 9\d −90\d$/ }).waitFor();
    await source.getByRole('row', { name: /^.* 0 2 \+2$/ }).waitFor();
    expect(await page.getByText('The job has run again since that message').count()).toBe(0);
    await look(page, 'job-approval');
    await page.getByRole('button', { name: 'Send these 90 members' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send these 90 members' }).click();
    await toast('Approved. The run goes on.').waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByText('The run of that message no longer waits for approval').waitFor();
  });
});
