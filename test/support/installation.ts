/**
 * An installation that is in use, created by direct calls of its service. Other tests show how people do the same in
 * the web app. This saves many clicks and page loads.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Actor } from '../../src/domain/people/people.ts';
import { visitor } from './browser.ts';
import { admin } from './people-in-browser.ts';
import { aNewJob } from './service.ts';
import { until } from './service-bench.ts';
import type { Web } from './web.ts';

export interface Installation {
  readonly administrator: Actor;
  /** The id of "Main account". */
  readonly authorization: string;
}

/** The administrator that the page of the setup link would create. */
export async function firstAdministrator(web: Web): Promise<Actor> {
  const administrator = await web.addPerson({ ...admin, role: 'administrator' });
  await web.service.settings.write('appearance', { time_zone: 'Asia/Tokyo' }, administrator);
  return administrator;
}

/**
 * Opens the folder of members to exports, and adds an authorization for LINE Ads.
 * @param by an existing administrator; by default a new one
 */
export async function install(web: Web, by?: Actor): Promise<Installation> {
  const administrator = by ?? (await firstAdministrator(web));
  await web.service.settings.write('files', { roots: [web.members] }, administrator);
  return { administrator, authorization: await authorize(web, administrator) };
}

export async function authorize(
  web: Web,
  administrator: Actor,
  label = 'Main account',
  keys: { accessKey: string; secretKey: string } = web.simulator.keys[0]!,
): Promise<string> {
  const configuration = { access_key: keys.accessKey, secret_key: keys.secretKey };
  const method = { provider: 'line_ads', method: 'line_ads_api_key' } as const;
  const { value } = await web.service.authorizations.create(
    { ...method, label, description: '', configuration },
    administrator,
  );
  return value.id;
}

/** A daily export of a file of e-mail addresses. Resolves when its first run has ended. */
export async function addJob(
  web: Web,
  { administrator, authorization }: Installation,
  { name, file, audience }: { name: string; file: string; audience: string },
  more: Record<string, unknown> = {},
): Promise<JobView> {
  const configuration = {
    segment_id: `${web.members}/${file}`,
    audience_name: audience,
    id_field: 'email',
    ...more,
  };
  const { jobs } = web.service;
  const { value } = await jobs.create({ ...aNewJob(authorization, configuration), name }, administrator);
  return until(
    () => jobs.get(value.id),
    ({ status }) => status === 'sleeping',
  );
}

/** A person who is signed in, on the list of jobs. */
export async function comeIn(
  browser: Browser,
  web: Web,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const { context, page } = await visitor(browser, options);
  await become(page, web, admin);
  return { context, page };
}

/** Signs in as this person, and signs out the person before. A new browser context would cost more. */
export async function become(
  page: Page,
  web: Web,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.context().clearCookies();
  const answer = await page.context().request.post(`${web.url}/api/v1/session`, { data: { email, password } });
  if (!answer.ok()) throw new Error(`${email} cannot sign in: ${await answer.text()}`);
  await page.goto(`${web.url}/jobs`);
  // On a phone the navigation is behind its button.
  await page.locator('nav').first().waitFor({ state: 'attached' });
}
