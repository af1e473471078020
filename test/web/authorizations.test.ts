/** Keys: verified when they are saved, helped with where they are found, and told apart from ad accounts. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { comeIn, goTo, install } from '../support/installation.ts';
import { fillAuthorization } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const TOGETHER = /LINE does not accept this access key and secret key together\. Check both\./;

describe('authorizations', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  const formOfLine = () => goTo(page, '/authorizations/new?provider=line_ads&method=line_ads_api_key');
  const status = (word: string) => page.locator('.facts .status', { hasText: new RegExp(`^${word}$`) });

  beforeAll(async () => {
    web = await startWeb();
    await install(web);
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('help stands beside the form, with links to LINE’s own pages', async () => {
    await formOfLine();
    const help = page.getByRole('complementary', { name: 'Where to find these values' });
    await help.getByText(/ten business days/).waitFor();
    await help.getByText(/It starts with A\./).waitFor();
    const link = help.getByRole('link', { name: 'LINE Ads Manager' });
    expect(await link.getAttribute('href')).toBe('https://ads.line.me/');
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    await look(page, 'authorization-new');
  });

  test('what LINE refuses is told at the field before it is saved, and corrected', async () => {
    await formOfLine();
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
    await look(page, 'authorization-healthy');
  });

  test('a mistyped ad account is told, and the key stays healthy', async () => {
    const account = page.getByLabel('LINE Ads Account ID');
    expect(await account.inputValue()).toBe('A1');
    await account.fill('A9');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page
      .getByRole('status')
      .getByText(/ACCOUNT_NOT_ALLOWED/)
      .waitFor();
    expect(await page.getByRole('img', { name: 'OK' }).count()).toBe(3);
    await page.reload();
    await status('Healthy').waitFor();
  });

  test('refused keys are saved when a person wants that, and the page says what to do', async () => {
    await formOfLine();
    await page.getByLabel('LINE Ads Account ID to verify with').fill('A1');
    const { accessKey } = web.simulator.keys[0]!;
    await fillAuthorization(page, 'To be corrected', { accessKey, secretKey: 'not-the-right-one' });
    await page.getByRole('button', { name: 'Save anyway' }).click();
    await page.getByText('Saved, but not accepted').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await status('Unhealthy').waitFor();
    await page.getByText(/Choose “Replace credentials” and enter the right ones/).waitFor();
    await look(page, 'authorization-unhealthy');
  });

  test('without an ad account the keys are saved, and said to be unverified', async () => {
    await formOfLine();
    await fillAuthorization(page, 'Later', web.simulator.keys[0]!);
    await page.getByText('Saved. Not verified yet.').waitFor();
    await status('Unknown').waitFor();
    await page.getByText(/have not been verified yet/).waitFor();
  });
});
