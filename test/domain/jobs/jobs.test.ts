import { expect, test } from 'vitest';
import { newAuthorization } from '../../../src/contracts/authorizations.ts';
import { configurationOf, findMethod, providers } from '../../../src/contracts/providers/index.ts';
import { jobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { scheduleOf } from '../../../src/domain/schedule/schedule.ts';

const good = {
  segment_id: 'vip',
  adaccount_id: 'A1',
  audience_name: 'VIP',
  identifier_type: 'email',
  run_frequency: 'weekly',
  day_of_week: 'monday',
  time_of_day: '09:30',
  timezone: 'Asia/Tokyo',
};

/** The keys of a custom schedule. */
const custom = {
  run_frequency: 'custom',
  day_of_week: null,
  time_of_day: null,
  cron_expressions: ['0 9 * * 1-5'],
};

/** The invalid keys, sorted. */
const problems = (value: unknown): string[] =>
  [...new Set(jobConfiguration.safeParse(value).error?.issues.map(({ path }) => path.join('.')))].sort();

test('a complete configuration is valid, and gets its defaults', () => {
  const parsed = jobConfiguration.parse(good);
  expect(parsed).toEqual({
    ...good,
    audience_id: null,
    id_field: 'email',
    continuous_update: true,
    cron_expressions: null,
    default_country: null,
    ifa_format: 'sha256',
    max_shrink: 0.5,
    hold_out: null,
    suppression_lists: [],
    hash_in_database: false,
    siblings: [],
  });
  expect(scheduleOf(parsed)).toEqual({
    run_frequency: 'weekly',
    day_of_week: 'monday',
    time_of_day: '09:30',
    timezone: 'Asia/Tokyo',
  });
  // A saved configuration is valid again, because an edit sends it back.
  expect(jobConfiguration.parse(parsed)).toEqual(parsed);
});

test.each<[string, Record<string, unknown>, string[]]>([
  ['no audience at all', { audience_name: undefined }, ['audience_name']],
  ['both audiences', { audience_id: '5343822743475' }, ['audience_name']],
  ['a suppression list twice', { suppression_lists: ['sup_1', 'sup_1'] }, ['suppression_lists']],
  [
    'more suppression lists than a job may have',
    { suppression_lists: Array.from({ length: 16 }, (_, n) => `sup_${n}`) },
    ['suppression_lists'],
  ],
  ['a name of 129 characters', { audience_name: 'x'.repeat(129) }, ['audience_name']],
  ['an ad account with a slash', { adaccount_id: 'A1/..' }, ['adaccount_id']],
  ['an IFA export without its field', { identifier_type: 'ifa' }, ['id_field']],
  [
    'no schedule',
    { run_frequency: null, time_of_day: null, timezone: null },
    ['run_frequency', 'time_of_day', 'timezone'],
  ],
  ['weekly without a day', { day_of_week: null }, ['day_of_week']],
  ['monthly without a day', { run_frequency: 'monthly', day_of_week: null }, ['day_of_week']],
  ['custom without an expression', { ...custom, cron_expressions: null }, ['cron_expressions']],
  ['custom with an empty list', { ...custom, cron_expressions: [] }, ['cron_expressions']],
  ['custom with a wrong expression', { ...custom, cron_expressions: ['0 9 * * *', '@daily'] }, ['cron_expressions.1']],
  ['custom with a time', { ...custom, time_of_day: '09:30' }, ['time_of_day']],
  ['custom with a day', { ...custom, day_of_week: 'monday' }, ['day_of_week']],
  ['custom without a time zone', { ...custom, timezone: null }, ['timezone']],
  ['expressions for another frequency', { cron_expressions: ['0 9 * * *'] }, ['cron_expressions']],
  ['a time that does not exist', { time_of_day: '24:00' }, ['time_of_day']],
  ['an offset as time zone', { timezone: '+09:00' }, ['timezone']],
  ['a time zone that does not exist', { timezone: 'Asia/Edo' }, ['timezone']],
  ['a country for e-mail', { default_country: 'JP' }, ['default_country']],
  ['raw e-mail', { ifa_format: 'raw' }, ['ifa_format']],
  ['an IDFA of e-mail', { ifa_kind: 'idfa' }, ['ifa_kind']],
  ['an unknown kind', { identifier_type: 'ifa', id_field: 'idfa', ifa_kind: 'gaid' }, ['ifa_kind']],
  ['members that leave at once', { member_days: 0 }, ['member_days']],
  ['members that stay for 181 days', { member_days: 181 }, ['member_days']],
  ['half a day', { member_days: 1.5 }, ['member_days']],
  ['a max_shrink of two', { max_shrink: 2 }, ['max_shrink']],
  ['a hold-out of nobody', { hold_out: { share: 0, experiment: 'a' } }, ['hold_out.share']],
  ['a hold-out of 51 %', { hold_out: { share: 51, experiment: 'a' } }, ['hold_out.share']],
  ['a hold-out of everybody', { hold_out: { share: 100, experiment: 'a' } }, ['hold_out.share']],
  ['a hold-out as a fraction', { hold_out: { share: 0.1, experiment: 'a' } }, ['hold_out.share']],
  ['a hold-out without a share', { hold_out: { experiment: 'a' } }, ['hold_out.share']],
  ['a hold-out without a name', { hold_out: { share: 10 } }, ['hold_out.experiment']],
  ['an empty experiment', { hold_out: { share: 10, experiment: '' } }, ['hold_out.experiment']],
  ['an experiment with spaces', { hold_out: { share: 10, experiment: 'a b' } }, ['hold_out.experiment']],
  ['an experiment of 41 characters', { hold_out: { share: 10, experiment: 'x'.repeat(41) } }, ['hold_out.experiment']],
  ['an unknown key of a hold-out', { hold_out: { share: 10, experiment: 'a', salt: '' } }, ['hold_out']],
  [
    'raw advertising ids that the database must hash',
    { identifier_type: 'ifa', id_field: 'idfa', ifa_format: 'raw', hash_in_database: true },
    ['hash_in_database'],
  ],
  [
    'the same of a further identifier',
    {
      hash_in_database: true,
      siblings: [{ identifier_type: 'ifa', id_field: 'idfa', ifa_format: 'raw', audience_name: 'IFA' }],
    },
    ['hash_in_database'],
  ],
  [
    'LINE user IDs that the database must hash',
    { identifier_type: 'line_user_id', id_field: 'uid', hash_in_database: true },
    ['hash_in_database'],
  ],
  [
    'raw LINE user IDs, which have no other form',
    { identifier_type: 'line_user_id', ifa_format: 'raw' },
    ['ifa_format'],
  ],
  ['hashing in the database with siblings that are none', { hash_in_database: true, siblings: 1 }, ['siblings']],
  ['hashing in the database with a sibling that is none', { hash_in_database: true, siblings: [null] }, ['siblings.0']],
  ['an unknown key', { segement_id: 'vip' }, ['']],
])('%s is reported at its key', (_, change, keys) => {
  expect(problems({ ...good, ...change })).toEqual(keys);
});

test('all problems are reported together: those of one field and those between fields', () => {
  expect(
    problems({
      ...good,
      segment_id: ' ',
      time_of_day: '9',
      timezone: 'Mars',
      audience_name: null,
      day_of_week: null,
      max_shrink: -1,
    }),
  ).toEqual(['audience_name', 'day_of_week', 'max_shrink', 'segment_id', 'time_of_day', 'timezone']);
  expect(problems({})).toEqual(
    expect.arrayContaining([
      'segment_id',
      'adaccount_id',
      'audience_name',
      'identifier_type',
      'run_frequency',
      'time_of_day',
      'timezone',
    ]),
  );
  expect(problems(null)).toEqual(['']);
});

test('a wrong hold-out has one sentence at each of its fields', () => {
  const sentences = (hold_out: unknown) =>
    jobConfiguration.safeParse({ ...good, hold_out }).error?.issues.map(({ message }) => message);
  for (const share of [-1, 0, 0.1, 50.5, 51, 100, '10', null]) {
    expect(sentences({ share, experiment: 'a' })).toEqual(['Enter a whole percentage from 1 to 50.']);
  }
  expect(sentences({ share: 10, experiment: '' })).toEqual(['Name the experiment.']);
  for (const experiment of ['a b', '.a', '春', 'a:b', 'a\n']) {
    expect(sentences({ share: 10, experiment })).toEqual([expect.stringMatching(/^Use only Latin letters/)]);
  }
  for (const hold_out of [null, { share: 1, experiment: '7' }, { share: 50, experiment: 'A'.repeat(40) }]) {
    expect(jobConfiguration.parse({ ...good, hold_out }).hold_out).toEqual(hold_out);
  }
});

test('a custom schedule has expressions in place of a day and a time', () => {
  const parsed = jobConfiguration.parse({
    ...good,
    ...custom,
    cron_expressions: [' 0  9 * * 1-5', '0 12 L * *'],
  });
  expect(scheduleOf(parsed)).toEqual({
    run_frequency: 'custom',
    cron_expressions: ['0 9 * * 1-5', '0 12 L * *'],
    timezone: 'Asia/Tokyo',
  });
  expect(jobConfiguration.parse(parsed)).toEqual(parsed);
});

test('a job that runs once needs no schedule', () => {
  const once = jobConfiguration.parse({
    ...good,
    continuous_update: false,
    run_frequency: null,
    day_of_week: null,
    time_of_day: null,
    timezone: null,
  });
  expect(scheduleOf(once)).toBeUndefined();
  expect(scheduleOf(jobConfiguration.parse({ ...good, run_frequency: 'daily' }))).toEqual({
    run_frequency: 'daily',
    time_of_day: '09:30',
    timezone: 'Asia/Tokyo',
  });
});

test('an authorization is checked against its method, and each problem is reported at its key', () => {
  const authorization = {
    provider: 'line_ads',
    method: 'line_ads_api_key',
    label: 'Main',
    configuration: { access_key: 'k', secret_key: 's' },
  };
  expect(newAuthorization.parse(authorization)).toEqual({
    ...authorization,
    configuration: { ...authorization.configuration, group_id: '' },
    description: '',
  });
  const paths = (value: unknown) =>
    newAuthorization
      .safeParse(value)
      .error?.issues.map(({ path }) => path.join('.'))
      .sort();
  expect(paths({ ...authorization, label: '', configuration: { access_key: 'a b', secret_key: '' } })).toEqual([
    'configuration.access_key',
    'configuration.secret_key',
    'label',
  ]);
  expect(paths({ ...authorization, method: 'password' })).toEqual(['method']);
  expect(paths({ ...authorization, configuration: { access_key: 'k', secret_key: 's', more: 'x' } })).toEqual([
    'configuration',
  ]);
  expect(
    paths({
      ...authorization,
      provider: 'lytics',
      method: 'lytics_api_token',
      configuration: { token: 't', origin: 'ftp://x' },
    }),
  ).toEqual(['configuration.origin']);
});

test('the configuration of an authorization is stored trimmed and complete', () => {
  expect(
    newAuthorization.parse({
      provider: 'lytics',
      method: 'lytics_api_token',
      label: ' Lytics ',
      configuration: { token: ' t ' },
    }),
  ).toMatchObject({ label: 'Lytics', configuration: { token: 't', origin: 'https://api.lytics.io' } });
  expect(() => configurationOf('line_ads', 'line_ads_api_key', { access_key: 'k' })).toThrow(/secret_key/);
});

/** Values of fields that do not accept every text, by the key, or by the provider and the key. */
const valid: Readonly<Record<string, string>> = {
  base_account_id: '1001',
  bucket_in_host: 'yes',
  byte_limit_gb: '5',
  channel_id: '1657000001',
  column_headings: 'omit',
  connection_url: 'postgres://u@db.example.com/x',
  'mysql.connection_url': 'mysql://u@db.example.com/x',
  endpoint: 'https://storage.example.com',
  'bigquery.endpoint': 'http://127.0.0.1:4030',
  origin: 'https://api.example.com',
  'line_official_account.private_key': '{"kid":"key-1"}',
  service_account_key: '{"type":"service_account","client_email":"a","private_key":"b"}',
};

test('the form of each method has the fields of its configuration', () => {
  for (const { id, methods } of providers) {
    for (const method of methods) {
      expect(findMethod(id, method.id)).toBe(method);
      const complete = Object.fromEntries(
        method.fields.map(({ key }) => [key, valid[`${id}.${key}`] ?? valid[key] ?? 'value']),
      );
      expect(method.configuration.parse(complete)).toEqual(complete);
      for (const { key, required } of method.fields) {
        const { [key]: _, ...without } = complete;
        expect(method.configuration.safeParse(without).success).toBe(!required);
      }
    }
  }
});
