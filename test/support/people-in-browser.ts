/** Actions of people in the web app, step by step, by the words that they see. */
import type { Locator, Page } from 'playwright-core';
import { goTo } from './browser.ts';
import type { Web } from './web.ts';

export const admin = {
  name: 'Aiko Tanaka',
  email: 'aiko@example.jp',
  password: 'an invented password',
} as const;

/** Becomes the first administrator, on the page of the link in the server’s log. */
export async function setUp(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill(admin.name);
  await page.getByLabel('E-mail address').fill(admin.email);
  await page.getByLabel('New password').fill(admin.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

export async function signIn(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation').waitFor();
}

/** Saves the authorization in the open form. */
export async function fillAuthorization(
  page: Page,
  label: string,
  keys: { accessKey: string; secretKey: string },
): Promise<void> {
  await page.getByLabel('Label').fill(label);
  await page.getByLabel('Access Key').fill(keys.accessKey);
  await page.getByLabel('Secret Key').fill(keys.secretKey);
  await page.getByRole('button', { name: 'Save Authorization' }).click();
}

/** A drop-down list by its label. */
export const dropDown = (page: Page, label: string): Locator =>
  page
    .getByRole('textbox', { name: label, exact: true })
    .or(page.getByRole('combobox', { name: label, exact: true }))
    .first();

/** Chooses from a drop-down list by its label. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  const field = dropDown(page, label);
  await field.click();
  const wanted = page.getByRole('option', { name: option }).first();
  await wanted.click().catch(async (error: unknown) => {
    const isOpen = await field.getAttribute('aria-expanded', { timeout: 1_000 }).catch(() => 'not there');
    const offered = await page.getByRole('option').allTextContents();
    throw new Error(`"${label}" (expanded: ${isOpen}) offers ${JSON.stringify(offered)}.`, { cause: error });
  });
}

/** The line that folds and unfolds a section of the export form. */
export const sectionLine = (page: Page, name: string): Locator =>
  page.locator('.form-section > summary', { has: page.getByRole('heading', { name, exact: true }) });

/** Opens a section of the export form, where it is folded. */
export async function openSection(page: Page, name: string): Promise<void> {
  const section = page.locator('.form-section:not([open])', {
    has: page.getByRole('heading', { name, exact: true }),
  });
  await sectionLine(page, name).waitFor();
  if ((await section.count()) > 0) await sectionLine(page, name).click();
}

/** The address of the form of a new export. */
async function exportForm(web: Web, label: string): Promise<string> {
  const saved = await web.service.authorizations.list();
  const authorization = saved.find((candidate) => candidate.label === label)?.id ?? '';
  const choices = new URLSearchParams({
    provider: 'line_ads',
    type: 'line_ads_audience_export',
    authorization,
  });
  return `/jobs/new?${choices}`;
}

/** Opens the form of a new export in the app. Other tests show the way of a user to it. */
export async function openExportForm(page: Page, web: Web, label = 'Main account'): Promise<void> {
  // An open form would not be reset.
  await goTo(page, '/account');
  await goTo(page, await exportForm(web, label));
  await page.getByLabel('Label').waitFor();
}

/** Opens the form as the first loaded page, so the app has no cached answers. */
export async function loadExportForm(page: Page, web: Web, label = 'Main account'): Promise<void> {
  await page.goto(`${web.url}${await exportForm(web, label)}`);
  await page.getByLabel('Label').waitFor();
}

/** Opens the form without a draft. */
export async function openBlankForm(page: Page, web: Web): Promise<void> {
  // An open form would save its draft again.
  await goTo(page, '/account');
  await page.evaluate(`for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith('lineup.draft.')) sessionStorage.removeItem(name);
  }`);
  await openExportForm(page, web);
}

/** Fills in an export for a file of e-mail addresses. */
export async function fillExport(
  page: Page,
  { label, file, audience }: { label: string; file: string; audience: string },
): Promise<void> {
  await page.getByLabel('Label').fill(label);
  await choose(page, 'Audience', new RegExp(file));
  await page.getByLabel('LINE Ads Account ID').fill('A1');
  await page.getByLabel('Audience Name').fill(audience);
}

/** Waits for a job's status on its page. */
export const waitForStatus = (page: Page, status: string): Promise<void> =>
  page.locator('.facts .status', { hasText: new RegExp(`^${status}$`) }).waitFor({ timeout: 60_000 });
