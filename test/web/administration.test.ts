/** LINE’s audiences, authorizations, people and tokens, and what a viewer sees. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, fits, goTo, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, authorize, comeIn, type Installation, install } from '../support/installation.ts';
import { focused } from '../support/keyboard.ts';
import { choose, fillAuthorization, waitForStatus } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const TOGETHER = /LINE does not accept this access key and secret key together\. Check both\./;

describe('administration', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', ['email', 'a@example.com', 'b@example.com', 'c@example.com']);
    installation = await install(web);
    for (const audience of ['Gold', 'Silver']) {
      await addJob(web, installation, { name: `${audience} members`, file: 'members.csv', audience });
    }
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('duplicate, delete', async () => {
    await page.getByRole('link', { name: 'Silver members' }).click();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    // A copy opens in the form, where everything can be changed before the job is created.
    await page.getByRole('heading', { name: 'Copy of an export', level: 1 }).waitFor();
    expect(await page.getByLabel('Label').inputValue()).toBe('Silver members (copy)');
    expect(await page.getByLabel('LINE Ads Account ID').inputValue()).toBe('A1');
    expect(await page.getByLabel('Audience Name').inputValue()).toBe('');
    await fits(page, 'export-copy');
    await page.getByLabel('Label').fill('Bronze members');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByText('Enter the name of the audience to create, or choose an existing one.').waitFor();
    await page.getByLabel('Audience Name').fill('Bronze');
    await page.getByRole('button', { name: 'Complete' }).click();
    await page.getByRole('heading', { name: 'Bronze members', level: 1 }).waitFor();
    await page.getByText('The export was created. Its first run starts now.').waitFor();
    await waitForStatus(page, 'Scheduled');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Bronze members' }).waitFor({ state: 'detached' });
  });

  test('terminate', async () => {
    await page.getByRole('link', { name: 'Silver members' }).click();
    await waitForStatus(page, 'Scheduled');
    await page.getByRole('button', { name: 'More actions' }).click();
    await look(page, 'job-menu');
    await page.getByRole('menuitem', { name: 'Terminate' }).click();
    await fits(page, 'job-terminate');
    await page.getByRole('dialog').getByRole('button', { name: 'Terminate' }).click();
    await waitForStatus(page, 'Terminated');
    // It can only be copied.
    await page.getByRole('button', { name: 'More actions' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Duplicate', 'Move to LY Ads', 'Delete']);
    expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
    for (const action of ['Run now', 'Pause', 'Resume']) {
      expect(await page.getByRole('button', { name: action }).count(), action).toBe(0);
    }
    await page.keyboard.press('Escape');
  });

  test('a deletion of an authorization in use is not offered, and the page names its users', async () => {
    await goTo(page, '/authorizations');
    await page.getByRole('link', { name: 'Main account' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByLabel('Label').fill('Brand account');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Brand account' }).waitFor();
    await page.getByRole('button', { name: 'Replace credentials' }).click();
    const { accessKey, secretKey } = web.simulator.keys[0]!;
    await page.getByRole('dialog').getByLabel('Access Key').fill(accessKey);
    await page.getByRole('dialog').getByLabel('Secret Key').fill(secretKey);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved and verified.').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const used = page.getByTitle(/no job and no suppression list uses it/);
    expect(await used.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('link', { name: 'Gold members' }).waitFor();
  });

  test('LINE’s audiences: rename, overlap, lookalike, and a deletion that is not offered', async () => {
    await goTo(page, '/audiences');
    await page.getByLabel('Ad account ID').fill('A1');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Gold', { exact: true }).waitFor();
    await look(page, 'audiences');
    // Copied by a click, also where the browser gives no clipboard: on a page without https.
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const [id = '', other = ''] = (await page.locator('.copyable').allTextContents()).map((text) => text.trim());
    await page.getByRole('button', { name: `Copy ${id}` }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id);
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no https"))');
    await page.getByRole('button', { name: `Copy ${other}` }).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(other);
    expect(await focused(page)).toBe(`Copy ${other}`);
    await page.getByLabel('Choose Gold').check();
    await page.getByLabel('Choose Silver').check();
    await page.getByRole('button', { name: 'Compare overlap' }).click();
    await page.getByText(/are also in (Gold|Silver)/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Actions for Gold' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Audience Name').fill('Gold 2026');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Gold 2026', { exact: true }).waitFor();
    // Undone, here and at LINE.
    const namesAtLine = () => web.simulator.inspect().audiences.map(({ name }) => name);
    expect(namesAtLine()).toContain('Gold 2026');
    await page.locator('.mantine-Notification-root').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Gold', { exact: true }).waitFor();
    expect(namesAtLine()).toEqual(expect.arrayContaining(['Gold', 'Silver']));
    await page.getByRole('button', { name: 'Actions for Gold' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Audience Name').fill('Gold 2026');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Gold 2026', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Actions for Gold 2026' }).click();
    await page.getByRole('menuitem', { name: 'Create a lookalike audience' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create lookalike' }).click();
    await page.getByText('Gold 2026 – lookalike', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Actions for Gold 2026', exact: true }).click();
    const refused = page.getByRole('menuitem', { name: 'Delete The job Gold members updates it.' });
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
  });

  test('a token is shown once and can be revoked, and the audit log has both', async () => {
    await goTo(page, '/api-tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Airflow');
    await page.getByRole('button', { name: 'Create token' }).click();
    const token = (await page.getByRole('dialog').locator('pre').textContent())!;
    expect(token).toMatch(/^lineup_/);
    const asked = () => fetch(`${web.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await asked()).status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    await look(page, 'api-tokens');
    expect(await page.content()).not.toContain(token);
    await page.getByRole('button', { name: 'Revoke: Airflow' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('heading', { name: 'No API token' }).waitFor();
    expect((await asked()).status).toBe(401);
    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByText('Job · Created').first().waitFor();
    await fits(page, 'audit-log');
  });

  test('the audit log shows which authorization changed, with old and new values', async () => {
    await goTo(page, '/audit-log');
    await choose(page, 'Subject', 'Authorization');
    await choose(page, 'Event', 'Changed');
    await page.getByText('Job · Created').first().waitFor({ state: 'detached' });
    await page.getByText('Label: Main account → Brand account').filter({ visible: true }).first().waitFor();
    await page.getByText('Changed: Configuration').filter({ visible: true }).first().waitFor();
    await page.getByRole('link', { name: 'Brand account' }).first().waitFor();
    await look(page, 'audit-log-filtered');
    expect(page.url()).toContain('subject=authorization');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('lineup-audit-log.csv');
    const table = readFileSync(await download.path(), 'utf8');
    expect(table).toContain('authorization.change');
    expect(table).not.toContain('job.create');
    await page.getByLabel('Done by').fill('nobody of that name');
    await page.getByRole('heading', { name: 'No matching entries' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    // A deleted object still has its name, and no link.
    await choose(page, 'Event', 'Deleted');
    await page.getByText('Bronze members').first().waitFor();
    expect(await page.getByRole('link', { name: 'Bronze members' }).count()).toBe(0);
    await choose(page, 'Subject', 'Job');
    await choose(page, 'Event', 'Created');
    await page.getByRole('link', { name: 'Gold members' }).first().click();
    await page.getByRole('heading', { name: 'Gold members', level: 1 }).waitFor();
  });

  test('a shorter retention needs a confirmation, and no retention is refused', async () => {
    await goTo(page, '/settings');
    const form = page.getByRole('form', { name: 'Retention' });
    const days = form.getByLabel('Keep runs for (days)');
    await days.fill('0');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Enter at least 1.').waitFor();
    await days.fill('30');
    await form.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Runs are kept for 30 days instead of 400.').waitFor();
    await look(page, 'settings-retention');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await web.service.settings.read()).retention.runs_days).toBe(400);
    await form.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Delete older entries' }).click();
    await page.getByText('The settings were saved.').waitFor();
    await days.fill('60');
    await form.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  test('the mail server is entered once; its password never comes back', async () => {
    await goTo(page, '/settings');
    const form = page.getByRole('form', { name: 'E-mail server' });
    const answers: Promise<string>[] = [];
    page.on('response', (answer) => {
      if (answer.url().includes('/api/v1/settings')) answers.push(answer.text());
    });
    const password = form.getByLabel('Password', { exact: true });
    const save = async () => {
      const saved = page.waitForResponse((answer) => answer.request().method() === 'PUT');
      await form.getByRole('button', { name: 'Save' }).click();
      expect((await saved).status()).toBe(200);
    };
    await form.getByLabel('Sender’s address').fill('lineup@example.com');
    await form.getByLabel('Mail server').fill('smtp.example.com');
    await choose(page, 'Encryption', /^TLS$/);
    await form.getByLabel('Port').fill('465');
    await form.getByLabel('User name').fill('lineup');
    await password.fill('an invented mail password');
    await save();
    await form.getByText('Leave it blank to keep the present one.').waitFor();
    const { mail, mail_password } = await web.service.settings.read();
    expect({ ...mail, mail_password }).toEqual({
      host: 'smtp.example.com',
      port: 465,
      security: 'tls',
      user: 'lineup',
      from: 'lineup@example.com',
      mail_password: true,
    });
    await page.reload();
    expect(await form.getByLabel('Mail server').inputValue()).toBe('smtp.example.com');
    expect(await password.inputValue()).toBe('');
    await fits(page, 'settings-mail');
    // It is kept when another value is saved, and goes with its user.
    await form.getByLabel('Sender’s address').fill('news@example.com');
    await save();
    expect((await web.service.settings.read()).mail_password).toBe(true);
    await form.getByLabel('User name').fill('');
    await save();
    expect((await web.service.settings.read()).mail_password).toBe(false);
    // A secret outside Lineup is named, and can be read while it is typed.
    const reference = ['$', '{secret:file:/run/secrets/mail}'].join('');
    await form.getByLabel('User name').fill('lineup');
    await password.fill(reference);
    await expect.poll(() => password.getAttribute('type')).toBe('text');
    await save();
    await form.getByText(reference, { exact: true }).waitFor();
    await fits(page, 'settings-mail-outside');
    const texts = await Promise.all(answers);
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.join()).not.toContain('an invented mail password');
  });

  test('a channel gets failures', async () => {
    await goTo(page, '/notifications');
    await page.getByRole('heading', { name: 'No notification channel yet' }).waitFor();
    await page.getByRole('button', { name: 'New channel' }).click();
    const dialog = page.getByRole('dialog');
    await choose(page, 'Method', 'Signed webhook');
    await dialog.getByRole('textbox', { name: 'Label' }).fill('On-call');
    await dialog.getByLabel('URL').fill('https://hooks.example.com/lineup');
    await dialog.getByLabel('LINE matches nobody').uncheck();
    // Both can be chosen. Successes are frequent, so they are off by default.
    expect(await dialog.getByLabel('An authorization stops working').isChecked()).toBe(true);
    expect(await dialog.getByLabel('A job succeeds').isChecked()).toBe(false);
    await dialog.getByLabel('A job succeeds').check();
    await choose(page, 'Language', '日本語');
    await look(page, 'notification-new');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('hooks.example.com').first().waitFor();
    await page.getByText(/Notify about/).waitFor();
    await page.getByText(/, A job succeeds$/).waitFor();
    await look(page, 'notifications');

    await page.getByRole('button', { name: 'Edit: On-call' }).click();
    await dialog.getByRole('textbox', { name: 'Label' }).fill('Night shift');
    expect(
      await dialog
        .getByRole('combobox', { name: 'Language' })
        .or(dialog.getByRole('textbox', { name: 'Language' }))
        .first()
        .inputValue(),
    ).toBe('日本語');
    await dialog.getByLabel('A run is late').uncheck();
    await dialog.getByLabel('Change the destination').check();
    await fits(page, 'notification-edit');
    await dialog.getByLabel('URL').fill('https://night.example.com/lineup');
    // A key of the receiver's own. It is shown to nobody.
    const key = dialog.getByLabel('Signing key', { exact: true });
    await key.fill('whsec_tooShort');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Enter a key like whsec_').waitFor();
    await key.fill(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('night.example.com').first().waitFor();
    expect(await page.getByText(/^whsec_/).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete: Night shift' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No notification channel yet' }).waitFor();
  });

  test('a channel has a mail server of its own', async () => {
    await page.getByRole('button', { name: 'New channel' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Label' }).fill('Ads team');
    await dialog.getByLabel('Recipients').fill('ads@example.com');
    await dialog.getByLabel('Its own mail server').check();
    await dialog.getByLabel('Sender’s address').fill('lineup@example.com');
    await dialog.getByLabel('Mail server', { exact: true }).fill('smtp.example.com');
    await dialog.getByLabel('User name').fill('lineup');
    await dialog.getByLabel('Password', { exact: true }).fill('an-invented-password');
    await look(page, 'notification-own-server');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('ads@example.com').first().waitFor();
    const [made] = await web.service.notifications.list();
    expect(made).toMatchObject({ mail_server: 'own', secrets: expect.arrayContaining(['user', 'password']) });
    await web.service.notifications.delete(made!.id, installation.administrator);
  });

  test('a change of the password needs the old one', async () => {
    await goTo(page, '/account');
    await page.getByLabel('Current password').fill('wrong');
    await page.getByLabel('New password').fill('yet another invented one');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The current password is wrong.').waitFor();
    await look(page, 'account');
  });

  describe('keys are verified when they are saved, have help beside the form, and are separate from ad accounts', () => {
    const formOfLine = () => goTo(page, '/authorizations/new?provider=line_ads&method=line_ads_api_key');
    const status = (word: string) => page.locator('.facts .status', { hasText: new RegExp(`^${word}$`) });

    test('help is beside the form, with links to LINE’s own pages; a refusal by LINE is shown at the field before the keys are saved, and can be corrected', async () => {
      await formOfLine();
      const help = page.getByRole('complementary', { name: 'Where to find these values' });
      await help.getByText(/ten business days/).waitFor();
      await help.getByText(/It starts with A\./).waitFor();
      const link = help.getByRole('link', { name: 'LINE Ads Manager' });
      expect(await link.getAttribute('href')).toBe('https://ads.line.me/');
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
      const { accessKey, secretKey } = web.simulator.keys[0]!;
      await page.getByLabel('LINE Ads Account ID to verify with').fill('A1');
      await fillAuthorization(page, 'Refused', { accessKey, secretKey: 'not-the-right-one' });
      await page.getByRole('alert').getByText('Not saved yet').waitFor();
      await page.locator('.mantine-PasswordInput-root').getByText(TOGETHER).waitFor();
      await look(page, 'authorization-refused');
      await page.getByLabel('LINE Ads Account ID to verify with').fill('A9');
      await page.getByLabel('Secret Key').fill(secretKey);
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await page
        .getByText(/ACCOUNT_NOT_ALLOWED/)
        .first()
        .waitFor();
      expect(await page.getByText(TOGETHER).count()).toBe(0);
      await page.getByLabel('LINE Ads Account ID to verify with').fill('A1');
      await page.getByRole('button', { name: 'Save Authorization' }).click();
      await page.getByText('Saved and verified.').waitFor();
      await status('Healthy').waitFor();
      await page.locator('.facts').getByText('Export Audiences').waitFor();
      await page.locator('.facts').getByText('Destination').waitFor();
    });

    test('a mistyped ad account is reported, and the key stays healthy', async () => {
      const account = page.getByLabel('LINE Ads Account ID');
      expect(await account.inputValue()).toBe('A1');
      await account.fill('A9');
      await page.getByRole('button', { name: 'Verify now' }).click();
      await page
        .getByRole('status')
        .getByText(/ACCOUNT_NOT_ALLOWED/)
        .waitFor();
      expect(await page.getByRole('img', { name: 'OK' }).count()).toBe(3);
      await look(page, 'authorization-healthy');
      const saved = await web.service.authorizations.list();
      expect(saved.find(({ label }) => label === 'Refused')).toMatchObject({ health: 'healthy' });
      await status('Healthy').waitFor();
    });

    test('refused keys can be saved anyway, and the page says what to do', async () => {
      await formOfLine();
      await page.getByLabel('LINE Ads Account ID to verify with').fill('A1');
      const { accessKey } = web.simulator.keys[0]!;
      await fillAuthorization(page, 'To be corrected', { accessKey, secretKey: 'not-the-right-one' });
      await page.getByRole('button', { name: 'Save anyway' }).click();
      // Messages of before may still be there.
      const told = page.locator('.mantine-Notification-root', { hasText: 'Saved, but not accepted' });
      await told.getByRole('button', { name: 'Close' }).click();
      await status('Unhealthy').waitFor();
      await page.getByText(/Choose “Replace credentials” and enter the correct ones/).waitFor();
      await look(page, 'authorization-unhealthy');
    });

    test('without an ad account the keys are saved as unverified', async () => {
      await formOfLine();
      await fillAuthorization(page, 'Later', web.simulator.keys[0]!);
      await page.getByText('Saved. Not verified yet.').waitFor();
      await status('Unknown').waitFor();
      await page.getByText(/have not been verified yet/).waitFor();
    });
  });

  test('lost credentials say that they must be entered again, on each page that shows them, until somebody does', async () => {
    const { administrator } = installation;
    const { channel } = await web.service.notifications.create(
      {
        kind: 'webhook',
        label: 'Lost',
        events: ['run_late'],
        configuration: { url: 'https://a.example.com/' },
      },
      administrator,
    );
    const lost = await authorize(web, administrator, 'Lost account');
    await web.loseCredentials(lost, channel.id);
    await goTo(page, '/authorizations');
    const row = page.getByRole('row', { name: /Lost account/ });
    await row.getByText('Enter again', { exact: true }).waitFor();
    await row.getByRole('link', { name: 'Lost account' }).click();
    await page
      .getByText('The credentials of “Lost account” were lost with their encryption key. Enter them again.')
      .waitFor();
    await look(page, 'authorization-lost');
    await page.getByRole('button', { name: 'Replace credentials' }).click();
    const { accessKey, secretKey } = web.simulator.keys[0]!;
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Access Key').fill(accessKey);
    // A reference to a secret outside is no secret: it can be read while it is typed.
    await dialog.getByLabel('Secret Key').fill(['$', '{secret:file:/run/secrets/line}'].join(''));
    await expect.poll(() => dialog.getByLabel('Secret Key').getAttribute('type')).toBe('text');
    await dialog.getByLabel('Secret Key').fill(secretKey);
    await expect.poll(() => dialog.getByLabel('Secret Key').getAttribute('type')).toBe('password');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.locator('.facts .status', { hasText: /^Unknown$/ }).waitFor();

    await goTo(page, '/notifications');
    // The page has the list from before.
    await page.reload();
    await page.getByText('The credentials of “Lost” were lost with their encryption key. Enter them again.').waitFor();
    await look(page, 'notification-lost');
    await page.getByRole('button', { name: 'Edit: Lost' }).click();
    // What was lost is asked for without a further click, and the new signing key is shown once.
    await dialog.getByLabel('URL').fill('https://b.example.com/');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByText('were lost with their encryption key').count()).toBe(0);
    await web.service.notifications.delete(channel.id, administrator);
  });

  test('a user is removed for good, after a question', async () => {
    await web.addPerson({
      name: 'Carl Chen',
      email: 'carl@example.com',
      password: 'an invented password',
      role: 'editor',
    });
    await goTo(page, '/users');
    await page.getByRole('button', { name: 'Actions for Carl Chen' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByText(/^By .+, .+\d/).waitFor();
    await fits(page, 'user-disabled');
    await page.getByRole('button', { name: 'Actions for Carl Chen' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await fits(page, 'user-remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.getByText('Carl Chen').count()).toBe(0);
    await goTo(page, '/audit-log');
    await page.getByText('former user 1 (deleted)').first().waitFor();
  });

  test('an invited person sets a password and is signed in; a viewer sees only allowed pages', async () => {
    await goTo(page, '/users');
    await page.getByRole('button', { name: 'Invite user' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Bert Braun');
    await dialog.getByLabel('E-mail address').fill('bert@example.com');
    await choose(page, 'Role', 'Viewer');
    await dialog.getByRole('button', { name: 'Create invitation' }).click();
    // The test’s server did not know its port when it was built.
    const { pathname, hash } = new URL((await page.getByRole('dialog').locator('pre').textContent())!);
    await page.getByRole('button', { name: 'Done' }).click();
    await look(page, 'users');

    // A new browser context would cost more.
    await page.context().clearCookies();
    await page.goto(`${web.url}/sign-in?error=no_group`);
    await page.getByText('You are in no group that may use Lineup.').waitFor();
    await page.goto(`${web.url}${pathname}${hash}`);
    await page.getByLabel('New password').fill('another invented one');
    await look(page, 'invitation');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('link', { name: 'Gold members' }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await goTo(page, '/jobs/new');
    await page.getByRole('heading', { name: 'You do not have permission to do this' }).waitFor();
    await look(page, 'no-permission');
    await page.getByRole('button', { name: 'Bert Braun' }).waitFor();
  });
});
