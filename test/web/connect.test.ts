/** An authorization of LY Ads, from its form to its base account: by the redirect, and with a code. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LyAdsSimulator, startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { closeVisits, fits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { become, comeIn, firstAdministrator } from '../support/installation.ts';
import { choose, dropDown } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const viewer = { name: 'Vera', email: 'vera@example.com', password: 'correct horse battery' };
const editor = { name: 'Eri', email: 'eri@example.com', password: 'correct horse battery' };

const fact = (page: Page, name: string) => page.locator(`dt:text-is("${name}") + dd`).first();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function create(page: Page, web: Web, lyAds: LyAdsSimulator, label: string): Promise<string> {
  await page.goto(`${web.url}/authorizations/new`);
  await page.getByRole('link', { name: /^LY Ads/ }).click();
  await page.getByLabel('Label').fill(label);
  await page.getByLabel('Client ID').fill(lyAds.client.clientId);
  await page.getByLabel('Client secret').fill(lyAds.client.clientSecret);
  // It is chosen from a list.
  expect(await page.getByLabel('Base account').count()).toBe(0);
  await page.getByRole('button', { name: 'Save Authorization' }).click();
  await page.getByRole('heading', { name: label, level: 1 }).waitFor();
  await page.getByText('A person with a Business ID connects this authorization').waitFor();
  return new URL(page.url()).pathname;
}

/** On the page of the simulator. */
async function consent(page: Page, businessId = 'BIZ0001', decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  await page.getByRole('radio', { name: businessId }).check();
  await button(page, decision).click();
}

describe('an authorization of LY Ads', needsBrowser, () => {
  let browser: Browser;
  let lyAds: LyAdsSimulator;
  beforeAll(async () => {
    lyAds = await startLyAdsSimulator();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await lyAds?.close();
  });

  describe('where the installation has a public address', () => {
    let web: Web;
    let page: Page;
    let path: string;
    beforeAll(async () => {
      web = await startWeb({}, {}, {}, { lyAdsUrl: lyAds.url, isPublic: true });
      await firstAdministrator(web);
      ({ page } = await comeIn(browser, web));
    });
    afterAll(async () => {
      await closeVisits(browser);
      await web?.close();
    });

    test('is connected by the redirect, and its base account is chosen from a list', async () => {
      path = await create(page, web, lyAds, 'LY main');
      await page.getByText('Saved. Now connect it').waitFor();
      await expect.poll(() => fact(page, 'Status').textContent()).toBe('Not connected');
      await page.getByText(`${web.url}/api/connect/callback`).first().waitFor();
      await look(page, 'authorization-not-connected');
      await button(page, 'Connect').click();
      await consent(page);
      await page.getByRole('dialog', { name: 'Choose base account' }).waitFor();
      expect(new URL(page.url()).search).toBe('?connect=connected');
      await dropDown(page, 'Base account').click();
      await page.getByRole('option', { name: /Example Sandbox/ }).waitFor();
      expect(await page.getByRole('option', { name: /Example Sandbox/ }).getAttribute('data-combobox-disabled')).toBe(
        'true',
      );
      await look(page, 'authorization-base-account');
      await dropDown(page, 'Base account').fill('group');
      await page.getByRole('option', { name: /Example Group \(1001\)/ }).click();
      await button(page, 'Save').click();
      await expect.poll(() => fact(page, 'Base account').textContent()).toBe('Example Group (1001)');
      expect(await fact(page, 'Business ID').textContent()).toBe('BIZ0001');
      expect(await fact(page, 'Connected by').textContent()).toContain('Aiko');
      await expect.poll(() => fact(page, 'Status').textContent()).toBe('Healthy');
      await look(page, 'authorization-connected');
      expect(lyAds.inspect().violations).toEqual([]);
    });

    test('a refused consent, and that of another Business ID, change nothing', async () => {
      await button(page, 'Connect again').click();
      await consent(page, 'BIZ0001', 'Deny');
      await page.getByText('Not connected: nobody has consented').waitFor();
      await button(page, 'Connect again').click();
      await consent(page, 'BIZ0002');
      await page.getByText('it was another Business ID than before').waitFor();
      expect(await fact(page, 'Business ID').textContent()).toBe('BIZ0001');
      await look(page, 'authorization-another-identity');
      await button(page, 'Connect with another Business ID').click();
      await consent(page, 'BIZ0002');
      await expect.poll(() => fact(page, 'Business ID').textContent()).toBe('BIZ0002');
      // It may only look.
      await page
        .getByText(/may only look at account 1001/)
        .first()
        .waitFor();
    });

    test('what one person has begun, another one cannot end', async () => {
      await web.addPerson({ ...editor, role: 'editor' });
      const { page: other } = await comeIn(browser, web);
      await become(other, web, editor);
      await other.goto(`${web.url}${path}`);
      await button(other, 'Connect again').click();
      await other.getByRole('radio').first().waitFor();
      // The administrator follows the address that the editor has sent.
      await page.goto(other.url());
      await consent(page);
      await page.getByText('somebody else has begun this').waitFor();
      expect(await fact(page, 'Business ID').textContent()).toBe('BIZ0002');
    });

    test('a viewer sees that it is connected, but not as whom, and changes nothing', async () => {
      await web.addPerson({ ...viewer, role: 'viewer' });
      await become(page, web, viewer);
      await page.goto(`${web.url}${path}`);
      await expect.poll(() => fact(page, 'Connected by').textContent()).toContain('Aiko');
      expect(await page.getByText('BIZ0002').count()).toBe(0);
      expect(await page.getByRole('button', { name: /onnect/ }).count()).toBe(0);
    });
  });

  describe('where it has none', () => {
    let web: Web;
    let page: Page;
    beforeAll(async () => {
      web = await startWeb({}, {}, {}, { lyAdsUrl: lyAds.url });
      await firstAdministrator(web);
      ({ page } = await comeIn(browser, web, { viewport: { width: 360, height: 780 }, locale: 'ja-JP' }));
    });
    afterAll(async () => {
      await closeVisits(browser);
      await web?.close();
    });

    test('is connected with a code, on a phone and in Japanese', async () => {
      const { value } = await web.service.authorizations.create(
        {
          provider: 'ly_ads',
          method: 'ly_ads_application',
          label: 'LYのアカウント',
          description: '',
          configuration: {
            client_id: lyAds.client.clientId,
            client_secret: lyAds.client.clientSecret,
            base_account_id: '',
            column_headings: 'write',
          },
        },
        { id: 'operator', name: 'Aiko Tanaka' },
      );
      await page.goto(`${web.url}/authorizations/${value.id}`);
      await button(page, '接続').click();
      const dialog = page.getByRole('dialog', { name: 'コードで接続' });
      await dialog.waitFor();
      await fits(page, 'authorization-code');
      const [consents] = await Promise.all([
        page.context().waitForEvent('page'),
        dialog.getByRole('link', { name: '同意の画面を開く' }).click(),
      ]);
      await consent(consents);
      const code = await consents.locator('code').textContent();
      await consents.close();
      await dialog.getByRole('textbox').fill('a-mistyped-code');
      await dialog.getByRole('button', { name: '接続' }).click();
      await dialog.getByRole('alert').waitFor();
      await dialog.getByRole('textbox').fill(` ${code} `);
      await dialog.getByRole('button', { name: '接続' }).click();
      await page.getByRole('dialog', { name: 'ベースアカウントを選択' }).waitFor();
      await choose(page, 'ベースアカウント', /Example Games/);
      await button(page, '保存').click();
      await expect.poll(() => fact(page, 'ベースアカウント').textContent()).toBe('Example Games (2001)');
      await fits(page, 'authorization-connected-ja');
    });
  });
});
