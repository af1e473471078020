/** Times: one zone for all who work with an installation, named wherever a time stands, and found by whatever people call it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findableZones, meansZone, zoneLabel } from '../../web/components/time-zone/zones.ts';
import { formatsOf } from '../../web/i18n/format.ts';
import type { Language } from '../../web/i18n/messages.ts';
import { closeVisits, look, needsBrowser, openBrowser, visitor } from '../support/browser.ts';
import { comeIn, install } from '../support/installation.ts';
import { choose, dropDown, openExportForm, setUp, waitForStatus } from '../support/people-in-browser.ts';
import { aiko } from '../support/service.ts';
import { startWeb, type Web } from '../support/web.ts';

const now = Date.parse('2026-11-26T11:00:00Z');
const inHours = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();

describe('how far away', () => {
  // In Tokyo it is 20:00.
  const inTokyo = formatsOf('en', 'Asia/Tokyo');

  test.each([
    ['in 23 hours', 23],
    ['tomorrow', 27],
    ['in 2 days', 29],
    ['in 2 days', 51],
    ['yesterday', -25],
    ['2 days ago', -45],
  ])('%s', (words, hours) => expect(inTokyo.relative(inHours(hours), now)).toBe(words));

  test('which day it is depends on the zone', () => {
    const inLosAngeles = formatsOf('en', 'America/Los_Angeles');
    expect(inLosAngeles.relative(inHours(29), now)).toBe('tomorrow');
  });
});

test.each([
  ['en', 'Nov 26, 2026, 8:00 PM GMT+9'],
  ['ja', '2026年11月26日 20:00 JST'],
  ['id', '26 Nov 2026, 20.00 GMT+9'],
] as const)('in %s a time has its zone', (language, written) => {
  expect(formatsOf(language, 'Asia/Tokyo').dateTime(inHours(0))).toBe(written);
});

describe('zones are found', () => {
  const all = (language: Language) => findableZones(language, ['JP', 'TW', 'TH', 'ID'], new Date(now));
  const zones = { en: all('en'), ja: all('ja'), 'zh-TW': all('zh-TW'), th: all('th'), id: all('id') };
  const find = (language: Language, search: string): string[] =>
    zones[language].filter((zone) => meansZone(zone, search)).map(({ id }) => id);

  test.each([
    ['東京', 'Asia/Tokyo'],
    ['tokyo', 'Asia/Tokyo'],
    ['JST', 'Asia/Tokyo'],
    ['WIB', 'Asia/Jakarta'],
    ['wita', 'Asia/Makassar'],
    ['台北', 'Asia/Taipei'],
    ['กรุงเทพ', 'Asia/Bangkok'],
    ['+9', 'Asia/Tokyo'],
    ['+09:00', 'Asia/Tokyo'],
    ['UTC+7', 'Asia/Bangkok'],
    ['GMT+8', 'Asia/Taipei'],
    ['utc', 'UTC'],
  ])('by %s', (search, id) => {
    for (const language of ['en', 'ja', 'zh-TW', 'th', 'id'] as const) {
      expect(find(language, search), language).toContain(id);
    }
  });

  test('by the country, in the reader’s language', () => {
    expect(find('ja', 'インドネシア')).toContain('Asia/Makassar');
    expect(find('th', 'ไต้หวัน')).toContain('Asia/Taipei');
  });

  test('an offset means itself alone', () => {
    expect(find('en', '+9')).not.toContain('Australia/Darwin');
    expect(find('en', '+9:30')).toContain('Australia/Darwin');
    expect(find('en', '+1')).not.toContain('Australia/Sydney');
  });

  test('each is called by its city', () => {
    expect(zoneLabel('Asia/Tokyo', 'ja', new Date(now))).toBe('東京 (Asia/Tokyo, GMT+9)');
    expect(zoneLabel('UTC', 'en', new Date(now))).toBe('UTC (GMT+0)');
  });
});

describe('in the browser', needsBrowser, () => {
  let web: Web;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    web = await startWeb();
    web.write('members.csv', ['email', 'a@example.com']);
    browser = await openBrowser();
    ({ page } = await visitor(browser, { timezoneId: 'Asia/Tokyo' }));
    await setUp(page, web);
    await install(web, aiko);
  });
  afterAll(async () => {
    await closeVisits(browser);
    await web?.close();
  });

  test('the first administrator’s zone is everybody’s', async () => {
    const elsewhere = await comeIn(browser, web, { timezoneId: 'America/New_York' });
    await openExportForm(elsewhere.page, web);
    expect(await dropDown(elsewhere.page, 'Time Zone').inputValue()).toBe('Tokyo (Asia/Tokyo, GMT+9)');
    await elsewhere.context.close();
  });

  test('a zone is found by what people call it, and monthly says which day', async () => {
    await openExportForm(page, web);
    await dropDown(page, 'Time Zone').fill('WIB');
    await page.getByRole('option', { name: 'Jakarta (Asia/Jakarta, GMT+7)' }).click();
    await page.getByText(/^Next runs: .*GMT\+7/).waitFor();
    await choose(page, 'Run Frequency', 'Monthly');
    await choose(page, 'Day of Week', 'Wednesday');
    await page.getByText('The first Wednesday of the month.').waitFor();
  });

  test('a time on a page has its zone, and another one when the settings say so', async () => {
    await page.getByLabel('Label').fill('Daily');
    await choose(page, 'Audience', /members\.csv/);
    await page.getByLabel('LINE Ads Account ID').fill('A1');
    await page.getByLabel('Audience Name').fill('VIP');
    await page.getByRole('button', { name: 'Complete' }).click();
    await waitForStatus(page, 'Sleeping');
    const next = page.locator('.facts', { hasText: 'Next run' });
    await next.getByText(/GMT\+9/).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await dropDown(page, 'Time zone').fill('+7');
    await page.getByRole('option', { name: /^Bangkok/ }).click();
    await look(page, 'settings-time-zone');
    await page.getByRole('form', { name: 'Language and time' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings were saved.').waitFor();
    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('link', { name: 'Daily' }).click();
    await next.getByText(/GMT\+7/).waitFor();
  });
});
