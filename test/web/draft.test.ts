/** Compares the form’s checks with the contract of the API: both accept and refuse the same. */
import { describe, expect, test } from 'vitest';
import { jobChange, newJob } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import {
  blankDraft,
  changeOf,
  type ExportDraft,
  inputOf,
  type OwnAudience,
  previewOf,
  problemsOf,
  scheduleOf,
} from '../../web/pages/export/form-values.ts';

const whole: ExportDraft = {
  ...blankDraft('Asia/Tokyo'),
  name: 'VIP customers',
  segment_id: '/members/vip.csv',
  adaccount_id: 'A1',
  audience_name: 'VIP',
  id_field: 'email',
};

const refused = (draft: ExportDraft): string[] =>
  [
    ...new Set(newJob.safeParse(inputOf(draft, 'a-1')).error?.issues.map(({ path }) => path.join('.')) ?? []),
  ].sort();

describe('the form refuses what the API would refuse:', () => {
  test.each<[string, Partial<ExportDraft>]>([
    ['whole', {}],
    ['once', { continuous_update: false, time_of_day: '', timezone: '' }],
    ['weekly', { run_frequency: 'weekly', day_of_week: 'friday' }],
    ['monthly', { run_frequency: 'monthly' }],
    ['an existing audience', { audience_id: '5343822743475', audience_name: 'typed before' }],
    ['phones with a country', { identifier_type: 'phone', default_country: 'JP', id_field: 'phone' }],
    ['a country that was typed for phones', { identifier_type: 'email', default_country: 'JP' }],
    ['raw advertising ids', { identifier_type: 'ifa', ifa_format: 'raw', id_field: 'advertising_id' }],
    ['a format that was chosen for advertising ids', { identifier_type: 'email', ifa_format: 'raw' }],
    ['no label', { name: ' ' }],
    ['no audience', { segment_id: '' }],
    ['no ad account', { adaccount_id: '' }],
    ['a wrong ad account', { adaccount_id: 'A 1' }],
    ['neither audience', { audience_name: '  ' }],
    ['a name of 120 characters', { audience_name: 'あ'.repeat(120) }],
    ['a name of 121 characters', { audience_name: 'あ'.repeat(121) }],
    ['no field', { id_field: '' }],
    ['no time', { time_of_day: '' }],
    ['no time zone', { timezone: '' }],
    ['a guard below 0', { max_shrink: -1 }],
    ['a guard above 100', { max_shrink: 101 }],
    ['everything wrong', { name: '', segment_id: '', adaccount_id: '', audience_name: '', timezone: '' }],
  ])('%s', (_, part) => {
    const draft = { ...whole, ...part };
    expect(Object.keys(problemsOf(draft)).sort()).toEqual(refused(draft));
  });
});

describe('the audience of a saved job', () => {
  const own: OwnAudience = {
    id: '5343822743475',
    name: 'VIP',
    adaccount_id: 'A1',
    identifier_type: 'email',
    isGone: false,
  };
  const byId = { ...own, name: null };
  const saved = { ...whole, authorization: 'aut_1', audience_name: '' };
  const sent = (part: Partial<ExportDraft>, its: OwnAudience = own) => {
    const draft = { ...saved, ...part };
    const wrong = Object.keys(problemsOf(draft, its));
    if (wrong.length > 0) return wrong;
    const { configuration, another_audience } = jobChange.parse(changeOf(draft, its));
    return [configuration?.audience_id ?? configuration?.audience_name, another_audience];
  };

  test.each<[string, unknown, Partial<ExportDraft>, OwnAudience?]>([
    ['stays unchanged', ['VIP', false], {}],
    ['stays as chosen by its id', ['5343822743475', false], {}, byId],
    ['is renamed', ['VIP 2026', false], { renamed: ' VIP 2026 ' }],
    ['is renamed, chosen by its id', ['Gold', false], { renamed: 'Gold' }, byId],
    ['must have a name', ['configuration.audience_name'], { renamed: ' ' }],
    ['is replaced by a new one', ['Gold', true], { audience_choice: 'another', audience_name: 'Gold' }],
    ['is replaced by one without a name', ['configuration.audience_name'], { audience_choice: 'another' }],
    ['is replaced by an existing one', ['555', false], { audience_choice: 'existing', audience_id: '555' }],
    ['is replaced by none', ['configuration.audience_id'], { audience_choice: 'existing' }],
    ['cannot be in another account', ['another_audience'], { adaccount_id: 'A2' }],
    ['cannot be of another type', ['another_audience'], { identifier_type: 'phone' }],
    ['cannot be kept when it is gone', ['another_audience'], {}, { ...own, isGone: true }],
    [
      'is created in another account if this is chosen',
      ['VIP', true],
      { adaccount_id: 'A2', audience_choice: 'another', audience_name: 'VIP' },
    ],
    [
      'is created again',
      ['VIP', true],
      { audience_choice: 'another', audience_name: 'VIP' },
      { ...own, isGone: true },
    ],
  ])('%s', (_, expected, part, its) => {
    expect(sent(part, its)).toEqual(expected);
  });
});

test('a preview is requested as soon as the audience and the field are known', () => {
  expect(previewOf({ ...whole, segment_id: '' })).toBeNull();
  expect(previewOf({ ...whole, id_field: '' })).toBeNull();
  const request = previewOf({ ...whole, identifier_type: 'phone', default_country: 'TW' });
  expect(previewRequest.parse(request)).toEqual({
    source_authorization_id: null,
    segment_id: '/members/vip.csv',
    id_field: 'email',
    identifier_type: 'phone',
    ifa_format: 'sha256',
    default_country: 'TW',
  });
});

test('a day of the week belongs to weekly and monthly schedules', () => {
  expect(scheduleOf(whole)).toEqual({ run_frequency: 'daily', time_of_day: '09:00', timezone: 'Asia/Tokyo' });
  expect(scheduleOf({ ...whole, run_frequency: 'weekly' })).toMatchObject({ day_of_week: 'monday' });
  expect(scheduleOf({ ...whole, continuous_update: false })).toBeNull();
});
