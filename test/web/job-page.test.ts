/** The page of a job: its actions, its tags and its charts, and that nothing happens by accident. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JobHistory } from '../../src/contracts/job-history.ts';
import { jobChange } from '../../src/contracts/jobs.ts';
import { fits, goTo, look, needsBrowser } from '../support/browser.ts';
import { choose, waitForStatus } from '../support/people-in-browser.ts';
import { aiko } from '../support/service.ts';
import { colourOf, listedJobs, openJob, openTwoJobs, pressUndoWith, type TwoJobs, toast } from '../support/two-jobs.ts';
import { memberLines, type Web } from '../support/web.ts';

describe('the page of a job', needsBrowser, () => {
  let on: TwoJobs;
  let web: Web;
  let page: Page;
  beforeAll(async () => {
    on = await openTwoJobs();
    ({ web, page } = on);
  });
  afterEach(() => on.clean());
  afterAll(() => on?.close());
  const names = () => listedJobs(page);

  test('Run now has an explanation, keeps its position during a run, and a double click does not stop the run; stopping says what LINE will hold', async () => {
    await openJob(page, 'Gold');
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
    await toast(page, 'Run started.').waitFor();
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
    await openJob(page, 'Gold');

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
    await toast(page, 'The run was stopped.').waitFor();
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
    await openJob(page, 'Silver');
    const edit = page.getByRole('link', { name: 'Edit' });
    expect(await edit.getAttribute('href')).toBe(`${new URL(page.url()).pathname}/edit`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await toast(page, /^Paused:/).waitFor();
    await waitForStatus(page, 'Paused');
    await fits(page, 'job-paused');
    const runNow = page.getByRole('button', { name: 'Run now' });
    expect(await runNow.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Resume' }).click();
    await toast(page, 'Resumed.').waitFor();
    await waitForStatus(page, 'Scheduled');
    // Undone by the button, and again by its key. A refusal says that it was not undone.
    const undo = page.locator('.mantine-Notification-root').filter({ hasText: 'Resumed.' }).getByRole('button');
    await undo.filter({ hasText: 'Undo' }).click();
    await toast(page, 'Undone.').waitFor();
    await waitForStatus(page, 'Paused');
    // The message of the pause still offers an undo. The keys take the newest one, as soon as it is there.
    await expect.poll(() => undo.filter({ hasText: 'Undo' }).count()).toBe(0);
    let pauses = 0;
    await page.route(/\/actions\/pause$/, (route) => {
      pauses += 1;
      return route.abort();
    });
    await pressUndoWith(page, 'Resumed.');
    await page.getByRole('button', { name: 'Resume' }).click();
    await toast(page, 'This was not undone').waitFor();
    expect(pauses).toBe(1);
    await waitForStatus(page, 'Scheduled');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Restart' }).click();
    await toast(page, 'Restarted: a new run has started.').waitFor();
    await page.getByRole('table').first().getByText('A restart').waitFor();
    await waitForStatus(page, 'Scheduled');
  });

  test('tags can be edited on a job, and found by search and filter', async () => {
    await openJob(page, 'Silver');
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
    await toast(page, 'The tags were saved.').waitFor();
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
    // Nobody has connected LY Ads here.
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Move to LY Ads' }).click();
    await page.getByText('No LY Ads authorization yet').waitFor();
    await page.getByRole('link', { name: 'Create a new authorization' }).waitFor();
    await fits(page, 'move-not-connected');
    await goTo(page, '/jobs');
    await choose(page, 'Tag', 'Summer sale');
    await expect.poll(names).toEqual(['Silver']);
    await page.getByText('1 job', { exact: true }).waitFor();
    await fits(page, 'jobs-tag');
  });

  test('a job that waits for a webhook shows its address, and the secret once', async () => {
    const { id, revision, configuration } = (await web.service.jobs.list({ limit: 9, search: 'Silver' }, 'viewer'))
      .items[0]!;
    const waiting = { run_frequency: 'when_ready', time_of_day: null, day_of_week: null, trigger: { kind: 'webhook' } };
    await web.service.jobs.change(
      id,
      revision,
      jobChange.parse({ configuration: { ...configuration, ...waiting } }),
      aiko,
    );
    await openJob(page, 'Silver');
    await page.getByText(`${web.url}/api/v1/jobs/${id}/webhook`).waitFor();
    await page.getByText('has no signing secret').first().waitFor();
    await page.getByRole('button', { name: 'Make a secret' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make', exact: true }).click();
    const secret = dialog.getByText('whsec_');
    await secret.waitFor();
    expect(await secret.textContent()).toMatch(/^whsec_[\w+/]{43}=$/);
    // The dialog that asked fades out behind it.
    await expect.poll(() => dialog.count()).toBe(1);
    await look(page, 'job-webhook-secret');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Make another secret' }).waitFor();
    await expect.poll(() => page.content()).not.toContain('whsec_');
    expect(await page.getByText('has no signing secret').count()).toBe(0);
    await fits(page, 'job-webhook');
  });

  test('charts keep their place until they are drawn, and have the values of the API by pointer, keyboard and table', async () => {
    await openJob(page, 'Gold');
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

  test('the form, the page of the job and the lists say who joins and who leaves', async () => {
    const [head, ...members] = memberLines(1_045);
    web.write('members.csv', [head!, ...members.slice(30)]);
    await openJob(page, 'Gold');
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('Since the last good run: +45 −30 = 1,015 members').waitFor();
    await look(page, 'job-edit-turnover');
    await openJob(page, 'Gold');
    await page.getByRole('button', { name: 'Run now' }).click();
    const counted = () => page.getByRole('cell', { name: '+45 −30', exact: true });
    await counted().waitFor();
    await look(page, 'job-turnover');
    await goTo(page, '/runs');
    await counted().waitFor();
    await look(page, 'runs-turnover');
  }, 60_000);
});
