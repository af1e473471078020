/** An installation without an export tells how to come to the first one. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeVisits, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { addAuthorization, allowFiles, createExport, setUp, signIn } from '../support/people-in-browser.ts';
import { startWeb, type Web } from '../support/web.ts';

const viewer = { name: 'Nok', email: 'nok@example.com', password: 'another invented password' };

describe('the first steps', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  const steps = () => page.getByRole('main').getByRole('listitem').allInnerTexts();
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', ['email', 'a@example.com']);
    browser = await openBrowser();
    ({ page } = await visitor(browser));
    await setUp(page, web);
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
    await addAuthorization(page, web);
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Connect LINE Ads' }).getByText('Done').waitFor();
    await look(page, 'first-steps-one-done');
  });

  test('whoever only looks is shown no step', async () => {
    await web.addPerson({ ...viewer, role: 'viewer' });
    const looking = await visitor(browser);
    await looking.page.goto(web.url);
    await signIn(looking.page, viewer);
    await looking.page.getByRole('heading', { name: 'No export yet' }).waitFor();
    expect(await looking.page.getByText('Connect LINE Ads').count()).toBe(0);
    await looking.context.close();
  });

  test('with the first export the list takes their place', async () => {
    await allowFiles(page, web);
    await createExport(page, web, { label: 'First', file: 'members.csv', audience: 'VIP' });
    await page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('link', { name: 'First' }).waitFor();
    expect(await page.getByText('Connect LINE Ads').count()).toBe(0);
  });
});
