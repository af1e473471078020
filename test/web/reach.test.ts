/** The app on tablets, with few permissions, by keyboard, and after a return. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newChannel } from '../../src/contracts/notifications.ts';
import { attention, attentionAction } from '../../src/contracts/overview.ts';
import { closeVisits, goTo, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { addJob, become, comeIn, type Installation, install } from '../support/installation.ts';
import { admin, choose, dropDown, openExportForm, openSection, signIn } from '../support/people-in-browser.ts';
import { sample } from '../support/sample.ts';
import { startWeb, type Web } from '../support/web.ts';

const LANGUAGES = ['en', 'ja', 'zh-TW', 'th', 'id'];
const editor = { name: 'Emi Editor', email: 'emi@example.jp', password: 'an editor’s password' };
const viewer = { name: 'Vera Viewer', email: 'vera@example.jp', password: 'a viewer’s password' };
/** The longest names that people use. */
const LONG = 'Members of the loyalty programme who bought twice since spring (Kansai, Kyushu)';
const WORD = `${'newsletter_subscribers_'.repeat(4)}2026.csv`;

describe('the web app', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  let installation: Installation;
  let authorization: string;
  let job: string;
  beforeAll(async () => {
    web = await startWeb();
    web.write(WORD, ['email', 'a@example.com', 'b@example.com']);
    for (let n = 0; n < 60; n += 1) web.write(`list-${String(n).padStart(2, '0')}.csv`, ['email', 'a@b.co']);
    const columns = Array.from({ length: 70 }, (_, n) => `column_${String(n).padStart(2, '0')}`);
    web.write('wide.csv', [columns.join(), columns.map(() => 'a@example.com').join()]);
    installation = await install(web);
    ({ authorization } = installation);
    for (const person of [editor, viewer]) {
      await web.addPerson({ ...person, role: person === editor ? 'editor' : 'viewer' });
    }
    const made = { name: LONG, file: WORD, audience: LONG.slice(0, 100) };
    const { id } = await addJob(web, installation, made, { timezone: 'America/Argentina/ComodRivadavia' });
    job = id;
    browser = await openBrowser();
    ({ page } = await comeIn(browser, web));
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  /** Every address, with the lowest role that may see the page. */
  const routes = (): [path: string, role: 'viewer' | 'editor' | 'administrator'][] => [
    ['/', 'viewer'],
    ['/jobs', 'viewer'],
    [`/jobs/${job}`, 'viewer'],
    ['/audiences', 'viewer'],
    ['/authorizations', 'viewer'],
    [`/authorizations/${authorization}`, 'viewer'],
    ['/account', 'viewer'],
    ['/jobs/new', 'editor'],
    [`/jobs/new?provider=line_ads&type=line_ads_audience_export&authorization=${authorization}`, 'editor'],
    [`/jobs/${job}/edit`, 'editor'],
    ['/authorizations/new', 'editor'],
    ['/authorizations/new?provider=line_ads&method=line_ads_api_key', 'editor'],
    ['/users', 'administrator'],
    ['/api-tokens', 'administrator'],
    ['/audit-log', 'administrator'],
    ['/notifications', 'administrator'],
    ['/settings', 'administrator'],
  ];

  describe('a page is shown only to users with permission', () => {
    test.each([viewer, editor])('$name', async (person) => {
      await become(page, web, person);
      const refusal = page.getByRole('heading', { name: 'You do not have permission to do this' });
      const see = async (path: string, least: string) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        const allowed = least === 'viewer' || (least === 'editor' && person === editor);
        expect(await refusal.count(), `${person.name} at ${path}`).toBe(allowed ? 0 : 1);
        if (!allowed) expect(await page.locator('main form, main table').count(), path).toBe(0);
      };
      /** In the list and on the page of a job. */
      const seeNoAction = async (path: string) => {
        if (path === '/jobs') {
          await page.getByRole('link', { name: LONG }).waitFor();
          expect(await page.getByRole('checkbox').count()).toBe(0);
        }
        if (path !== `/jobs/${job}`) return;
        await page.locator('.facts .status').first().waitFor();
        for (const name of ['Run now', 'Pause', 'Stop run', 'More actions']) {
          expect(await page.getByRole('button', { name }).count(), name).toBe(0);
        }
        expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
      };
      /** On the overview: each thing that helps an audience is offered only to those who may do it. */
      const seeHelp = async (isEditor: boolean) => {
        await page.route(/\/api\/v1\/overview/, async (route) => {
          const answer = await route.fetch();
          const items = attentionAction.options.map((action) => ({
            ...sample(attention, { job_name: action, action }),
            job_id: `job_${action}`,
          }));
          await route.fulfill({ response: answer, json: { ...(await answer.json()), attention: items } });
        });
        await page.getByRole('main').getByRole('link', { name: 'Overview' }).click();
        await page.getByRole('link', { name: LONG }).first().waitFor();
        const list = page.locator('.attention');
        await expect.poll(() => list.locator('.row-link').allTextContents()).toEqual(attentionAction.options);
        const offered = await list.locator('button, a:not(.row-link)').allTextContents();
        const all = [
          'Continue',
          'Run now',
          'Resume',
          'Review and approve',
          'Replace the key',
          'Edit',
          'Look at the job',
        ];
        expect(offered).toEqual(isEditor ? all : ['Look at the job']);
        await page.unrouteAll({ behavior: 'wait' });
      };
      for (const [path, least] of routes()) {
        // What a viewer sees, an editor sees too.
        if (person === editor && least === 'viewer') continue;
        await goTo(page, path);
        await see(path, least);
        if (person === viewer) await seeNoAction(path);
      }
      // And directly by its address.
      if (person === viewer) await page.goto(`${web.url}/settings`);
      await see('/settings', 'administrator');
      await page.getByText(`Your role is ${person === editor ? 'Editor' : 'Viewer'}.`).waitFor();
      await seeHelp(person === editor);
    });
  });

  describe('people who return', () => {
    let theirs: Page;
    beforeAll(async () => {
      ({ page: theirs } = await visitor(browser));
    });
    afterAll(() => theirs?.context().close());
    const typed = () => theirs.getByLabel('Label').inputValue();
    const formPath = () => `/jobs/new?provider=line_ads&type=line_ads_audience_export&authorization=${authorization}`;
    const form = () => `${web.url}${formPath()}`;

    test('see that the session has ended, and later get the page and their input back', async () => {
      await theirs.goto(web.url);
      await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await theirs.getByText('Your session has ended').count()).toBe(0);
      await signIn(theirs, editor);
      await goTo(theirs, formPath());
      await theirs.getByLabel('Label').fill('Half-written');
      await web.endSessions();
      await theirs.reload();
      const told = theirs.getByRole('alert');
      await told.getByText('Your session has ended. Sign in again. Your input is kept.').waitFor();
      await look(theirs, 'session-ended');
      await signIn(theirs, editor);
      await theirs.getByLabel('Label').waitFor();
      expect([theirs.url(), await typed()]).toEqual([form(), 'Half-written']);

      // The same without a reload: the next request to the API notices it. That may be one that the form sends by
      // itself, and then the links are gone already. Now another person signs in.
      await web.endSessions();
      await goTo(theirs, '/');
      await told.getByText('Your session has ended.').waitFor();
      await signIn(theirs, admin);
      await theirs.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
      await goTo(theirs, formPath());
      await theirs.getByLabel('Label').waitFor();
      expect(await typed()).toBe('');
      expect(await theirs.evaluate('JSON.stringify(sessionStorage)')).not.toContain('Half-written');

      // And after signing out nothing is left in the tab.
      await theirs.getByLabel('Label').fill('Of the administrator');
      await theirs.getByRole('button', { name: admin.name }).click();
      await theirs.getByRole('menuitem', { name: 'Sign out' }).click();
      await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await theirs.getByText('Your session has ended').count()).toBe(0);
      expect(await theirs.evaluate('JSON.stringify(sessionStorage)')).not.toContain('administrator');
    });

    test('see at once that a link is used, before they type anything', async () => {
      await become(page, web, admin);
      const post = (path: string, body: object) =>
        page.evaluate(`fetch('/api/v1/${path}', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(${JSON.stringify(body)}),
        }).then((answer) => answer.json())`);
      const bert = { name: 'Bert', email: 'bert@example.com', role: 'viewer' };
      const { link } = (await post('users', bert)) as { link: string };
      const { pathname, hash } = new URL(link);
      const taken = { token: hash.slice(1), password: 'another invented one' };
      expect(await post('invitations/accept', taken)).toMatchObject({ email: bert.email });
      await theirs.context().clearCookies();
      await theirs.goto(`${web.url}/setup#administrator.used`);
      await theirs.getByRole('heading', { name: 'Lineup is already set up' }).waitFor();
      expect(await theirs.getByRole('textbox').count()).toBe(0);
      await look(theirs, 'setup-used');
      await theirs.getByRole('link', { name: 'Go to sign-in' }).click();
      await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();

      await goTo(theirs, `${pathname}${hash}`);
      await theirs.getByRole('heading', { name: 'This link was used or has expired' }).waitFor();
      await theirs.getByText('Ask an administrator for a new one.').waitFor();
      expect(await theirs.getByRole('textbox').count()).toBe(0);
      await look(theirs, 'invitation-used');
    });
  });

  test('get the sign-in page with few bytes, without parts for signed-in users, and without a delay', async () => {
    const { page: theirs, context } = await visitor(browser, { locale: 'th-TH' });
    // Code that delays the display sets a timer.
    await theirs.addInitScript(`{
      const wait = window.setTimeout;
      window.setTimeout = (then, ms, ...more) => (ms > 100 ? 0 : wait(then, ms, ...more));
    }`);
    const session: CDPSession = await context.newCDPSession(theirs);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    const asked: string[] = [];
    theirs.on('request', (request) => asked.push(request.url()));
    await theirs.goto(web.url);
    await theirs.locator('input[type="password"]').waitFor();
    const atFirst = bytes;
    // Browsers accept Brotli only from loopback and https. 200 kB at 1.6 Mbit/s take one second.
    expect(atFirst).toBeGreaterThan(50_000);
    expect(atFirst).toBeLessThan(200_000);
    expect((atFirst * 8) / 1_600_000).toBeLessThan(1);
    expect(asked.filter((url) => /\/(overview|list|job|toasts|menu|modal)-/.test(url))).toEqual([]);

    await theirs.locator('input[type="email"]').fill(admin.email);
    await theirs.locator('input[type="password"]').fill(admin.password);
    await theirs.locator('button[type="submit"]').click();
    await theirs.getByRole('link', { name: LONG }).first().waitFor();
    await theirs.locator('nav button[aria-haspopup="menu"]').last().click();
    await theirs.getByRole('menuitem', { name: 'English' }).click();
    await goTo(theirs, '/users');
    await theirs.getByRole('button', { name: 'Invite user' }).click();
    await theirs.getByRole('dialog').waitFor();
    await context.close();
  });

  describe('by keyboard', () => {
    test('a choice can be cleared, and the focus stays at the field', async () => {
      await goTo(page, '/jobs');
      await choose(page, 'Status', 'Failed');
      // The choice comes from the address. The button that clears it comes later.
      await expect.poll(() => dropDown(page, 'Status').inputValue()).toBe('Failed');
      await dropDown(page, 'Status').press('Escape');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Clear');
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: LONG }).waitFor();
      await expect.poll(() => dropDown(page, 'Status').inputValue()).toBe('');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('INPUT');
    });

    test('the audience at LINE can be cleared, too, and a default country is one choice of several', async () => {
      await openExportForm(page, web);
      // The only one is chosen by itself. Typing at that moment would add to it.
      await expect.poll(() => dropDown(page, 'LINE Ads Account ID').inputValue()).toBe('A1');
      await choose(page, 'Identifier Type', 'Phone Number');
      await choose(page, 'Default country', /Japan/);
      await choose(page, 'Default country', 'Numbers are complete');
      expect(await dropDown(page, 'Default country').inputValue()).toBe('Numbers are complete');
      await choose(page, 'Identifier Type', 'Email');
      await choose(page, 'Audience (LINE side)', new RegExp(LONG.slice(0, 20)));
      await page.getByLabel('Audience Name').waitFor({ state: 'detached' });
      await dropDown(page, 'Audience (LINE side)').press('Tab');
      await page.keyboard.press('Enter');
      await page.getByLabel('Audience Name').waitFor();
    });
  });

  test('a list stays open when its field leaves the window', async () => {
    await openExportForm(page, web);
    await openSection(page, 'Schedule');
    const field = dropDown(page, 'Run Frequency');
    // At the lower edge there is only space above the field.
    await field.evaluate((input) => input.scrollIntoView({ block: 'end' }));
    await field.click();
    await page.getByRole('option', { name: 'Daily' }).waitFor();
    // Above the bar, that stays in view.
    await page.evaluate('scrollBy(0, -170)');
    expect((await field.boundingBox())?.y).toBeGreaterThan(page.viewportSize()!.height);
    await page.getByRole('option', { name: 'Weekly' }).click();
    expect(await field.inputValue()).toBe('Weekly');
  });

  test('the ends of long lists can be reached by typing', async () => {
    await openExportForm(page, web);
    await dropDown(page, 'Audience').click();
    await page.getByText('Showing 50 of 62. Type to find more.').waitFor();
    await dropDown(page, 'Audience').fill('list-5');
    await page.getByRole('option', { name: /list-59/ }).waitFor();
    await page.getByText('Showing 50 of 62. Type to find more.').waitFor({ state: 'detached' });
    await dropDown(page, 'Audience').fill('wide');
    await page.getByRole('option', { name: /wide\.csv/ }).click();
    await dropDown(page, 'Identifier Field').click();
    await page.getByText('Showing 50 of 70. Type to find more.').waitFor();
    await dropDown(page, 'Identifier Field').fill('column_69');
    await page.getByRole('option', { name: /column_69/ }).click();
    await openSection(page, 'Schedule');
    await dropDown(page, 'Time Zone').click();
    await page.getByText(/^Showing 50 of 4\d\d\. Type to find more\.$/).waitFor();
    await dropDown(page, 'Time Zone').fill('samara');
    await page.getByRole('option', { name: /Europe\/Samara/ }).click();
    expect(await dropDown(page, 'Time Zone').inputValue()).toBe('Samara (Europe/Samara, GMT+4)');
  });

  test('toasts are readable in both themes', async () => {
    const channel = newChannel.parse({
      kind: 'webhook',
      label: `On call, ${LONG}`,
      configuration: { url: 'https://hooks.example.invalid/lineup' },
    });
    await web.service.notifications.create(channel, installation.administrator);
    await goTo(page, '/notifications');
    await page
      .getByRole('button', { name: /^Send test/ })
      .first()
      .click();
    const toast = page.locator('.mantine-Notification-root').first();
    await toast.waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' });
      for (const part of ['title', 'description']) {
        const ratio = await toast.locator(`.mantine-Notification-${part}`).evaluate(CONTRAST);
        expect(ratio, `${part}, ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
  });

  test('on a phone the navigation fits a finger, and shows each label whole, in any language', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    await page.locator('header button').click();
    const wrong: string[] = [];
    for (const language of LANGUAGES) {
      await page.evaluate(SPEAK, language);
      const found = (await page.evaluate(SMALL_OR_CUT)) as string[];
      wrong.push(...found.map((fault) => `${language}: ${fault}`));
    }
    expect(wrong).toEqual([]);
    expect(await page.locator('.navigation a').count()).toBe(11);
    await page.evaluate(SPEAK, 'en');
    await page.locator('.navigation-closer').click();
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('on tablets no table leaves its card, in any language', { timeout: 300_000, retry: 0 }, async () => {
    const { administrator } = installation;
    await web.service.apiTokens.create({ name: LONG, role: 'editor', expires_at: null }, administrator);
    await web.addPerson({
      name: LONG.slice(0, 80),
      email: `${'long.'.repeat(9)}name@example.co.jp`,
      password: 'a password of somebody with a long name',
      role: 'administrator',
    });
    const { items } = await web.service.runs.list({ jobId: job, limit: 1 });
    const paths = [
      ...routes().map(([path]) => path),
      `/audiences?authorization=${authorization}&account=A1`,
      `/runs/${items[0]!.id}`,
    ];
    const wrong: string[] = [];
    const screen = await page.context().newCDPSession(page);
    const widthOf = (width: number) =>
      screen.send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: false,
      });
    let width = 768;
    await widthOf(width);
    const withTable: string[] = [];
    // Pages without a table are measured with the longest words. Chinese and Japanese break anywhere, and the tests of
    // these pages measure them in English.
    for (const [language, seen] of [
      ['th', paths],
      ['id', paths],
      ['en', withTable],
      ['ja', withTable],
      ['zh-TW', withTable],
    ] as const) {
      await page.evaluate(SPEAK, language);
      for (const path of seen) {
        await goTo(page, path);
        const widths = await page.evaluate(ARRANGED);
        if (widths.includes(1024) && language === 'th') withTable.push(path);
        // Starting at the current width of the page.
        for (const next of widths.toSorted((other) => (other === width ? -1 : 1))) {
          if (next !== width) await widthOf(next);
          width = next;
          const found = (await page.evaluate(BEYOND)) as string[];
          wrong.push(...found.map((fault) => `${language} ${width} ${path}: ${fault}`));
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(withTable.length).toBeGreaterThan(8);
  });
});

/** Chooses a language in the menu below the navigation. Resolves when the page uses it. */
const SPEAK = new Function(
  'language',
  `
  const named = (selector) => document.querySelector(selector);
  const next = () => new Promise((frame) => requestAnimationFrame(frame));
  return (async () => {
    [...document.querySelectorAll('nav button[aria-haspopup="menu"]')].at(-1).click();
    const item = '[role="menuitem"][lang="' + language + '"]';
    while (!named(item)) await next();
    named(item).click();
    while (document.documentElement.lang !== language || named(item)) await next();
  })();
`,
) as (language: string) => Promise<void>;

/** What in the open navigation is smaller than 44 pixels, or wider than its place. */
const SMALL_OR_CUT = `[...document.querySelectorAll('.navigation :is(a, button)')].flatMap((one) => {
  const { width, height, left, right } = one.getBoundingClientRect();
  const isCut = one.scrollWidth > one.clientWidth || left < 0 || right > innerWidth;
  return Math.min(width, height) < 44 || isCut ? [one.textContent + ': ' + width + ' x ' + height] : [];
})`;

/**
 * Waits until the page has loaded. Returns the widths of tablets at which its parts are in different places: all pages
 * are tightest at the smallest one, tables have more columns at the largest one, and some facts are beside each other
 * from 820 pixels on.
 */
const ARRANGED = new Function(`
  const next = () => new Promise((frame) => requestAnimationFrame(frame));
  const has = (selector) => document.querySelector(selector) !== null;
  return (async () => {
    while (!has('h1') || has('[role="status"] .mantine-Skeleton-root')) await next();
    return [768, ...(has('.facts[data-threes]') ? [834] : []), ...(has('.card table') ? [1024] : [])];
  })();
`) as () => Promise<number[]>;

/** The elements outside the page, or outside their card. The charts follow a new width a frame later. */
const BEYOND = `(async () => {
  for (let n = 0; n < 2; n += 1) await new Promise((frame) => requestAnimationFrame(frame));
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is ' + document.documentElement.scrollWidth);
  for (const card of document.querySelectorAll('.card')) {
    const edge = card.getBoundingClientRect().right;
    for (const part of card.querySelectorAll('*')) {
      const { right, width } = part.getBoundingClientRect();
      if (width > 0 && right > edge + 1 && part.checkVisibility() && !part.closest('.chart, pre')) {
        found.push(part.tagName + ' ' + (part.textContent ?? '').slice(0, 40) + ' by ' + Math.round(right - edge));
        break;
      }
    }
  }
  return found;
})()`;

/** The contrast between an element’s text and its background (WCAG). */
const CONTRAST = new Function(
  'element',
  `
  const numbers = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((one) => {
      const share = one / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = element;
  while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
  const pair = [light(getComputedStyle(element).color), light(getComputedStyle(behind).backgroundColor)];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
`,
) as (element: unknown) => number;
