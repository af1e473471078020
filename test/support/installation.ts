/**
 * An installation in use, made by calls of its service; how people come to the same is shown once, by the flows about it. So
 * many clicks less, and so many pages less to load.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Actor } from '../../src/contracts/people.ts';
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

/** Whom a page of the setup link makes. */
export async function firstAdministrator(web: Web): Promise<Actor> {
  const administrator = await web.addPerson({ ...admin, role: 'administrator' });
  await web.service.settings.write('appearance', { time_zone: 'Asia/Tokyo' }, administrator);
  return administrator;
}

/** With the folder of members open to exports, and an authorization for LINE Ads. @param by who is there; else the first one comes */
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

/** A daily export of a file of e-mail addresses, whose first run has ended. */
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

/** Somebody who is signed in, at the list of jobs. */
export async function comeIn(
  browser: Browser,
  web: Web,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const { context, page } = await visitor(browser, options);
  await become(page, web, admin);
  return { context, page };
}

/** From now on the browser is that person's; whoever was signed in before is gone. A new browser costs more than all of this. */
export async function become(
  page: Page,
  web: Web,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.context().clearCookies();
  const answer = await page
    .context()
    .request.post(`${web.url}/api/v1/session`, { data: { email, password } });
  if (!answer.ok()) throw new Error(`${email} cannot sign in: ${await answer.text()}`);
  await page.goto(web.url);
  // On a telephone the navigation is behind its button.
  await page.locator('nav').first().waitFor({ state: 'attached' });
}
