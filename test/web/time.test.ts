/** Times with their zone, and the search for zones by their usual names. The browser tests are in export.test.ts. */
import { describe, expect, test } from 'vitest';
import { findableZones, matchesZone } from '../../web/components/time-zone/search.ts';
import { zoneLabel } from '../../web/components/time-zone/zones.ts';
import { formatsOf } from '../../web/i18n/format.ts';
import type { Language } from '../../web/i18n/messages.ts';
import { beginningOf, dayOf } from '../../web/lib/days.ts';
import { runFilterOf } from '../../web/lib/run-filter.ts';

const now = Date.parse('2026-11-26T11:00:00Z');
const inHours = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();

describe('a relative time', () => {
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

  test('the day depends on the zone', () => {
    const inLosAngeles = formatsOf('en', 'America/Los_Angeles');
    expect(inLosAngeles.relative(inHours(29), now)).toBe('tomorrow');
  });
});

test.each([
  ['en', 'Nov 26, 2026, 8:00 PM GMT+9', '20:00:00 GMT+9', 'Thu, Nov 26, 2026, 18:00 GMT+7'],
  ['ja', '2026年11月26日 20:00 JST', '20:00:00 JST', '2026年11月26日(木) 18:00 GMT+7'],
  ['zh-TW', '2026年11月26日 20:00（GMT+9）', '20:00:00（GMT+9）', '2026年11月26日週四 18:00（GMT+7）'],
  ['th', '26 พ.ย. 2569 20:00 น. GMT+9', '20:00:00 น. GMT+9', 'พฤหัส 26 พ.ย. 2569 18:00 น. GMT+7'],
  ['id', '26 Nov 2026, 20.00 GMT+9', '20.00.00 GMT+9', 'Kam, 26 Nov 2026, 18.00 GMT+7'],
] as const)('in %s a time is written as people write it, with its zone', (language, dateTime, time, elsewhere) => {
  const inTokyo = formatsOf(language, 'Asia/Tokyo');
  const at = inHours(0);
  expect([inTokyo.dateTime(at), inTokyo.time(at), inTokyo.inZone(at, 'Asia/Bangkok')]).toEqual([
    dateTime,
    time,
    elsewhere,
  ]);
});

describe('a day of a filter', () => {
  test.each([
    ['Asia/Tokyo', '2026-11-27', '2026-11-26T15:00:00.000Z', '2026-11-27T15:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-27', '2026-11-26T10:00:00.000Z', '2026-11-27T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-11-27', '2026-11-27T11:00:00.000Z', '2026-11-28T11:00:00.000Z'],
    // Clocks jump over the hour after midnight; go back at two o'clock; and go back at midnight.
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ['America/Santiago', '2026-04-04', '2026-04-04T03:00:00.000Z', '2026-04-05T04:00:00.000Z'],
  ])('begins and ends as people in %s say', (zone, day, from, to) => {
    expect([beginningOf(day, 0, zone), beginningOf(day, 1, zone)]).toEqual([from, to]);
    expect(dayOf(Date.parse(from), zone)).toBe(day);
    expect(dayOf(Date.parse(from) - 1, zone)).not.toBe(day);
  });

  test.each([undefined, '', 'yesterday', '2026-13-01'])('%s is none', (text) =>
    expect(beginningOf(text, 0, 'Asia/Tokyo')).toBeUndefined(),
  );

  test('is that of the installation in the list of runs, wherever the browser is', () => {
    const today = { time: 'dates', from: '2026-11-26', to: '2026-11-26' };
    const filter = runFilterOf(today, now, 'Asia/Tokyo');
    expect(filter).toMatchObject({ from: '2026-11-25T15:00:00.000Z', to: '2026-11-26T15:00:00.000Z' });
    expect(runFilterOf({ time: '24h' }, now, 'Asia/Tokyo')).toMatchObject({ from: inHours(-24), to: undefined });
  });
});

test('a number that is not there is a dash', () => {
  const { number, percent } = formatsOf('en');
  expect([number(0), number(null), percent(0), percent(undefined)]).toEqual(['0', '–', '0%', '–']);
});

describe('zones can be found', () => {
  const all = (language: Language) => findableZones(language, ['JP', 'TW', 'TH', 'ID'], new Date(now));
  const zones = { en: all('en'), ja: all('ja'), 'zh-TW': all('zh-TW'), th: all('th'), id: all('id') };
  const find = (language: Language, search: string): string[] =>
    zones[language].filter((zone) => matchesZone(zone, search)).map(({ id }) => id);

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

  test('an offset finds only itself', () => {
    expect(find('en', '+9')).not.toContain('Australia/Darwin');
    expect(find('en', '+9:30')).toContain('Australia/Darwin');
    expect(find('en', '+1')).not.toContain('Australia/Sydney');
  });

  test('each zone is named by its city', () => {
    expect(zoneLabel('Asia/Tokyo', 'ja', new Date(now))).toBe('東京 (Asia/Tokyo, GMT+9)');
    expect(zoneLabel('UTC', 'en', new Date(now))).toBe('UTC (GMT+0)');
  });
});
