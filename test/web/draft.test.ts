/** Compares the form’s checks with the contract of the API: both accept and refuse the same. */

import { describe, expect, test } from 'vitest';
import { jobChange, newJob } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { findProblems } from '../../web/forms/rule.ts';
import { newJobRules } from '../../web/forms/rules/jobs.build.ts';
import type { OwnAudience } from '../../web/pages/export/own-audience.ts';
import { problemsOf } from '../../web/pages/export/problems.ts';
import { inputOf, previewOf } from '../../web/pages/export/request.ts';
import { changeOf } from '../../web/pages/export/saved-job.ts';
import {
  blankValues,
  changed,
  type ExportChange,
  type ExportValues,
  ofSource,
  type TypedHoldOut,
  valuesOf,
  withDraft,
} from '../../web/pages/export/values.ts';
import { job } from '../support/examples.ts';
import { wholeExport as whole } from '../support/export-values.ts';

/** The paths of all that the form finds wrong. */
const found = (values: ExportValues, own: OwnAudience | null = null): string[] => {
  const broken = findProblems(newJobRules, inputOf(values, 'a-1', own));
  return [...new Set([...Object.keys(broken), ...Object.keys(problemsOf(values, own, broken))])].sort();
};

const refused = (values: ExportValues): string[] =>
  [...new Set(newJob.safeParse(inputOf(values, 'a-1')).error?.issues.map(({ path }) => path.join('.')) ?? [])].sort();

describe('the form refuses what the API would refuse:', () => {
  test.each<[string, ExportChange]>([
    ['whole', {}],
    ['once', { configuration: { continuous_update: false, time_of_day: '', timezone: '' } }],
    ['weekly', { configuration: { run_frequency: 'weekly', day_of_week: 'friday' } }],
    ['monthly', { configuration: { run_frequency: 'monthly' } }],
    ['custom', { configuration: { run_frequency: 'custom', cron_expressions: ['0 9 * * 1-5', ''] } }],
    ['custom without an expression', { configuration: { run_frequency: 'custom', cron_expressions: [' '] } }],
    [
      'custom with a long expression',
      { configuration: { run_frequency: 'custom', cron_expressions: ['x'.repeat(101)] } },
    ],
    [
      'custom with many expressions',
      {
        configuration: {
          run_frequency: 'custom',
          cron_expressions: Array.from({ length: 9 }, (_, n) => `0 ${n} * * *`),
        },
      },
    ],
    ['an existing audience', { configuration: { audience_id: '5343822743475', audience_name: 'typed before' } }],
    [
      'phones with a country',
      { configuration: { identifier_type: 'phone', default_country: 'JP', id_field: 'phone' } },
    ],
    ['a country that was typed for phones', { configuration: { identifier_type: 'email', default_country: 'JP' } }],
    [
      'raw advertising ids',
      { configuration: { identifier_type: 'ifa', ifa_format: 'raw', id_field: 'advertising_id' } },
    ],
    [
      'raw advertising ids that the database must hash',
      {
        configuration: {
          identifier_type: 'ifa',
          ifa_format: 'raw',
          id_field: 'advertising_id',
          hash_in_database: true,
        },
      },
    ],
    [
      'a format that was chosen for advertising ids',
      { configuration: { identifier_type: 'email', ifa_format: 'raw' } },
    ],
    ['no label', { name: ' ' }],
    ['no audience', { configuration: { segment_id: '' } }],
    ['no ad account', { configuration: { adaccount_id: '' } }],
    ['a wrong ad account', { configuration: { adaccount_id: 'A 1' } }],
    ['neither audience', { configuration: { audience_name: '  ' } }],
    ['a name of 120 characters', { configuration: { audience_name: 'あ'.repeat(120) } }],
    ['a name of 121 characters', { configuration: { audience_name: 'あ'.repeat(121) } }],
    ['no field', { configuration: { id_field: '' } }],
    ['no time', { configuration: { time_of_day: '' } }],
    ['no time zone', { configuration: { timezone: '' } }],
    ['a guard below 0', { configuration: { max_shrink: -1 } }],
    ['no guard', { configuration: { max_shrink: '' } }],
    ['a guard above 100', { configuration: { max_shrink: 101 } }],
    ['a hold-out', { configuration: { hold_out: { share: 10, experiment: ' spring ' } } }],
    ['a hold-out without a share', { configuration: { hold_out: { share: '', experiment: 'spring' } } }],
    ['a hold-out without a name', { configuration: { hold_out: { share: 10, experiment: ' ' } } }],
    ['a large hold-out', { configuration: { hold_out: { share: 51, experiment: 'spring' } } }],
    ['a name with a space', { configuration: { hold_out: { share: 1, experiment: 'a b' } } }],
    ['a name in Japanese', { configuration: { hold_out: { share: 1, experiment: '春' } } }],
    ['a long name', { configuration: { hold_out: { share: 1, experiment: 'a'.repeat(41) } } }],
    ['an alert', { configuration: { alerts: { slow: { action: 'warn', minutes: 60 } } } }],
    ['an alert without its number', { configuration: { alerts: { slow: { action: 'warn', minutes: '' as never } } } }],
    [
      'everything wrong',
      { name: '', configuration: { segment_id: '', adaccount_id: '', audience_name: '', timezone: '' } },
    ],
  ])('%s', (_, part) => {
    const values = changed(whole, part);
    expect(found(values)).toEqual(refused(values));
  });
});

describe('the audience of a saved job', () => {
  const own: OwnAudience = {
    id: '5343822743475',
    name: 'VIP',
    authorization_id: 'aut_1',
    adaccount_id: 'A1',
    identifier_type: 'email',
    isGone: false,
  };
  const byId = { ...own, name: null };
  const saved = changed(whole, { authorization_id: 'aut_1', configuration: { audience_name: '' } });
  const sent = (part: ExportChange, audience: OwnAudience = own) => {
    const values = changed(saved, part);
    const wrong = found(values, audience);
    if (wrong.length > 0) return wrong;
    const { configuration, another_audience } = jobChange.parse(changeOf(values, audience));
    return [configuration?.audience_id ?? configuration?.audience_name, another_audience];
  };

  test.each<[string, unknown, ExportChange, OwnAudience?]>([
    ['stays unchanged', ['VIP', false], {}],
    ['stays as chosen by its id', ['5343822743475', false], {}, byId],
    ['is renamed', ['VIP 2026', false], { renamed: ' VIP 2026 ' }],
    ['is renamed, chosen by its id', ['Gold', false], { renamed: 'Gold' }, byId],
    ['must have a name', ['configuration.audience_name'], { renamed: ' ' }],
    [
      'is replaced by a new one',
      ['Gold', true],
      { another_audience: 'another', configuration: { audience_name: 'Gold' } },
    ],
    ['is replaced by one without a name', ['configuration.audience_name'], { another_audience: 'another' }],
    [
      'is replaced by an existing one',
      ['555', false],
      { another_audience: 'existing', configuration: { audience_id: '555' } },
    ],
    ['is replaced by none', ['configuration.audience_id'], { another_audience: 'existing' }],
    ['cannot be in another account', ['another_audience'], { configuration: { adaccount_id: 'A2' } }],
    ['cannot be of another type', ['another_audience'], { configuration: { identifier_type: 'phone' } }],
    ['cannot be kept when it is gone', ['another_audience'], {}, { ...own, isGone: true }],
    [
      'is created in another account if this is chosen',
      ['VIP', true],
      { another_audience: 'another', configuration: { adaccount_id: 'A2', audience_name: 'VIP' } },
    ],
    [
      'is created again',
      ['VIP', true],
      { another_audience: 'another', configuration: { audience_name: 'VIP' } },
      { ...own, isGone: true },
    ],
  ])('%s', (_, expected, part, audience) => {
    expect(sent(part, audience)).toEqual(expected);
  });
});

test('a preview is requested as soon as the audience and the field are known', () => {
  expect(previewOf(changed(whole, { configuration: { segment_id: '' } }))).toBeNull();
  expect(previewOf(changed(whole, { configuration: { id_field: '' } }))).toBeNull();
  const request = previewOf(changed(whole, { configuration: { identifier_type: 'phone', default_country: 'TW' } }));
  expect(previewRequest.parse(request)).toEqual({
    source_authorization_id: null,
    segment_id: '/members/vip.csv',
    id_field: 'email',
    identifier_type: 'phone',
    ifa_format: 'sha256',
    default_country: 'TW',
    hold_out: null,
    suppression_lists: [],
    hash_in_database: false,
    siblings: [],
  });
});

test('a preview has the lists and a whole hold-out group, and none that is still being typed', () => {
  const requested = (hold_out: TypedHoldOut) => {
    const request = previewOf(changed(whole, { configuration: { hold_out, suppression_lists: ['list_1'] } }));
    const taken = previewRequest.parse(request);
    expect(taken.suppression_lists).toEqual(['list_1']);
    return taken.hold_out;
  };
  expect(requested({ share: 10, experiment: ' spring ' })).toEqual({ share: 10, experiment: 'spring' });
  for (const [share, experiment] of [
    [10, ''],
    ['', 'spring'],
    [51, 'spring'],
    [10, 'spring sale'],
    [10, 'a'.repeat(41)],
  ] as const)
    expect(requested({ share, experiment })).toBeNull();
});

describe('hashing in the database', () => {
  const hashed = changed(whole, { configuration: { hash_in_database: true } });

  test('is sent and previewed', () => {
    expect(inputOf(hashed, 'a-1').configuration.hash_in_database).toBe(true);
    expect(previewRequest.parse(previewOf(hashed)).hash_in_database).toBe(true);
  });

  test('is kept only for another source that can do it', () => {
    const kept = (values: ExportValues, ...canHash: boolean[]) =>
      changed(values, ofSource(values, 'aut_2', ...canHash)).configuration.hash_in_database;
    expect([kept(hashed, true), kept(hashed, false), kept(hashed)]).toEqual([true, false, false]);
    expect(kept(whole, true)).toBe(false);
  });

  test('is that of a saved job, also when its source cannot do it', () => {
    const configuration = { ...job.configuration, hash_in_database: true };
    expect(valuesOf({ ...job, configuration }).configuration.hash_in_database).toBe(true);
  });
});

test('what belongs to another frequency is not sent', () => {
  const sent = (configuration: ExportChange['configuration']) => {
    const { day_of_week, time_of_day, cron_expressions } = inputOf(
      changed(whole, { configuration: { cron_expressions: ['30 6 * * 1', ' '], ...configuration } }),
      'a-1',
    ).configuration;
    return [day_of_week, time_of_day, cron_expressions];
  };
  expect(sent({})).toEqual([null, '09:00', null]);
  expect(sent({ run_frequency: 'weekly' })).toEqual(['monday', '09:00', null]);
  expect(sent({ run_frequency: 'custom' })).toEqual([null, null, ['30 6 * * 1']]);
  expect(sent({ run_frequency: 'custom', continuous_update: false })).toEqual([null, null, null]);
});

test('a draft of version 0.2 has no share of a hold-out as -1, which is an empty field now', () => {
  const draft = { configuration: { hold_out: { share: -1, experiment: '' } } };
  expect(withDraft(blankValues('UTC'), draft).configuration.hold_out).toEqual({ share: '', experiment: '' });
});
