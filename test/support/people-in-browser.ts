/** What people do in the web app, step by step, in the words that they see. */
import type { Locator, Page } from 'playwright-core';
import type { Web } from './web.ts';

export const admin = {
  name: 'Aiko Tanaka',
  email: 'aiko@example.jp',
  password: 'an invented password',
} as const;

/** Becomes the first administrator, with the link of the server's log. */
export async function setUp(page: Page, web: Web): Promise<void> {
  await page.goto(await web.setupLink());
  await page.getByLabel('Your name').fill(admin.name);
  await page.getByLabel('E-mail address').fill(admin.email);
  await page.getByLabel('New password').fill(admin.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
}

export async function signIn(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation').waitFor();
}

/** Opens the folder of members to exports. */
export async function allowFiles(page: Page, web: Web): Promise<void> {
  await page.goto(`${web.url}/settings`);
  await page.getByLabel('Folders whose files may be exported').fill(web.members);
  await page.getByRole('form', { name: 'Files' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('The settings were saved.').waitFor();
}

/** Lists what may be connected to inside the network. */
export async function allowHosts(page: Page, web: Web, ...hosts: string[]): Promise<void> {
  await page.goto(`${web.url}/settings`);
  const form = page.getByRole('form', { name: 'Hosts inside your network' });
  await form.getByRole('textbox').fill(hosts.join('\n'));
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The settings were saved.').waitFor();
}

/** Saves the authorization with the form that is open. */
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

export async function addAuthorization(page: Page, web: Web, label = 'Main account'): Promise<void> {
  await page.goto(`${web.url}/authorizations/new?provider=line_ads&method=line_ads_api_key`);
  await fillAuthorization(page, label, web.simulator.keys[0]!);
  await page.getByRole('heading', { name: label }).waitFor();
}

/** A drop-down list by its label. */
export const dropDown = (page: Page, label: string): Locator =>
  page
    .getByRole('textbox', { name: label, exact: true })
    .or(page.getByRole('combobox', { name: label, exact: true }))
    .first();

/** Chooses from a drop-down list by its label. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await dropDown(page, label).click();
  await page.getByRole('option', { name: option }).first().click();
}

/** From the list of jobs to the form of a new export. */
export async function openExportForm(page: Page, web: Web, authorization = 'Main account'): Promise<void> {
  await page.goto(`${web.url}/`);
  await page.getByRole('link', { name: 'New export' }).click();
  await page.getByRole('link', { name: 'LINE Ads' }).click();
  await page.getByRole('link', { name: 'Export Audiences' }).click();
  await page.getByRole('link', { name: authorization }).click();
  await page.getByLabel('Label').waitFor();
}

/** Fills an export in, for a file of e-mail addresses. */
export async function fillExport(
  page: Page,
  { label, file, audience }: { label: string; file: string; audience: string },
): Promise<void> {
  await page.getByLabel('Label').fill(label);
  await choose(page, 'Audience', new RegExp(file));
  await page.getByLabel('LINE Ads Account ID').fill('A1');
  await page.getByLabel('Audience Name').fill(audience);
}

/** A new job whose page is shown. */
export async function createExport(
  page: Page,
  web: Web,
  values: { label: string; file: string; audience: string },
): Promise<void> {
  await openExportForm(page, web);
  await fillExport(page, values);
  await page.getByRole('button', { name: 'Complete' }).click();
  await page.getByRole('heading', { name: values.label, level: 1 }).waitFor();
}

/** Waits for a job's status on its page. */
export const waitForStatus = (page: Page, status: string): Promise<void> =>
  page.locator('.facts .status', { hasText: new RegExp(`^${status}$`) }).waitFor({ timeout: 60_000 });
