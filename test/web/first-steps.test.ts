/** An installation without an export tells how to come to the first one. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/contracts/people.ts';
import { closeVisits, look, needsBrowser, openBrowser } from '../support/browser.ts';
import { addJob, authorize, become, comeIn, firstAdministrator } from '../support/installation.ts';
import { admin } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const viewer = { name: 'Nok', email: 'nok@example.com', password: 'another invented password' };

describe('the first steps', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let administrator: Actor;
  let authorization: string;
  const steps = () => page.getByRole('main').getByRole('listitem').allInnerTexts();
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', ['email', 'a@example.com']);
    administrator = await firstAdministrator(web);
    await web.addPerson({ ...viewer, role: 'viewer' });
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('stand where the jobs will, and each leads to where it is taken', async () => {
    await page.getByRole('heading', { name: 'No export yet' }).waitFor();
    await look(page, 'first-steps');
    expect((await steps()).map((text) => text.split('\n').filter(Boolean)[0])).toHaveLength(5);
    await page.getByRole('link', { name: 'Add authorization' }).click();
    await page.getByLabel('Access Key').waitFor();
  });

  test('a step that was taken is marked', async () => {
    authorization = await authorize(web, administrator);
    await page.goto(web.url);
    await page.getByRole('listitem').filter({ hasText: 'Connect LINE Ads' }).getByText('Done').waitFor();
    await look(page, 'first-steps-one-done');
  });

  test('whoever only looks is shown no step', async () => {
    await become(page, web, viewer);
    await page.getByRole('heading', { name: 'No export yet' }).waitFor();
    expect(await page.getByText('Connect LINE Ads').count()).toBe(0);
  });

  test('with the first export the list takes their place', async () => {
    await web.service.settings.write('files', { roots: [web.members] }, administrator);
    const values = { name: 'First', file: 'members.csv', audience: 'VIP' };
    await addJob(web, { administrator, authorization }, values);
    await become(page, web, admin);
    await page.getByRole('link', { name: 'First' }).waitFor();
    expect(await page.getByText('Connect LINE Ads').count()).toBe(0);
  });
});
