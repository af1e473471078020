/**
 * One job for e-mail addresses, phone numbers and advertising IDs in the browser: its form, its preview, its page and
 * its run. Then suppression lists: an administrator keeps them, the job chooses one, and others see them.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SuppressionListView } from '../../src/domain/audiences/suppression-lists.ts';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { become, comeIn, type Installation, install } from '../support/installation.ts';
import {
  choose,
  fillExport,
  openExportForm,
  openSection,
  sectionLine,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

/** Everybody has an e-mail address, every second one a phone number, every fourth one an advertising ID. */
const members = [
  'email,phone,advertising_id',
  ...Array.from({ length: 80 }, (_, n) => {
    const two = String(n).padStart(2, '0');
    return [
      `member${n}@example.com`,
      n % 2 === 0 ? `+8190123456${two}` : '',
      n % 4 === 0 ? `123456${two}-0000-4000-8000-000000000000` : '',
    ].join(',');
  }),
];

const viewer = {
  name: 'Bert Braun',
  email: 'bert@example.com',
  password: 'another invented one',
  role: 'viewer',
} as const;

describe('further identifiers and suppression lists', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', [members[0]!, 'member1@example.com,,']);
    web.write('out.csv', ['mail,phone', 'member1@example.com,0312345678']);
    installation = await install(web);
    await web.addPerson(viewer);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const card = (number: number): Locator => page.getByRole('group', { name: `Identifier ${number}`, exact: true });
  const input = (number: number, label: string) => card(number).getByLabel(label).first();
  const addAnother = () => page.getByRole('button', { name: 'Add another identifier' });
  const fold = (name: string) => sectionLine(page, name);
  const complete = () => page.getByRole('button', { name: 'Complete' });
  const atLine = () =>
    Object.fromEntries(web.simulator.inspect().audiences.map(({ name, members: count }) => [name, count]));

  test('further identifiers are suggested, need a valid member each, and show at their fields what is wrong', async () => {
    await openExportForm(page, web);
    await fillExport(page, { label: 'VIP customers', file: 'vip', audience: 'VIP' });
    await addAnother().click();
    // The new card has the focus.
    await card(2).locator(':focus').waitFor();
    await expect.poll(() => input(2, 'Identifier Field').inputValue()).toBe('phone');
    expect(await input(2, 'Audience Name').inputValue()).toBe('VIP (phone)');

    // Nobody has a phone number.
    const preview = page.getByRole('complementary', { name: 'Preview' });
    const warning = 'At least one identifier has no valid member: nothing will be sent.';
    await preview.getByText(warning).waitFor();
    const alone = preview.getByText('No valid member: nothing will be sent.', { exact: true });
    expect(await alone.count()).toBe(0);
    await complete().click();
    const dialog = page.getByRole('dialog', { name: warning });
    await dialog.getByText('no audience will change at LINE').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    web.write('vip.csv', members);
    await addAnother().click();
    await expect.poll(() => input(3, 'Identifier Field').inputValue()).toBe('advertising_id');
    await card(3).getByLabel('Hashed with SHA-256').waitFor();
    await input(2, 'Audience Name').fill('VIP');
    await card(2).getByText('Two identifiers have the same audience.').waitFor();
    await complete().click();
    await card(2).getByText('Two identifiers have the same audience.').waitFor();
    await input(2, 'Audience Name').fill('VIP calls');
    await fits(page, 'export-siblings');
    await fold('At LINE').click();
    await fold('At LINE').getByText('A1 · new audience “VIP” · Email (email) · 2 further identifiers').waitFor();
  });

  test('they have a preview each, and the form says how many members at least one of them reaches', async () => {
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('80 of the first 80 members can be reached by at least one identifier.').waitFor();
    for (const [name, valid] of [
      ['Email (email)', /^80$/],
      ['Phone Number (phone)', /^40$/],
      ['IFA (mobile advertising ID) (advertising_id)', /^20$/],
    ] as const) {
      const region = preview.getByRole('region', { name, exact: true });
      await region.getByRole('paragraph').filter({ hasText: valid }).waitFor();
    }
    await fits(page, 'preview-siblings');
  });

  test('they become one audience each, which the page of the job shows', async () => {
    await complete().click();
    await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    await waitForStatus(page, 'Scheduled');
    for (const words of [/^Email email VIP \d+ 80/, /^Phone Number phone VIP calls \d+ 40/, /VIP \(ifa\) \d+ 20/])
      await page.getByRole('row', { name: words }).waitFor();
    expect(atLine()).toMatchObject({ VIP: 80, 'VIP calls': 40, 'VIP (ifa)': 20 });
    // Without a list, nothing on the page is about them: only the navigation has a link.
    expect(await page.getByText('Suppression lists').count()).toBe(1);
    await look(page, 'job-siblings');
  });

  test('they have results each on the page of the run, and a mark in lists', async () => {
    await page
      .getByRole('row', { name: /Succeeded/ })
      .getByRole('link')
      .click();
    const titles = ['Email → VIP', 'Phone Number → VIP calls', 'IFA (mobile advertising ID) → VIP (ifa)'];
    await expect.poll(() => page.getByRole('tab').allTextContents()).toEqual(titles);
    for (const [n, title] of titles.entries()) {
      await page.getByRole('tab', { name: title, exact: true }).click();
      await page.getByRole('heading', { name: `Matching at LINE · ${title}`, exact: true }).waitFor();
      expect(await page.getByRole('heading', { name: /^Matching at LINE/ }).count()).toBe(1);
      const sent = ['80', '40', '20'][n]!;
      expect(await page.getByRole('tabpanel').getByText(sent, { exact: true }).count()).toBeGreaterThan(0);
    }
    // The address keeps the tab, and whether the log is open. It tells of all audiences.
    await page.locator('summary').click();
    await page.getByText('VIP calls: LINE accepted chunk 1').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: `Matching at LINE · ${titles[2]}`, exact: true }).waitFor();
    await page.getByText('VIP calls: LINE accepted chunk 1').waitFor();
    await look(page, 'run-siblings');
    for (const path of ['/jobs', '/runs']) {
      await goTo(page, path);
      await page.getByRole('img', { name: /Further identifiers: Phone Number → VIP calls/ }).waitFor();
      await fits(page, `list-siblings${path.replace('/', '-')}`);
    }
  });

  test('an administrator creates a suppression list on a file', async () => {
    await page.getByRole('link', { name: 'Suppression lists' }).click();
    await page.getByText('No suppression lists yet').waitFor();
    await page.getByRole('link', { name: 'New suppression list' }).click();
    const create = page.getByRole('button', { name: 'Create suppression list' });
    await create.click();
    await page.getByText('Choose at least one field.').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Opted out');
    const audience = page.getByRole('combobox', { name: 'Audience', exact: true });
    await audience.fill(`${web.members}/out.csv`);
    await audience.press('Tab');
    // A field with a usual name is suggested.
    await page.getByText('Choose at least one field.').waitFor({ state: 'detached' });
    await choose(page, 'Email', 'mail');
    await look(page, 'suppression-list-form');
    await page.getByLabel('Jobs that choose it').check();
    await create.click();
    await page.getByRole('heading', { name: 'Opted out', level: 1 }).waitFor();
    await page.getByText('Not read yet').waitFor();
    await page.getByText('No job uses it.').waitFor();
    const [list] = await web.service.suppressionLists.list();
    expect(list).toMatchObject({ fields: { email: 'mail', phone: 'phone' }, applies_to: 'chosen_jobs' });
  });

  test('in an edit one audience is renamed, one is left, and a list is chosen', async () => {
    const [job] = (await web.service.jobs.list({ limit: 1 })).items;
    const ofLine = '**/api/v1/custom-audiences/*?*';
    await page.route(ofLine, (route) => route.fulfill({ status: 403, json: { code: 'not_permitted', detail: 'No.' } }));
    await goTo(page, `/jobs/${job?.id}/edit`);
    await card(2).getByText('You do not have permission to do this: No.').waitFor();
    await page.unroute(ofLine);
    await page.reload();
    await card(2).getByLabel('Keep this audience').waitFor();
    await openSection(page, 'Safety');
    await page.getByLabel('Opted out').check();
    // Of one identifier type the list has no field.
    const partly = page.getByText(/It has no field for the identifier type IFA .* of that audience\./);
    await partly.waitFor();
    await input(2, 'Audience Name').fill('VIP phones');
    await card(2).getByText('Saving renames “VIP calls” to “VIP phones” at LINE.').waitFor();
    await fits(page, 'edit-siblings');
    await page.getByRole('button', { name: 'Remove identifier 3' }).click();
    await addAnother().and(page.locator(':focus')).waitFor();
    await partly.waitFor({ state: 'detached' });
    await fold('Safety').click();
    await fold('Safety').getByText('Stops at a shrink of 50% · 1 suppression list').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    await page.getByRole('row', { name: /^Phone Number phone VIP phones/ }).waitFor();
    expect(atLine()).toMatchObject({ VIP: 80, 'VIP phones': 40, 'VIP (ifa)': 20 });
    expect(atLine()).not.toHaveProperty('VIP calls');
  });

  test('a list shows its jobs, what runs have read and kept out, and its smaller size is accepted', async () => {
    const [list] = await web.service.suppressionLists.list();
    const read = { size: 1_234, read_at: new Date().toISOString(), run_id: 'run_1' };
    const kept = { kept_out: 56, run_id: 'run_1', at: read.read_at };
    // Until somebody accepts the size.
    let isAccepted = false;
    const shrunk = {
      ...read,
      identifier_type: 'email',
      job_id: null,
      job_name: null,
      before: 1_234,
      after: 300,
    };
    await page.route(`**/api/v1/suppression-lists/${list?.id}`, async (route) => {
      if (route.request().method() !== 'GET') return route.continue();
      const answer = await route.fetch();
      const body: SuppressionListView = await answer.json();
      const reads = [{ identifier_type: 'email', ...read }];
      const refusals = [{ ...shrunk, at: read.read_at, accepted: isAccepted }];
      const jobs = body.jobs.map((job) => ({ ...job, ...kept, member_days: 30 }));
      // As if there were more than the page names.
      const job_count = body.job_count + 3;
      await route.fulfill({
        response: answer,
        json: { ...body, reads, refusals, jobs, job_count, longest_stay_days: 45 },
      });
    });
    let isSeen = false;
    await page.route('**/accept-size', async (route) => {
      // First as it is: no run has stopped. Then as if one had.
      if (!isSeen) return route.continue();
      expect(route.request().postDataJSON()).toMatchObject({
        sizes: [{ identifier_type: 'email', job_id: null, before: 1_234, after: 300 }],
      });
      isAccepted = true;
      const answer = await page.request.get(route.request().url().replace('/accept-size', ''));
      await route.fulfill({ response: answer });
    });
    await page.getByRole('definition').getByRole('link', { name: 'Opted out' }).click();
    await page.getByRole('heading', { name: 'Opted out', level: 1 }).waitFor();
    await page.getByText('1,234').waitFor();
    await page.getByRole('row', { name: /VIP customers.*56.*30 days/ }).waitFor();
    await page.getByText('is not sent any more, but stays in the audience for up to 45 days.').waitFor();
    await page.getByText('3 further jobs use it.').waitFor();

    const dialog = page.getByRole('dialog');
    const refused = page.getByTitle('In use: first take it out of the jobs below.');
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    await look(page, 'suppression-list');

    await page.getByRole('button', { name: 'Accept the new size' }).click();
    await dialog.getByText('1,234 → 300 (−75.68%)').waitFor();
    await dialog.getByText('The next run may find so many, and up to 2% less.').waitFor();
    await look(page, 'suppression-list-accept');
    await dialog.getByRole('button', { name: 'Accept the new size' }).click();
    await dialog.getByText('there is no size to accept').waitFor();
    isSeen = true;
    await dialog.getByRole('button', { name: 'Accept the new size' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Accept the new size' }).waitFor({ state: 'detached' });
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('a list for all jobs is in every form, and what the server refuses about lists is in sight', async () => {
    const { value } = await web.service.suppressionLists.create(
      {
        name: 'Complaints',
        description: '',
        source_authorization_id: null,
        segment_id: `${web.members}/out.csv`,
        fields: { ifa: 'phone' },
        applies_to: 'all_jobs',
        max_shrink: 0.5,
      },
      installation.administrator,
    );
    await goTo(page, `/suppression-lists/${value.id}/edit`);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    await fits(page, 'suppression-list-form-narrow');
    // In the form of an export, a list for all jobs opens nothing.
    await openExportForm(page, web);
    await fold('Safety').getByText('1 suppression list').waitFor();
    expect(await page.getByLabel('Complaints').count()).toBe(0);
    await fold('Safety').click();
    await page.getByLabel('Complaints').waitFor();
    expect(await page.getByLabel('Complaints').isDisabled()).toBe(true);
    await page
      .getByText('It has no field for the identifier type Email, so it keeps nobody out.', { exact: true })
      .waitFor();
    // The refusal opens it again.
    await page.getByLabel('Opted out').check();
    await fold('Safety').click();
    await fillExport(page, { label: 'Everybody who left', file: 'out', audience: 'Left' });
    await choose(page, 'Identifier Field', 'mail');
    await complete().click();
    await page.getByText('is the audience of this job').waitFor();
    expect(await page.getByLabel('Opted out').isVisible()).toBe(true);
  });

  test('others see the lists and change nothing, and everything fits on a phone', async () => {
    await become(page, web, viewer);
    await goTo(page, '/suppression-lists');
    await page.getByRole('link', { name: 'Complaints' }).waitFor();
    expect(await page.getByRole('link', { name: 'New suppression list' }).count()).toBe(0);
    await fits(page, 'suppression-lists-narrow');
    await page.getByRole('link', { name: 'Complaints' }).click();
    await page.getByText('It has no field for the identifier type Email').waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await fits(page, 'suppression-list-narrow');
  });
});
