/**
 * A custom schedule, a hold-out group and alert rules in the browser, from the form to the page of the job. Expressions
 * are shown in words and with the next times.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newJob } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import {
  choose,
  dropDown,
  fillExport,
  openExportForm,
  openSection,
  sectionLine,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const RULE = 'Skipped values: missing or invalid';

describe('the options of an export', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('engineers.csv', [...memberLines(40), ...Array.from({ length: 10 }, () => 'not an address')]);
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const expression = (number: number) => page.getByLabel(`Cron expression ${number}`, { exact: true });
  /** The sentence or the words below an expression. */
  const below = (number: number, text: string | RegExp) =>
    page
      .locator('.mantine-InputWrapper-root', { has: expression(number) })
      .getByText(text)
      .waitFor();
  const share = () => page.getByLabel('Share of the members');
  const experiment = () => page.getByRole('textbox', { name: 'Experiment' });
  const fold = () => sectionLine(page, 'Safety');
  const nextRuns = () => page.getByText(/^Next runs:/);
  const complete = () => page.getByRole('button', { name: 'Complete' });
  /** Waits until a run other than this one has ended. */
  const runOf = async (id: string, before?: string) => {
    const isDone = async () => {
      const { status, last_run } = await web.service.jobs.get(id);
      return status === 'sleeping' && last_run?.id !== before;
    };
    await expect.poll(isDone, { timeout: 30_000 }).toBe(true);
  };
  const runAgain = async (id: string) => {
    const before = (await web.service.jobs.get(id)).last_run?.id;
    await web.service.jobs.act(id, 'run_now', aiko);
    await runOf(id, before);
  };
  const configuration = async () => (await web.service.jobs.list({ limit: 1 }, 'viewer')).items[0]!.configuration;

  test('Custom is the choice after the plain ones, and begins with the schedule that was there', async () => {
    await openExportForm(page, web);
    await fillExport(page, { label: 'Engineers', file: 'engineers', audience: 'Engineers' });
    await openSection(page, 'Schedule');
    await choose(page, 'Run Frequency', 'Weekly');
    await choose(page, 'Day of Week', 'Friday');
    const choices = page.getByRole('option', { includeHidden: true });
    // Only the list that has the focus has its options in the page, also before it opens.
    await page.getByLabel('Label').focus();
    await expect.poll(() => choices.count()).toBe(0);
    const frequency = dropDown(page, 'Run Frequency');
    await frequency.focus();
    await expect
      .poll(() => choices.allTextContents())
      .toEqual(['Daily', 'Weekly', 'Monthly', 'Custom', 'When the data is ready']);
    // The first arrow opens it at the choice that was there, the others go on from there.
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await frequency.press(key);
    expect(await expression(1).inputValue()).toBe('0 9 * * FRI');
    await below(1, 'At 09:00, only on Friday');
    expect(await page.getByLabel('Day of Week').or(page.getByLabel('Time of Day')).count()).toBe(0);
    await expect.poll(async () => (await nextRuns().textContent())?.match(/Fri, /g)?.length).toBe(5);
  });

  test('what is wrong is said at its expression, while it is typed', async () => {
    await expression(1).fill('');
    await complete().click();
    await below(1, 'Enter a cron expression.');
    await expression(1).fill('0 25 * * *');
    await below(1, 'The second part is the hour: 0 to 23.');
    await expression(1).fill('*/5 * * * *');
    await below(1, 'This is too often. Leave at least 15 minutes between two times.');
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await expression(1).fill('30 6 * * MON-FRI');
    await below(1, 'At 06:30, Monday through Friday');
    await expression(2).fill('40 6 1 * *');
    await below(2, 'This comes less than 15 minutes before or after a time of another expression.');
    const answer = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/jobs'));
    await complete().click();
    expect((await answer).status()).toBe(400);
    // An answer that is still on its way would be about what is typed next.
    await page.locator('button:not([data-loading])', { has: page.getByText('Complete') }).waitFor();
    await below(2, 'This comes less than 15 minutes before or after a time of another expression.');
    await expression(2).fill('0 12 L * *');
    await below(2, 'At 12:00, on the last day of the month');
  });

  test('an empty row is not sent, and the last row cannot be removed', async () => {
    await page.getByRole('button', { name: 'Add an expression' }).click();
    await expression(3).fill('  ');
    await nextRuns().waitFor();
    await page.getByRole('button', { name: 'Remove cron expression 3' }).click();
    expect(await expression(3).count()).toBe(0);
  });

  test('a hold-out group is folded, suggests a name, and says what is wrong at its field', async () => {
    await fold().waitFor();
    expect(await share().count()).toBe(0);
    await fold().click();
    await share().fill('10');
    await expect.poll(() => experiment().inputValue()).toBe('engineers');
    await experiment().fill('spring sale');
    await page.getByText('Use only Latin letters').waitFor();
    await complete().click();
    await experiment().and(page.locator(':focus')).waitFor();
    // What is wrong stays in sight.
    await fold().click();
    expect(await experiment().isVisible()).toBe(true);
    await fits(page, 'export-hold-out');
    await experiment().fill('spring-sale');
  });

  test('an alert rule is set beside it, and the folded options name both', async () => {
    await page.getByRole('combobox', { name: RULE }).click();
    await page.getByRole('option', { name: 'Warn', exact: true }).click();
    const percent = page.getByLabel('More than', { exact: true });
    await percent.fill('0');
    await percent.blur();
    await page.getByText('Enter at least 1.').waitFor();
    await percent.fill('15');
    await fits(page, 'alert-rules');
    await fold().click();
    await fold().getByText('Stops at a shrink of 50% · 10% held out · 1 alert rule').waitFor();
  });

  test('the job shows its expressions in words, sleeps until the next of their times, and held out a share', async () => {
    await complete().click();
    await page.getByRole('heading', { name: 'Engineers', level: 1 }).waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByText('30 6 * * MON-FRI', { exact: true }).waitFor();
    await page.getByText('At 06:30, Monday through Friday').waitFor();
    await page.getByText('At 12:00, on the last day of the month').waitFor();
    await page.getByText('10% of the members, experiment spring-sale').waitFor();
    // Who was held out is among the skipped values of the run.
    const run = page.getByRole('row', { name: /Succeeded/ });
    await run.waitFor();
    // Between them, who joins and leaves.
    const [sent, , skipped] = (await run.locator('td.numbers').allTextContents()).map(Number);
    expect(skipped).toBeGreaterThan(10);
    expect(sent! + skipped!).toBe(50);
    expect(await configuration()).toMatchObject({
      run_frequency: 'custom',
      cron_expressions: ['30 6 * * MON-FRI', '0 12 L * *'],
      day_of_week: null,
      time_of_day: null,
      timezone: 'Asia/Tokyo',
      hold_out: { share: 10, experiment: 'spring-sale' },
      alerts: { skipped_share: { action: 'warn', percent: 15 } },
    });
    const [job] = (await web.service.jobs.list({ limit: 1 }, 'viewer')).items;
    expect(job!.next_run_at).toMatch(/T(21:30|03:00):00/);
  });

  test('an open alert is on the page of the job', async () => {
    const alert = page.getByRole('region', { name: RULE });
    await alert.getByText('Skipped values: 10 of 50 (20%). The limit is 15%.').waitFor();
    await alert.getByText(/^Since /).waitFor();
    await page.getByText(`${RULE}: Warn · more than 15%`).waitFor();
    await fits(page, 'job-custom-alert');
  });

  test('an edit has both, and can go back to a plain schedule without a hold-out group', async () => {
    await page.getByRole('link', { name: 'Edit' }).click();
    await sectionLine(page, 'Schedule')
      .getByText('At 06:30, Monday through Friday · At 12:00, on the last day of the month (Asia/Tokyo)')
      .waitFor();
    await openSection(page, 'Schedule');
    expect(await expression(1).inputValue()).toBe('30 6 * * MON-FRI');
    await page.getByRole('button', { name: 'Remove cron expression 1' }).click();
    await below(1, 'At 12:00, on the last day of the month');
    await choose(page, 'Run Frequency', 'Daily');
    expect(await expression(1).count()).toBe(0);
    await choose(page, 'Run Frequency', 'Custom');
    expect(await expression(1).inputValue()).toBe('0 12 L * *');
    await choose(page, 'Run Frequency', 'Daily');
    // Safety is open, as it holds something of the job.
    expect(await share().inputValue()).toBe('10');
    await experiment().fill('');
    await share().fill('');
    // A run has held members out: they would come into the audience.
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Engineers', level: 1 }).waitFor();
    expect(await configuration()).toMatchObject({
      run_frequency: 'daily',
      cron_expressions: null,
      hold_out: null,
    });
  });

  test('The overview and the list of jobs say that an alert is open', async () => {
    const navigation = page.getByRole('navigation');
    await navigation.getByRole('link', { name: 'Overview' }).click();
    const row = page.getByRole('row', { name: /Engineers/ });
    await row.getByText('Alert open').waitFor();
    await page.getByRole('link', { name: 'Worth a look 1 of 1 audiences' }).waitFor();
    await navigation.getByRole('link', { name: 'Jobs' }).click();
    await row.getByText('1 open alert').waitFor();
    await look(page, 'jobs-alert');
  });

  test('an administrator sets the alert rules of all jobs', async () => {
    await goTo(page, '/settings');
    const form = page.getByRole('form', { name: 'Alert rules' });
    await form.getByRole('combobox', { name: 'Size of the list, against the last runs' }).click();
    await page.getByRole('option', { name: 'Warn, and stop the run before the upload' }).click();
    await form.getByLabel('Runs in the mean').fill('1');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Enter at least 2.').waitFor();
    await form.getByLabel('Runs in the mean').fill('5');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were saved.').waitFor();
    expect((await web.service.settings.read()).alerts).toEqual({
      size_change: { action: 'stop', percent: 30, runs: 5 },
    });
    await fits(page, 'alert-settings');
  });

  test('another experiment of a live job says under the button who moves, and a dialog asks before it is saved', async () => {
    const { items } = await web.service.jobs.list({ limit: 1 }, 'viewer');
    const { value } = await web.service.jobs.create(
      newJob.parse({
        name: 'Campaign',
        authorization_id: items[0]!.authorization_id,
        configuration: {
          ...items[0]!.configuration,
          segment_id: web.write('campaign.csv', memberLines(300)),
          audience_id: null,
          audience_name: 'Campaign',
          alerts: undefined,
          hold_out: { share: 40, experiment: 'spring' },
        },
      }),
      aiko,
    );
    const saved = async () => (await web.service.jobs.get(value.id)).configuration.hold_out;
    await runOf(value.id);
    const { left_out } = await web.service.jobs.get(value.id);
    await goTo(page, `/jobs/${value.id}/edit`);
    await experiment().fill('summer');
    const moves = Math.round((left_out!.held_out! * 0.6) / 10) * 10;
    const sentence = `The experiment "summer" holds out other people than "spring". With the next run, about ${moves} members who were held out come into the audience`;
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await page.getByText(sentence).waitFor();
    await fits(page, 'edit-let-in');
    // As it was before: nobody moves.
    await experiment().fill('spring');
    await page.getByText(sentence).waitFor({ state: 'detached' });
    await experiment().fill('summer');

    const dialog = page.getByRole('dialog', { name: 'Change who is in the audience?' });
    await save.click();
    await dialog.getByText(sentence).waitFor();
    // The first button changes nothing.
    const buttons = dialog.getByRole('button').filter({ hasText: /\S/ });
    expect(await buttons.allTextContents()).toEqual(['Cancel', 'Save']);
    await look(page, 'dialog-let-in');
    await buttons.first().click();
    await dialog.waitFor({ state: 'detached' });
    expect(await saved()).toEqual({ share: 40, experiment: 'spring' });

    // Meanwhile a run has held out fewer: the dialog says so, and asks again.
    web.write('campaign.csv', memberLines(240));
    await runAgain(value.id);
    const now = (await web.service.jobs.get(value.id)).left_out!;
    const fewer = Math.round((now.held_out! * 0.6) / 10) * 10;
    expect(fewer).toBeLessThan(moves);
    await save.click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(`let_in=${fewer}`).waitFor();
    await dialog.getByText(`about ${fewer} members who were held out come into the audience`).first().waitFor();
    expect(await saved()).toEqual({ share: 40, experiment: 'spring' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Campaign', level: 1 }).waitFor();
    expect(await saved()).toEqual({ share: 40, experiment: 'summer' });
  });

  test('a list that leaves jobs says how many it lets in, and a dialog asks before it is saved', async () => {
    const { suppressionLists, jobs } = web.service;
    const { value: list } = await suppressionLists.create(
      newSuppressionList.parse({
        name: 'Opted out',
        segment_id: web.write('out.csv', memberLines(20)),
        fields: { email: 'email' },
      }),
      aiko,
    );
    const [job] = (await jobs.list({ limit: 1 }, 'viewer')).items;
    await runAgain(job!.id);
    await goTo(page, `/suppression-lists/${list.id}/edit`);
    await page.getByLabel('Jobs that choose it').check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Change who is in the audience?' });
    await dialog.getByText('It kept 20 members out of their last runs').waitFor();
    expect((await suppressionLists.get(list.id)).applies_to).toBe('all_jobs');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Opted out', level: 1 }).waitFor();
    expect((await suppressionLists.get(list.id)).applies_to).toBe('chosen_jobs');
  });

  test('a question that is closed with its reason does not open again for another one, and has no old error', async () => {
    const { suppressionLists, jobs } = web.service;
    const { value: list } = await suppressionLists.create(
      newSuppressionList.parse({
        name: 'Left the company',
        segment_id: web.write('left.csv', memberLines(20)),
        fields: { email: 'email' },
      }),
      aiko,
    );
    const [authorization] = await web.service.authorizations.list();
    const made = async (audience_name: string, suppression_lists: readonly string[]) => {
      const { value } = await jobs.create(
        aNewJob(authorization!.id, {
          segment_id: web.write('staff.csv', memberLines(40)),
          id_field: 'email',
          audience_name,
          suppression_lists,
        }),
        aiko,
      );
      await runOf(value.id);
      return value.id;
    };
    await made('Chooses it', [list.id]);
    const reason = await made('Does not choose it', []);
    await goTo(page, `/suppression-lists/${list.id}/edit`);
    await page.getByLabel('Jobs that choose it').check();
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await save.click();
    const dialog = page.getByRole('dialog', { name: 'Change who is in the audience?' });
    await dialog.getByText('The change concerns 1 of them').waitFor();
    // The job goes while the answer is on its way, which is lost.
    const path = `**/api/v1/suppression-lists/${list.id}`;
    await page.route(path, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      await jobs.delete(reason, aiko);
      await route.abort();
    });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.unroute(path);
    // Now the change concerns the other job.
    const field = page.getByRole('combobox', { name: 'Email' });
    await page.locator('.mantine-InputWrapper-root', { has: field }).locator('button').click();
    await expect.poll(() => field.inputValue()).toBe('');
    expect(await dialog.count()).toBe(0);
    await choose(page, 'Phone Number', 'email');
    await save.click();
    await dialog.getByText('The change concerns 1 of them').waitFor();
    expect(await dialog.getByText('Check your connection').count()).toBe(0);
  });
});
