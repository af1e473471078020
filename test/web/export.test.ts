/**
 * The whole flow in the browser, from the first start over the first steps to an audience at LINE. Also its times, in
 * one zone for all users. Then the flow with only the keyboard: the focus is always visible, is never lost, and shows
 * the position.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { become } from '../support/installation.ts';
import { arrowTo, focused, isWithin, openMenu, tabTo, takeOption } from '../support/keyboard.ts';
import {
  choose,
  dropDown,
  fillAuthorization,
  openExportForm,
  openSection,
  sectionLine,
  setUp,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

const addresses = [
  'member_id,email,phone,advertising_id',
  ...Array.from({ length: 240 }, (_, n) => `M${n},member${n}@example.com,+81 90-0000-${String(n).padStart(4, '0')},`),
  'M900,not an address,090-0000-9999,',
  'M901,,0900-000-123,',
  'M902,MEMBER1@example.com,,',
  'M903,,0120-1234,',
];

const viewer = { name: 'Nok', email: 'nok@example.com', password: 'another invented password' };

describe('the whole flow', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb({ jobMs: 400 });
    web.write('vip.csv', addresses);
    web.write('keys.csv', memberLines(30));
    browser = await openBrowser();
    ({ page } = await visitor(browser));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  const nextRun = () => page.locator('.facts', { hasText: 'Next run' });

  test('the first administrator sets Lineup up', async () => {
    await page.goto(web.url);
    await page.getByRole('heading', { name: 'Lineup is not set up yet' }).waitFor();
    await page.goto(await web.setupLink());
    await look(page, 'setup');
    await setUp(page);
    // From the browser.
    expect((await web.service.settings.read()).appearance.time_zone).toBe('Asia/Tokyo');
  });

  test('the first steps are in place of the jobs, and each step has a link to its page', async () => {
    await page.getByRole('heading', { name: 'No export yet' }).waitFor();
    await fits(page, 'first-steps');
    const steps = await page.getByRole('main').getByRole('listitem').allInnerTexts();
    expect(steps.map((text) => text.split('\n').filter(Boolean)[0])).toHaveLength(5);
    await page.getByRole('link', { name: 'Add authorization' }).click();
    await page.getByRole('link', { name: 'LINE Ads' }).click();
    await page.getByLabel('Access Key').waitFor();
  });

  test('the settings open a folder', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Folders whose files may be exported').fill(web.members);
    await page.getByRole('form', { name: 'Files' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were saved.').waitFor();
    await fits(page, 'settings');
  });

  test('an authorization: LINE Ads, LINE Ads API Key, its keys, Save Authorization', async () => {
    await page.getByRole('link', { name: 'Authorizations' }).click();
    await page.getByRole('link', { name: 'New authorization' }).first().click();
    await look(page, 'authorization-provider');
    await page.getByRole('link', { name: 'LINE Ads' }).click();
    await page.getByRole('button', { name: 'Save Authorization' }).click();
    await page.getByText('Enter a label.').waitFor();
    await page.getByLabel('Description').fill('The brand’s account');
    // A reload in the middle loses only the secrets, which are never stored.
    await page.reload();
    expect(await page.getByLabel('Description').inputValue()).toBe('The brand’s account');
    await fillAuthorization(page, 'Main account', web.simulator.keys[0]!);
    await page.getByRole('heading', { name: 'Main account' }).waitFor();
    // What comes next is the first button.
    const actions = page.getByRole('main').getByRole('link').or(page.getByRole('main').getByRole('button'));
    expect(await actions.nth(1).textContent()).toBe('New export');
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('Healthy').waitFor();
    await fits(page, 'authorization');
    await page.getByRole('link', { name: 'Authorizations' }).first().click();
    await page.getByRole('link', { name: 'Main account' }).waitFor();
    await look(page, 'authorizations');
  });

  test('a completed step is marked', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Connect a destination' }).getByText('Done').waitFor();
    await look(page, 'first-steps-one-done');
  });

  test('a viewer sees no steps', async () => {
    await web.addPerson({ ...viewer, role: 'viewer' });
    const { page: theirs, context } = await visitor(browser);
    await become(theirs, web, viewer);
    await theirs.getByRole('heading', { name: 'No export yet' }).waitFor();
    expect(await theirs.getByText('Connect a destination').count()).toBe(0);
    await context.close();
  });

  test('a step with one choice is taken, and can be taken again, also with the back button', async () => {
    await page.getByRole('link', { name: 'New export' }).click();
    await page.getByLabel('Label').waitFor();
    await page.getByRole('link', { name: 'Main account: Change' }).click();
    await page.getByRole('heading', { name: 'Select an authorization' }).waitFor();
    await fits(page, 'export-authorization');
    await page.goBack();
    await page.getByLabel('Label').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'No export yet' }).waitFor();
    await page.goForward();
    await page.goForward();
    await page.getByRole('link', { name: 'Main account' }).click();
    await page.getByLabel('Label').waitFor();
  });

  test('the form has the required labels, in the right order', async () => {
    await openSection(page, 'Schedule');
    await openSection(page, 'Safety');
    await page.getByLabel('Stop when').waitFor();
    const all = await labels(page);
    expect(all.slice(0, all.indexOf('Share of the members'))).toEqual([
      'Label',
      'Description',
      'Audience',
      'LINE Ads Account ID',
      'Audience (LINE side)',
      'Audience Name',
      'Identifier Type',
      'Identifier Field',
      'One audience for each value of a column',
      'Keep Updated',
      'Run Frequency',
      'Time of Day',
      'Time Zone',
      'Stop when the audience shrinks by more than',
    ]);
    expect(await page.getByLabel('Keep Updated').isChecked()).toBe(true);
    expect(await dropDown(page, 'Time Zone').inputValue()).toBe('Tokyo (Asia/Tokyo, GMT+9)');
  });

  test('all errors are shown at their fields, also in a folded section, and the first one gets the focus', async () => {
    await sectionLine(page, 'Audience').click();
    await sectionLine(page, 'Audience').getByText('No audience chosen').waitFor();
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByText('Enter a label.').waitFor();
    await page.getByLabel('Label').and(page.locator(':focus')).waitFor();
    await page.getByText('Choose an audience.').waitFor();
    await page.getByText('Enter the name of the audience to create, or choose an existing one.').waitFor();
    await page.getByLabel('Label').fill('VIP customers');
    await choose(page, 'Audience', /vip\.csv/);
    await dropDown(page, 'LINE Ads Account ID').fill('A 1');
    await page.getByText('Enter the ad account’s ID: letters and digits, for example A1.').waitFor();
    await dropDown(page, 'LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill('VIP');
  });

  test('the bar with the result stays in view on a phone, and never covers the field with the focus', async () => {
    await page.setViewportSize({ width: 390, height: 700 });
    const bar = page.getByRole('region', { name: 'Summary of the export' });
    await bar.getByText('240 valid of 244 · 1 chunk · new audience').waitFor();
    await page.getByLabel('Label').focus();
    for (let press = 0; press < 16; press++) {
      await page.keyboard.press('Tab');
      const isCovered = await page.evaluate(`(() => {
        const bar = document.querySelector('.form-bar').getBoundingClientRect();
        const at = document.activeElement;
        return !at.closest('.form-bar') && at.getBoundingClientRect().bottom > bar.top;
      })()`);
      expect(isCovered, await focused(page)).toBe(false);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('a test run sends nothing and says what the export would do; a draft is brought back', async () => {
    await page.getByRole('button', { name: 'Test run' }).click();
    const result = page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: 'The export would work' });
    await result
      .getByText('It would send 240 members in 1 chunk. All settings are accepted. Nothing was sent.')
      .waitFor();
    expect(web.simulator.inspect().audiences.filter(({ name }) => name === 'VIP')).toEqual([]);
    expect((await web.service.jobs.list({ limit: 1 }, 'viewer')).items).toEqual([]);
    await page.reload();
    await page.getByText('Your draft was brought back.').waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('VIP customers');
  });

  test('the preview counts what would be sent and skipped, with masked examples', async () => {
    const preview = page.getByRole('complementary', { name: 'Preview' });
    await preview.getByText('valid members of 244 rows, in 1 chunk').waitFor();
    await preview.getByText('240', { exact: true }).waitFor();
    await preview.getByText('Not an e-mail address').waitFor();
    await preview.getByText('n*** *** ***', { exact: true }).waitFor();
    await choose(page, 'Identifier Type', 'Phone Number');
    await expect.poll(() => page.getByLabel('Identifier Field').first().inputValue()).toBe('phone');
    // The installation is in Tokyo.
    await expect.poll(() => dropDown(page, 'Default country').inputValue()).toBe('Japan (+81)');
    await preview.getByText('Not a phone number, or not valid in Japan').waitFor();
    const sent = preview.locator('dl').filter({ hasText: 'As they are sent, before hashing' });
    expect(await sent.locator('code').allTextContents()).toEqual([
      expect.stringMatching(/^\+81 \*{8}\d\d$/),
      expect.stringMatching(/^\+81 \*{8}\d\d$/),
    ]);
    await choose(page, 'Default country', 'Numbers are complete');
    await preview.getByText('phone numbers begin with 0').waitFor();
    await choose(page, 'Default country', /^Japan/);
    await preview.getByText('phone numbers begin with 0').waitFor({ state: 'detached' });
  });

  test('the schedule’s fields are shown when they apply, with the next runs', async () => {
    await openSection(page, 'Schedule');
    // A suggestion fills in all of it.
    await page.getByRole('button', { name: 'Every Monday at 06:00' }).click();
    expect(await dropDown(page, 'Day of Week').inputValue()).toBe('Monday');
    expect(await dropDown(page, 'Time of Day').inputValue()).toBe('06:00');
    await choose(page, 'Run Frequency', 'Monthly');
    await choose(page, 'Day of Week', 'Wednesday');
    await page.getByText('On the first Wednesday of the month.').waitFor();
    await choose(page, 'Time of Day', '06:30');
    await page.getByText(/^Next runs: Wed, .* 06:30 GMT\+9 · Wed, .* · Wed, /).waitFor();
    // A zone is found by its usual names, too.
    await dropDown(page, 'Time Zone').fill('WIB');
    await page.getByRole('option', { name: 'Jakarta (Asia/Jakarta, GMT+7)' }).click();
    await page.getByText(/^Next runs: .*GMT\+7/).waitFor();
    await page.getByLabel('Keep Updated').uncheck({ force: true });
    expect(await page.getByLabel('Run Frequency').count()).toBe(0);
    await page.getByLabel('Keep Updated').check({ force: true });
    await page.getByText(/^Next runs: Wed, /).waitFor();
    await look(page, 'export');
    await sectionLine(page, 'Schedule').click();
    await sectionLine(page, 'Schedule').getByText('The first Wednesday of the month at 06:30 (Asia/Jakarta)').waitFor();
  });

  test('Complete creates the job, which runs at once, then sleeps', async () => {
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    await page.getByRole('table').first().getByRole('link').first().click();
    await page.getByText('Succeeded').first().waitFor();
    await page.getByText('FINISHED').first().waitFor();
    await page.getByText('cannot be targeted until LINE has matched it').waitFor();
    // The log is folded, and its last line says how it ended.
    const log = page.getByRole('group').filter({ hasText: /^Log/ });
    await log.getByText(/^\d+ entries · .*Ended: Succeeded\.$/).waitFor();
    await log.getByText('Log', { exact: true }).click();
    await page.getByText('LINE accepted chunk 1').waitFor();
    await expect.poll(() => page.url()).toContain('log=open');
    await look(page, 'run');
    await page.getByRole('tab', { name: 'Requests to LINE' }).click();
    await page.getByText('POST /v3/adaccounts/A1/custom-audiences/upload').waitFor();
    const [report] = await Promise.all([
      page.waitForEvent('download'),
      (async () => {
        await page.getByRole('button', { name: 'Download report' }).click();
        await page.getByRole('menuitem', { name: 'CSV' }).click();
      })(),
    ]);
    expect(report.suggestedFilename()).toMatch(/^run-.*\.csv$/);
    await page.getByRole('link', { name: 'Go to job' }).click();
    await waitForStatus(page, 'Scheduled');
    await nextRun()
      .getByText(/GMT\+9/)
      .waitFor();
    await look(page, 'job');
    const [audience] = web.simulator.inspect().audiences.filter(({ name }) => name === 'VIP');
    expect(web.simulator.state.members(audience!.id).size).toBe(242);
  });

  test('after the first export the audiences replace the first steps', async () => {
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await page.getByRole('link', { name: 'VIP customers' }).first().waitFor();
    expect(await page.getByText('Connect a destination').count()).toBe(0);
  });

  test('a time on a page has its zone, which follows the settings, not the browser', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await dropDown(page, 'Time zone').fill('+7');
    await page.getByRole('option', { name: /^Bangkok/ }).click();
    await fits(page, 'settings-time-zone');
    await page.getByRole('form', { name: 'Language and time' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were saved.').waitFor();
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('link', { name: 'VIP customers' }).click();
    await nextRun()
      .getByText(/GMT\+7/)
      .waitFor();
    await openExportForm(page, web);
    await openSection(page, 'Schedule');
    expect(await dropDown(page, 'Time Zone').inputValue()).toBe('Bangkok (Asia/Bangkok, GMT+7)');
  });

  describe('with only the keyboard', () => {
    test('the first key skips the navigation', async () => {
      await page.goto(`${web.url}/jobs`);
      await page.getByRole('link', { name: 'VIP customers' }).waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('New export');
    });

    test('each choice of a new export opens the next page, and its heading has the focus', async () => {
      await tabTo(page, /^New export$/);
      await page.keyboard.press('Enter');
      for (const choice of [/^Main account: Change/, /^Main account/]) {
        await page.getByRole('link', { name: choice }).waitFor();
        await expect.poll(() => focused(page)).toBe('New export');
        expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
        await tabTo(page, choice);
        await page.keyboard.press('Enter');
      }
      await page.getByLabel('Label').waitFor();
      await expect.poll(() => focused(page)).toBe('New export');
    });

    test('a draft is left behind with Start again', async () => {
      await page.getByLabel('Label').fill('Half-written');
      await page.reload();
      await page.getByRole('button', { name: 'Start again' }).waitFor();
      await tabTo(page, /^Start again$/);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByLabel('Label').inputValue()).toBe('');
      expect(await page.getByText('Your draft was brought back.').count()).toBe(0);
    });

    test('the form can be filled in and completed', async () => {
      await tabTo(page, /^Label/);
      await page.keyboard.type('Keys');
      await tabTo(page, /^Audience \*$/);
      await page.keyboard.press('ArrowDown');
      await takeOption(page, /keys\.csv/);
      await tabTo(page, /^LINE Ads Account ID/);
      await page.keyboard.type('A1');
      await tabTo(page, /^Audience Name/);
      await page.keyboard.type('Keys');
      await tabTo(page, /^Schedule/);
      await page.keyboard.press('Enter');
      await tabTo(page, /^Run Frequency/);
      await page.keyboard.press('Enter');
      await takeOption(page, /^Weekly$/);
      await tabTo(page, /^Day of Week/);
      // The result of the preview is announced, not only shown.
      await page
        .getByRole('complementary', { name: 'Preview' })
        .getByRole('status')
        .getByText('valid members of 30 rows')
        .waitFor();
      await tabTo(page, /^Complete$/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
      await expect.poll(() => focused(page)).toBe('Keys');
      await waitForStatus(page, 'Scheduled');
    });

    test('menus and dialogs take the focus, and return it to their button', async () => {
      const openFromMenu = async (item: string) => {
        await openMenu(page);
        await arrowTo(page, item);
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await expect.poll(() => isWithin(page, 'dialog')).toBe(true);
      };
      for (const item of ['Terminate', 'Delete']) {
        await openFromMenu(item);
        // However often Tab is pressed, the focus stays in the dialog.
        for (let press = 0; press < 8; press++) {
          await page.keyboard.press('Tab');
          expect(await isWithin(page, 'dialog')).toBe(true);
        }
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await expect.poll(() => focused(page)).toBe('More actions');
      }
      await openMenu(page);
      await page.keyboard.press('Escape');
      await expect.poll(() => focused(page)).toBe('More actions');
    });

    test('a run announces its progress, without every number', async () => {
      web.simulator.addFault({ kind: 'job_stuck' });
      await tabTo(page, /^Run now/);
      await page.keyboard.press('Enter');
      await waitForStatus(page, 'Running');
      const held = await web.heldJob();
      // The table shows the earlier runs until it is loaded again.
      const [run] = (await web.service.runs.list({ limit: 1 })).items;
      await page.locator(`a.row-link[href="/runs/${run?.id}"]`).press('Enter');
      await page.getByRole('status').getByText('LINE processing', { exact: true }).waitFor();
      await held.release();
      await page.getByRole('status').getByText('Succeeded', { exact: true }).waitFor();
      // Its page opened with the focus on the heading, and it is still there.
      expect(await focused(page)).toBe('Keys');
    });

    test('a confirmed deletion opens the list, whose heading has the focus', async () => {
      await tabTo(page, /^Go to job$/);
      await page.keyboard.press('Enter');
      await waitForStatus(page, 'Scheduled');
      await openMenu(page);
      await arrowTo(page, 'Delete');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await expect.poll(() => isWithin(page, 'dialog')).toBe(true);
      await tabTo(page, /^Delete$/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
      await expect.poll(() => focused(page)).toBe('Jobs');
    });

    test('on a phone the navigation opens and closes with its button', async () => {
      await page.setViewportSize({ width: 360, height: 780 });
      await tabTo(page, /^Menu$/);
      await page.keyboard.press('Enter');
      await tabTo(page, /^Authorizations$/);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Authorizations', level: 1 }).waitFor();
      await expect.poll(() => focused(page)).toBe('Authorizations');
      // When it is closed, nothing in it can get the focus.
      await page.keyboard.press('Shift+Tab');
      expect(await focused(page)).toBe('Menu');
    });
  });
});

const labels = (page: Page): Promise<string[]> =>
  page
    .locator('form .mantine-InputWrapper-label, form .mantine-Switch-label')
    .allTextContents()
    .then((all) => all.map((label) => label.replace(/\s*\*$/, '')));
