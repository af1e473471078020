/** Cron expressions in words, in every language. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronExpressions } from '../../src/domain/schedule/cron.ts';
import { languageCode } from '../../src/domain/text/localized.ts';
import { cronWords } from '../../src/i18n/cron-words.ts';

const phrases = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(`locales/${language}/cron.json`, 'utf8'));
const valuesOf = (phrase: string | undefined) => phrase?.match(/\{\d\}/g) ?? [];

describe.each(languageCode.options)('locales/%s/cron.json', (language) => {
  test('has the phrases of English, with the same values in the same order', () => {
    const own = phrases(language);
    expect(Object.keys(own)).toEqual(Object.keys(phrases('en')));
    for (const [name, english] of Object.entries(phrases('en'))) {
      expect(valuesOf(own[name]), name).toEqual(valuesOf(english));
    }
  });
});

test.each<[string, Record<string, string>]>([
  [
    '0 9 * * *',
    {
      en: 'At 09:00, every day',
      ja: '09:00、毎日',
      'zh-TW': '09:00、每天',
      th: 'เวลา 09:00, ทุกวัน',
      id: 'Pukul 09:00, setiap hari',
    },
  ],
  [
    // The shortest words that there are.
    '00 * * * *',
    {
      en: 'Every hour',
      ja: '毎時0分',
      'zh-TW': '每小時整點',
      th: 'ทุกชั่วโมง',
      id: 'Setiap jam',
    },
  ],
  [
    '*/15 9-17 * * MON-FRI',
    {
      en: 'Every 15 minutes, between 09:00 and 17:59, Monday through Friday',
      ja: '15分ごと、09:00〜17:59、月曜日〜金曜日',
      'zh-TW': '每 15 分鐘、09:00至17:59、星期一至星期五',
      th: 'ทุก 15 นาที, ระหว่าง 09:00 ถึง 17:59, วันจันทร์ ถึง วันศุกร์',
      id: 'Setiap 15 menit, antara 09:00 dan 17:59, Senin sampai Jumat',
    },
  ],
  [
    '30 6,18 1,L JAN,JUL *',
    {
      en: 'At 06:30 and 18:30, on day 1 and the last day of the month, only in January and July',
      ja: '06:30、18:30、毎月1日、月末、1月、7月のみ',
      'zh-TW': '06:30、18:30、每月 1 日、最後一天、僅1月、7月',
      th: 'เวลา 06:30 และ 18:30, วันที่ 1 และ วันสุดท้าย ของเดือน, เฉพาะเดือนมกราคม และ กรกฎาคม',
      id: 'Pukul 06:30 dan 18:30, tanggal 1 dan hari terakhir setiap bulan, hanya Januari dan Juli',
    },
  ],
  [
    '0 9 * * MON#1,WED#3',
    {
      en: 'At 09:00, on the first Monday and third Wednesday of the month',
      ja: '09:00、毎月第1月曜日、第3水曜日',
      'zh-TW': '09:00、每月第一個星期一、第三個星期三',
      th: 'เวลา 09:00, วันจันทร์แรก และ วันพุธที่สาม ของเดือน',
      id: 'Pukul 09:00, Senin pertama dan Rabu ketiga setiap bulan',
    },
  ],
  [
    '0 9 * * FRIL',
    {
      en: 'At 09:00, on the last Friday of the month',
      ja: '09:00、毎月最後の金曜日',
      'zh-TW': '09:00、每月最後一個星期五',
      th: 'เวลา 09:00, วันศุกร์สุดท้ายของเดือน',
      id: 'Pukul 09:00, Jumat terakhir setiap bulan',
    },
  ],
  [
    // Either of the two is enough.
    '5 4 15 * FRI',
    {
      en: 'At 04:05, on day 15 of the month · At 04:05, only on Friday',
      ja: '04:05、毎月15日 · 04:05、金曜日',
      'zh-TW': '04:05、每月 15 日 · 04:05、星期五',
      th: 'เวลา 04:05, วันที่ 15 ของเดือน · เวลา 04:05, เฉพาะวันศุกร์',
      id: 'Pukul 04:05, tanggal 15 setiap bulan · Pukul 04:05, hanya Jumat',
    },
  ],
])('%s', async (expression, expected) => {
  for (const language of languageCode.options) {
    expect(await cronWords([expression], language), language).toEqual([expected[language]]);
  }
});

test('docs/schedules.md has the words of its examples', async () => {
  const rows = [...readFileSync('docs/schedules.md', 'utf8').matchAll(/^\| `([^`]+)` \| (At |On |Every )(.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(4);
  for (const [, expression = '', begin = '', rest = ''] of rows) {
    expect(cronExpressions.safeParse([expression]).success, expression).toBe(true);
    expect(await cronWords([expression], 'en')).toEqual([begin + rest]);
  }
});

test('every valid expression can be described, without words of another language', async () => {
  const field = (...all: string[]) => fc.constantFrom(...all);
  const expression = fc
    .tuple(
      field('0', '*/15', '0,30', '5-59/20', '*/40', '00'),
      field('*', '9', '9,18', '9-17', '*/2', '8-20/3', '0,9-17/4'),
      field('*', '1', 'L', '1,L', '1-7', '*/2', '1-3,5', '1-31/7'),
      field('*', '2', 'JAN-MAR', '1,4,7', '*/3', 'feb'),
      field('*', '1', 'MON-FRI', '0,6', 'sun', 'MON#1', '5L', '1,5L', 'MON#1,WED#3', '*/2', '7'),
    )
    .map((parts) => parts.join(' '));
  const english = /\b(at|every|only|day|month|week|through|minutes?|hours?|and|the|first|last)\b/i;
  await fc.assert(
    fc.asyncProperty(expression, async (cron) => {
      if (!cronExpressions.safeParse([cron]).success) return;
      for (const language of languageCode.options) {
        const [words = ''] = await cronWords([cron], language);
        expect(words.length, language).toBeGreaterThanOrEqual('毎時0分'.length);
        expect(words, language).not.toMatch(/undefined|null|NaN|[{}%#]|,,|、、|^[,、]/);
        if (language !== 'en') expect(words, language).not.toMatch(english);
      }
    }),
    { numRuns: 300 },
  );
});
