/**
 * An export’s audience at LINE. The audience of a saved export is kept, renamed or left. An audience of other people
 * is never overwritten without a confirmation.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, authorize, comeIn, type Installation, install } from '../support/installation.ts';
import {
  choose,
  dropDown,
  loadExportForm,
  openExportForm,
  openSection,
  waitForStatus,
} from '../support/people-in-browser.ts';
import { aNewJob } from '../support/service.ts';
import { until } from '../support/service-bench.ts';
import { memberLines, startWeb, type Web } from '../support/web.ts';

describe('audiences', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('vip.csv', memberLines(30));
    web.write('few.csv', memberLines(10));
    web.write('nobody.csv', ['email', 'no address', 'none either']);
    installation = await install(web);
    const [key] = web.simulator.keys;
    const wrong = { accessKey: key!.accessKey, secretKey: 'an-invented-key-that-LINE-does-not-know' };
    await authorize(web, installation.administrator, 'Wrong key', wrong);
    await authorize(web, installation.administrator, 'Second key');
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  describe('an audience of other people', () => {
    let external: string;
    let silent: string;
    let before: number;
    beforeAll(() => {
      external = web.simulator.addAudience({ name: 'External 60k', members: 57_207 });
      silent = web.simulator.addAudience({
        name: 'Silent',
        members: 40,
        jobs: [],
        estimatedAudienceSize: '-',
      });
      before = uploads();
    });
    const approvalCard = () => page.getByRole('region', { name: 'Check this list before it is sent' });
    const uploads = () => web.simulator.inspect().requests.filter(({ endpoint }) => endpoint === 'upload').length;

    test('the form shows old → new at once, and that the guard would stop the run', async () => {
      await openExportForm(page, web);
      await page.getByLabel('Label').fill('External');
      await choose(page, 'Audience', /few\.csv/);
      await page.getByLabel('LINE Ads Account ID').fill('A1');
      await choose(page, 'Audience (LINE side)', /^External 60k/);
      await page.getByText('The audience holds about 57,207 members (LINE’s upload jobs).').waitFor();
      await page.getByText('57,207 → 10 (−99.98%)').waitFor();
      const stops = page.getByText('The guard stops this export before anything is sent, because more than 50% of');
      await stops.waitFor();
      await look(page, 'export-shrinks');
      await openSection(page, 'Safety');
      const limit = page.getByLabel('Stop when the audience shrinks by more than');
      await limit.fill('100');
      await stops.waitFor({ state: 'detached' });
      await limit.fill('50');
      await stops.waitFor();
      expect(uploads()).toBe(before);
    });

    test('after Complete a person must decide, and the audience is unchanged', async () => {
      await page.getByRole('button', { name: 'Complete' }).click();
      await page.getByRole('heading', { name: 'External', level: 1 }).waitFor();
      const card = approvalCard();
      await card.getByText('Nothing was sent. The audience at LINE is unchanged.').waitFor();
      await card.getByText('57,207 → 10 (−99.98%)').waitFor();
      await card.getByText('The audience holds about 57,207 members (LINE’s upload jobs).').waitFor();
      await card.getByText('57,197 of 57,207 members would be removed (99.9%). The limit is 50%.').waitFor();
      await look(page, 'job-guard-first');
      expect(uploads()).toBe(before);
      expect(web.simulator.state.members(external).size).toBe(57_207);
      await card.getByRole('link', { name: /^Run of / }).click();
      // On the page of the run, where the log is folded.
      await page.getByRole('heading', { name: 'Log' }).click();
      await page.getByText('The audience holds about 57,207 members (LINE’s upload jobs).').waitFor();
      await page.getByRole('link', { name: 'Go to job' }).click();
      expect(await page.getByRole('link', { name: 'LINE Ads Manager' }).getAttribute('href')).toBe(
        'https://ads.line.me/',
      );
    });

    test('a person allows it once; after that, its own last run is the base', async () => {
      // It is not what a hurried person clicks on: neither the first button nor in colour.
      const actions = page.getByRole('group', { name: 'Actions for this job' }).getByRole('button');
      expect((await actions.allTextContents())[0]).toContain('Run now');
      const buttons = approvalCard().getByRole('listitem').getByRole('button');
      expect(await buttons.allTextContents()).toEqual(['Read the source again now', 'Send these 10 members']);
      const send = approvalCard().getByRole('button', { name: 'Send these 10 members' });
      expect(await send.getAttribute('data-variant')).toBe('default');
      await send.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('57,207 → 10 (−99.98%)').waitFor();
      await dialog.getByText('57,197 of 57,207 members would be removed').waitFor();
      await dialog.getByText('These members are sent as the run has read them.').waitFor();
      expect(await dialog.getByRole('button').allTextContents()).toEqual(['', 'Cancel', 'Send these 10 members']);
      await look(page, 'job-approval');
      await dialog.getByRole('button', { name: 'Send these 10 members' }).click();
      await approvalCard().waitFor({ state: 'detached' });
      await expect.poll(() => web.simulator.state.members(external).size).toBe(10);
      await waitForStatus(page, 'Scheduled');
      // A reload, because the app caches the audience for 15 seconds.
      await page.goto(`${page.url()}/edit`);
      await page.getByText(/^The audience holds 10 members \(last run, /).waitFor();
      await page.getByText('10 → 10').waitFor();
    });

    test('an audience of unknown size waits for a person, too', async () => {
      const configuration = {
        segment_id: `${web.members}/few.csv`,
        id_field: 'email',
        audience_id: silent,
        audience_name: null,
      };
      const job = { ...aNewJob(installation.authorization, configuration), name: 'Silent' };
      const { value } = await web.service.jobs.create(job, installation.administrator);
      await until(
        () => web.service.jobs.get(value.id),
        ({ condition }) => condition === 'needs_approval',
      );
      await goTo(page, `/jobs/${value.id}/edit`);
      await page.getByText('It is unknown how many members the audience holds.').waitFor();
      await page.getByText('? → 10').waitFor();
      await page.getByText('it is unknown how many members would be removed. A person then decides.').waitFor();
      await fits(page, 'export-unknown');
      await goTo(page, `/jobs/${value.id}`);
      await approvalCard().getByText('? → 10').waitFor();
      await approvalCard().getByText('It is unknown how many members the audience holds').waitFor();
      await approvalCard().getByRole('button', { name: 'Send these 10 members' }).waitFor();
      expect(uploads()).toBe(before + 1);
    });
  });

  describe('the audience of an edited export', () => {
    let path: string;
    let id: string;
    let spare: string;
    const job = () => web.service.jobs.get(path.replace('/jobs/', ''));
    beforeAll(async () => {
      // The app caches LINE's list for 15 seconds, so all of it is there from the beginning.
      spare = web.simulator.addAudience({ name: 'Spare', members: 40 });
      const made = { name: 'VIP customers', file: 'vip.csv', audience: 'VIP' };
      path = `/jobs/${(await addJob(web, installation, made)).id}`;
      id = named('VIP')!.id;
    });
    const named = (name: string) => web.simulator.inspect().audiences.find((audience) => audience.name === name);
    const edit = async () => {
      await goTo(page, path);
      await goTo(page, `${path}/edit`);
      await page.getByRole('radio', { name: 'Choose an existing audience' }).waitFor();
    };
    const save = () => page.getByRole('button', { name: 'Save' }).click();
    const saved = async () => {
      await page.getByText('The changes were saved.').first().waitFor();
      await page.getByRole('heading', { name: 'VIP customers', level: 1 }).waitFor();
    };

    test('the form shows the audience of the job; a new name that LINE refuses is reported at its field, and another renames it at LINE', async () => {
      await edit();
      await page.getByText(id, { exact: true }).waitFor();
      await page.getByText('VIP', { exact: true }).waitFor();
      expect(await page.getByRole('radio', { name: 'Keep this audience' }).isChecked()).toBe(true);
      expect(await page.getByLabel('Audience Name').inputValue()).toBe('VIP');
      expect(await page.getByText('Create a new audience').count()).toBe(0);
      web.simulator.addFault({
        kind: 'status',
        endpoint: 'rename',
        status: 400,
        reason: 'AUDIENCE_GROUP_NAME_DUPLICATE',
      });
      await page.getByLabel('Audience Name').fill('Gold');
      await save();
      await page.getByText(/LINE did not rename the audience, so nothing was saved\./).waitFor();
      expect(await job()).toMatchObject({ configuration: { audience_name: 'VIP' } });
      await page.getByLabel('Audience Name').fill('VIP 2026');
      await page.getByText('Saving renames “VIP” to “VIP 2026” at LINE.').waitFor();
      await fits(page, 'edit-audience-renamed');
      await save();
      await saved();
      expect(named('VIP 2026')?.id).toBe(id);
      expect(named('VIP')).toBeUndefined();
    });

    test('another ad account needs another audience: the form says so and asks; another authorization is tested before it is saved', async () => {
      await edit();
      await page.getByLabel('LINE Ads Account ID').fill('A2');
      await page.getByText('This job needs another audience.').waitFor();
      await page.getByText(`VIP 2026 (${id}) belongs to account A1.`).waitFor();
      expect(await page.getByRole('radio', { name: 'Keep this audience' }).count()).toBe(0);
      await save();
      await page.getByText('Choose what happens to the audience.').waitFor();
      await page.getByRole('radio', { name: 'Create another audience' }).check();
      await page.getByText(`VIP 2026 (${id}) stays unchanged at LINE`).waitFor();
      await look(page, 'edit-audience-another');
      // In its own account it can be kept.
      await page.getByLabel('LINE Ads Account ID').fill('A1');
      await page.getByRole('radio', { name: 'Keep this audience' }).check();
      await choose(page, 'Identifier Type', 'Phone Number');
      await page.getByText(`VIP 2026 (${id}) takes identifiers of the type Email.`).waitFor();
      await choose(page, 'Identifier Type', 'Email');
      await page.getByRole('radio', { name: 'Keep this audience' }).check();
      await choose(page, 'Authorization', 'Wrong key');
      await save();
      await page
        .getByText(/LINE answered 401/)
        .first()
        .waitFor();
      await choose(page, 'Authorization', 'Second key');
      await save();
      await saved();
      await page.getByText('Second key').first().waitFor();
      expect((await job()).audience_id).toBe(id);
      expect(named('VIP 2026')?.id).toBe(id);
    });

    test('a deleted audience is reported on the job’s page and in the form, with what to do', async () => {
      web.simulator.state.deleteAudience(id);
      const { last_run } = await web.service.jobs.act(
        path.replace('/jobs/', ''),
        'run_now',
        installation.administrator,
      );
      await until(job, ({ status, last_run: run }) => run?.id === last_run?.id && status === 'failed');
      // A full load, because the app caches LINE's answers for 15 seconds.
      await page.goto(`${web.url}${path}`);
      await waitForStatus(page, 'Failed');
      await look(page, 'job-audience-gone');
      await page.getByRole('link', { name: 'Create the audience again, or choose another' }).click();
      await page.getByText(`The audience VIP 2026 (${id}) no longer exists at LINE.`).waitFor();
      await fits(page, 'edit-audience-gone');
      await save();
      await page.getByText('Choose what happens to the audience.').waitFor();
      await page.getByRole('radio', { name: 'Create it again' }).check();
      expect(await page.getByLabel('Audience Name').inputValue()).toBe('VIP 2026');
      await save();
      await saved();
      await page
        .getByRole('button', { name: /^(Resume|Run now)$/ })
        .first()
        .click();
      await waitForStatus(page, 'Scheduled');
      expect(web.simulator.state.members(named('VIP 2026')!.id).size).toBe(30);
    });

    test('an existing audience can be chosen from LINE’s list', async () => {
      await edit();
      await page.getByRole('radio', { name: 'Choose an existing audience' }).check();
      await save();
      await page.getByText('Choose an audience.').waitFor();
      await choose(page, 'Existing audience', /Spare/);
      await save();
      await saved();
      expect((await job()).audience_id).toBe(spare);
    });

    test('if the first run creates the audience while the form is open, the form asks when it cannot be kept', async () => {
      web.write('late.csv', ['email', 'no address']);
      const late = { name: 'Late', file: 'late.csv', audience: 'Late' };
      const made = await addJob(web, installation, late);
      expect([made.audience_id, made.error?.code]).toEqual([null, 'nothing_to_send']);
      // Before its preview is there. With an empty audience the form would ask first.
      web.write('late.csv', memberLines(5));
      await goTo(page, `/jobs/${made.id}/edit`);
      await page.getByLabel('Audience Name').waitFor();
      await web.service.jobs.act(made.id, 'run_now', installation.administrator);
      const { audience_id } = await until(
        () => web.service.jobs.get(made.id),
        ({ status, audience_id: now }) => status === 'sleeping' && now !== null,
      );
      await page.getByLabel('LINE Ads Account ID').fill('A2');
      await save();
      await page.getByText(`Late (${audience_id}) belongs to account A1.`).waitFor();
      await page.getByRole('radio', { name: 'Create another audience' }).check();
      await save();
      await page.getByRole('heading', { name: 'Late', level: 1 }).waitFor();
      expect(await web.service.jobs.get(made.id)).toMatchObject({
        audience_id: null,
        configuration: { adaccount_id: 'A2', audience_name: 'Late' },
      });
    });

    test('the ad accounts in the form are those of the group', async () => {
      await goTo(page, '/authorizations/new?provider=line_ads&method=line_ads_api_key');
      await page.getByLabel('Group ID').fill('G1');
      await page.getByText('If you enter it, the export form lists the group’s ad accounts.').waitFor();
      await page.getByLabel('Label').fill('With a group');
      await page.getByLabel('Access Key').fill(web.simulator.keys[0]!.accessKey);
      await page.getByLabel('Secret Key').fill(web.simulator.keys[0]!.secretKey);
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await page.getByRole('heading', { name: 'With a group' }).waitFor();
      await openExportForm(page, web, 'With a group');
      await dropDown(page, 'LINE Ads Account ID').fill('A');
      await page.getByRole('option', { name: 'A1' }).waitFor();
      await page.keyboard.press('Escape');
    });

    test('ad accounts in use are offered; no valid member is a warning, and Complete says so and asks', async () => {
      // The app keeps the answers of before for some seconds.
      await loadExportForm(page, web);
      await page.getByText('The first run starts immediately. Later runs follow the schedule.').waitFor();
      await page.getByLabel('Label').fill('Nobody');
      await choose(page, 'Audience', /nobody\.csv/);
      // The tab keeps earlier input.
      await choose(page, 'Identifier Type', 'Email');
      await page.getByLabel('Audience Name').fill('Nobody');
      await page
        .getByRole('complementary', { name: 'Preview' })
        .getByText('No valid member: nothing will be sent.')
        .waitFor();
      await page
        .getByRole('region', { name: 'Summary of the export' })
        .getByText('No valid member: nothing will be sent.')
        .waitFor();
      await dropDown(page, 'LINE Ads Account ID').fill('');
      await page.getByRole('option', { name: 'A1' }).click();
      expect(await dropDown(page, 'LINE Ads Account ID').inputValue()).toBe('A1');
      await page.getByRole('button', { name: 'Complete' }).click();
      const dialog = page.getByRole('dialog', { name: 'No valid member: nothing will be sent.' });
      await dialog.waitFor();
      await look(page, 'export-nobody');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await page.getByRole('heading', { name: 'New export' }).count()).toBe(1);
      await page.getByRole('button', { name: 'Complete' }).click();
      await dialog.getByRole('button', { name: 'Complete' }).click();
      await page.getByRole('heading', { name: 'Nobody', level: 1 }).waitFor();
    });
  });
});
