/** What jobs say when they need somebody, in the list and on their pages, and how a person approves a run. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { fits, goTo, look, needsBrowser } from '../support/browser.ts';
import type { Installation } from '../support/installation.ts';
import { waitForStatus } from '../support/people-in-browser.ts';
import { colourOf, openJob, openTwoJobs, showJobs, type TwoJobs, toast } from '../support/two-jobs.ts';
import { memberLines, type Web } from '../support/web.ts';

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

describe('the states of jobs', needsBrowser, () => {
  let on: TwoJobs;
  let web: Web;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    on = await openTwoJobs();
    ({ web, page, installation } = on);
  });
  afterEach(() => on.clean());
  afterAll(() => on?.close());

  test('a job that this version cannot read whole is marked in the list and on its page', async () => {
    await showJobs(page, ({ name }) => (name === 'Gold' ? { damaged: ['configuration.two_people'] } : {}));
    await goTo(page, '/jobs');
    const row = page.getByRole('row').filter({ hasText: 'Gold' });
    await row.getByText('Damaged', { exact: true }).waitFor();
    expect(await page.getByText('Damaged', { exact: true }).count()).toBe(1);
    await openJob(page, 'Gold');
    await page.getByRole('alert').filter({ hasText: 'configuration.two_people' }).waitFor();
  });

  test('a retrying job shows its next try and the reason; an incomplete audience shows what LINE holds and how to complete it', async () => {
    await showJobs(page, ({ name, last_run }) =>
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
    await showJobs(page, ({ name }) =>
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
    await page.getByText('Since the last good run: +0 −910 = 90 members').waitFor();
    expect(await page.getByText('The job has run again since that message').count()).toBe(0);
    await look(page, 'job-approval');
    await page.getByRole('button', { name: 'Send these 90 members' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send these 90 members' }).click();
    await toast(page, 'Approved. The run goes on.').waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByText('The run of that message no longer waits for approval').waitFor();
    await page.goto(`${web.url}/runs/${stopped!.id}`);
    await page.getByText('Since the last good run: +0 −910 = 90 members').waitFor();
  });
});
