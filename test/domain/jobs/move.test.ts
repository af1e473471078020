/** What a job of LINE Ads becomes at LY Ads. */
import { describe, expect, test } from 'vitest';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import { lyAdsTraits } from '../../../src/domain/destinations/ly-ads.ts';
import { jobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { type MoveChoices, type MovedJob, moveOf } from '../../../src/domain/jobs/move.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';

const plain = {
  segment_id: 'vip.csv',
  adaccount_id: 'A1',
  audience_name: 'VIP',
  identifier_type: 'email',
  run_frequency: 'weekly',
  day_of_week: 'monday',
  time_of_day: '09:00',
  timezone: 'Asia/Tokyo',
};
const phone = { identifier_type: 'phone', id_field: 'tel', audience_name: 'VIP (phone)', default_country: 'JP' };
const ifa = { identifier_type: 'ifa', id_field: 'device', audience_name: 'VIP (ifa)' };

const moved = (
  configuration: Record<string, unknown> = {},
  choices: MoveChoices = { account: '1011' },
  job: Partial<MovedJob> = {},
) =>
  moveOf(
    {
      name: 'Newsletter',
      description: '',
      tags: [],
      configuration: jobConfiguration.parse({ ...plain, ...configuration }),
      audienceNames: [],
      members: null,
      movedTo: [],
      ...job,
    },
    lineAdsTraits,
    lyAdsTraits,
    choices,
  );
const codes = ({ notes }: ReturnType<typeof moved>) => notes.map(({ code }) => code);
const texts = ({ notes }: ReturnType<typeof moved>) => notes.map(({ text }) => inEnglish(text)).join('\n');
const missing = (move: ReturnType<typeof moved>) => move.missing.map(({ path }) => path);

describe('its configuration', () => {
  test('is complete: the source, the schedule, the lists, the hold-out, the rules and the name of the audience stay', () => {
    const own = {
      suppression_lists: ['sup_1'],
      hold_out: { share: 10, experiment: 'spring' },
      alerts: { late: { action: 'warn', minutes: 60 } },
      max_shrink: 0.2,
      file_options: { delimiter: 'tab' },
      hash_in_database: true,
    };
    const move = moved(own, { account: '1011' }, { tags: ['crm'], description: 'Weekly' });
    // Weekly, and three days more.
    const after = { ...plain, ...own, adaccount_id: '1011', member_days: 10 };
    expect(move.configuration).toEqual(jobConfiguration.parse(after));
    expect(move).toMatchObject({ name: 'Newsletter (LY Ads)', missing: [] });
    expect(move.keeps).toEqual([
      'source',
      'identifiers',
      'schedule',
      'suppression_lists',
      'hold_out',
      'alerts',
      'tags',
      'description',
    ]);
    expect(codes(move)).toEqual(['job_stays', 'new_audience', 'leaves_by_age', 'shrink_warns', 'history_stays']);
    expect(texts(move)).toContain('Who is no longer sent leaves the list 10 days after the last time.');
  });

  test.each([
    ['each month', { run_frequency: 'monthly' }, 38],
    ['once', { continuous_update: false, run_frequency: null, day_of_week: null }, 30],
    [
      'twice a year',
      { run_frequency: 'custom', cron_expressions: ['0 9 1 1,7 *'], day_of_week: null, time_of_day: null },
      180,
    ],
  ])('has days that suit its schedule: %s', (_, schedule, days) => {
    expect(moved(schedule).configuration.member_days).toBe(days);
    expect(moved(schedule, { account: '1', memberDays: 60 }).configuration.member_days).toBe(60);
  });

  test('makes a list of its own, also where the job fills an audience that was chosen by its id', () => {
    const chosen = { audience_id: '42', audience_name: null };
    const names = { audienceNames: ['Gold'] };
    expect(moved(chosen, undefined, names).configuration).toMatchObject({ audience_id: null, audience_name: 'Gold' });
    expect(moved(chosen).configuration).toMatchObject({ audience_id: null, audience_name: 'Newsletter' });
  });

  test('has another name than those of earlier moves, and one that is not too long', () => {
    const before = { movedTo: [{ name: 'Newsletter (LY Ads)' }] };
    const again = moved({}, undefined, before);
    expect(again.name).toBe('Newsletter (LY Ads 2)');
    expect(texts(again)).toContain('This job was moved before. There are already: Newsletter (LY Ads).');
    expect([...moved({}, undefined, { name: '名'.repeat(200) }).name]).toHaveLength(200);
  });
});

describe('several identifiers', () => {
  test('fill one list, where the destination takes both in one', () => {
    const move = moved({ siblings: [phone] });
    expect(move.configuration).toMatchObject({
      audience_name: 'VIP',
      siblings: [
        { identifier_type: 'phone', id_field: 'tel', default_country: 'JP', audience_name: null, shares: true },
      ],
    });
    expect(move.missing).toEqual([]);
    expect(texts(move)).toContain('These identifiers fill one list together: email, phone.');
  });

  test('keep lists of their own, if a person wants that', () => {
    const move = moved({ siblings: [phone] }, { account: '1011', apart: true });
    expect(move.configuration.siblings).toMatchObject([{ audience_name: 'VIP (phone)' }]);
    expect(move.configuration.siblings[0]).not.toHaveProperty('shares');
    expect(codes(move)).not.toContain('one_audience');
  });

  test('share a list also where the first one cannot', () => {
    const first = { identifier_type: 'ifa', id_field: 'device', ifa_format: 'raw', audience_name: 'IDs' };
    const email = { identifier_type: 'email', id_field: 'mail', audience_name: 'Mails' };
    const move = moved({ ...first, siblings: [email, phone] }, { account: '1011', ifaKind: 'idfa' });
    expect(move.configuration).toMatchObject({
      identifier_type: 'email',
      id_field: 'mail',
      audience_name: 'Mails',
      ifa_format: 'sha256',
      siblings: [
        { identifier_type: 'ifa', audience_name: 'IDs', ifa_format: 'raw', ifa_kind: 'idfa' },
        { identifier_type: 'phone', shares: true },
      ],
    });
    expect(move.configuration).not.toHaveProperty('ifa_kind');
    expect(move.missing).toEqual([]);
  });

  test('have lists with different names, whose names nobody knows', () => {
    const chosen = { audience_name: null, audience_id: '1' };
    const siblings = [{ ...phone, audience_name: null, audience_id: '2' }];
    const { configuration } = moved({ ...chosen, siblings }, { account: '1011', apart: true });
    expect([configuration.audience_name, configuration.siblings[0]?.audience_name]).toEqual([
      'Newsletter',
      'Newsletter (phone)',
    ]);
  });
});

describe('what is still to be chosen', () => {
  test('is the ad account', () => {
    const move = moved({}, {});
    expect(missing(move)).toEqual(['configuration.adaccount_id']);
    expect(move.configuration.adaccount_id).toBe('');
  });

  test('is what advertising ids are, which are no longer hashed', () => {
    const move = moved({ siblings: [ifa], hash_in_database: true });
    expect(missing(move)).toEqual(['configuration.siblings.0.ifa_kind']);
    expect(move.configuration).toMatchObject({ hash_in_database: false, siblings: [{ ifa_format: 'raw' }] });
    expect(codes(move)).toEqual(expect.arrayContaining(['raw_ids', 'hashes_elsewhere']));
    expect(missing(moved({ siblings: [ifa] }, { account: '1011', ifaKind: 'aaid' }))).toEqual([]);
  });
});

test('an audience that is too small for one upload is told before', () => {
  expect(codes(moved({}, undefined, { members: 99 }))).toContain('few_rows');
  expect(codes(moved({}, undefined, { members: 100 }))).not.toContain('few_rows');
});
