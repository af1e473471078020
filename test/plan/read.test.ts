import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describePlan, planDocument } from '../../src/cli/apply/show-plan.ts';
import { channelKind } from '../../src/contracts/notifications.ts';
import { settingChanges, settingSection } from '../../src/contracts/settings.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { configurationFile } from '../../src/plan/file.ts';
import { planFor } from '../../src/plan/plan.ts';
import { readConfigurationFile } from '../../src/plan/read.ts';
import { writeConfigurationFile } from '../../src/plan/write.ts';
import { authorization, configuration, env, job, suppressionList } from './things.ts';

/** Each problem as the user sees it. */
function problems(text: string): string[] {
  try {
    readConfigurationFile(text, 'lineup.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    expect(error.code).toBe('invalid_configuration');
    return error.fields.map(({ path, message }) => `${path}: ${message}`);
  }
}

const job1 = `
jobs:
  - name: VIP
    authorization: Main
    configuration:
      segment_id: vip.csv
      adaccount_id: A1
      identifier_type: email
      continuous_update: false`;

test.each([
  ['no version', 'jobs: []', ['lineup.yaml:1:1 version: This version of Lineup reads files with version: 1.']],
  ['an empty file', '', [expect.stringMatching(/^lineup\.yaml:1:1 version: /)]],
  ['not YAML', 'version: 1\njobs: [', [expect.stringMatching(/^lineup\.yaml:2:\d+: /)]],
  ['a key twice', 'version: 1\nversion: 1', [expect.stringMatching(/^lineup\.yaml:2:1: Map keys must be unique\.$/)]],
  ['an unknown key', 'version: 1\njbos: []', ['lineup.yaml:2:1 jbos: This key is unknown.']],
  [
    'several problems deep inside',
    `version: 1${job1}\n      audience_id: 5343822743475\n      max_shrik: 1`,
    [
      expect.stringMatching(/^lineup\.yaml:10:20 jobs\[0\]\.configuration\.audience_id: .*string/),
      'lineup.yaml:11:7 jobs[0].configuration.max_shrik: This key is unknown.',
    ],
  ],
  [
    'a key that another key requires, reported where it belongs',
    `version: 1${job1}`,
    [
      'lineup.yaml:6:7 jobs[0].configuration.audience_name: Enter the name of the audience to create, or choose an existing one.',
    ],
  ],
  [
    'a secret in the file',
    'version: 1\nauthorizations:\n  - label: Main\n    configuration: { access_key: k, secret_key: hunter22 }',
    [
      expect.stringMatching(
        /^lineup\.yaml:4:49 authorizations\[0\]\.configuration\.secret_key: The file must not contain secrets/,
      ),
    ],
  ],
  [
    'a name twice',
    `version: 1\nauthorizations:${'\n  - label: Main\n    configuration: { access_key: k, secret_key: "S" }'.replace('S', env('S')).repeat(2)}`,
    ['lineup.yaml:5:12 authorizations[1].label: "Main" is in the file twice.'],
  ],
])('%s', (_, text, expected) => {
  const reported = problems(text);
  expect(reported).toEqual(expected);
  expect(reported.join()).not.toContain('hunter22');
});

test('a custom schedule is read, and written as it is', () => {
  const custom = {
    run_frequency: 'custom' as const,
    time_of_day: null,
    cron_expressions: ['30 6 * * MON-FRI', '0 12 L * *'],
  };
  const { configuration } = job('VIP');
  const running = {
    authorizations: [authorization('Main')],
    suppressionLists: [],
    jobs: [job('VIP', { configuration: { ...configuration, ...custom } })],
  };
  const text = writeConfigurationFile(running);
  expect(text).toContain('- 30 6 * * MON-FRI');
  const { content } = readConfigurationFile(text, 'lineup.yaml');
  expect(content.jobs[0]?.configuration).toMatchObject(custom);
  const planned = (from: string, to: string) =>
    planFor(readConfigurationFile(text.replace(from, to), 'lineup.yaml').content, running, {
      replaceSecrets: false,
      prune: true,
    });
  expect(planned('MON-FRI', ' MON-FRI ')).toEqual({ plan: { steps: [], unchanged: 2, others: [] } });
  expect(planned('MON-FRI', 'SAT')).toMatchObject({
    plan: {
      steps: [{ changes: [{ key: 'configuration.cron_expressions', after: ['30 6 * * SAT', '0 12 L * *'] }] }],
    },
  });
  expect(problems(text.replace('0 12 L', '0 12 30 2'))).toEqual([
    expect.stringMatching(/^lineup\.yaml:\d+:\d+ jobs\[0\]\.configuration\.cron_expressions\[1\]: Write five parts/),
  ]);
});

test('a hold-out is read, compared and written', () => {
  const { configuration } = job('VIP');
  const hold_out = { share: 10, experiment: 'spring' };
  const running = {
    authorizations: [authorization('Main')],
    suppressionLists: [],
    jobs: [job('VIP', { configuration: { ...configuration, hold_out } })],
  };
  const text = writeConfigurationFile(running);
  expect(text).toMatch(/hold_out:\n +share: 10\n +experiment: spring\n/);
  const { content } = readConfigurationFile(text.replace('share: 10', 'share: 20'), 'lineup.yaml');
  const planned = planFor(content, running, { replaceSecrets: false, prune: true });
  if (!('plan' in planned)) throw new Error('there are problems');
  expect(describePlan(planned.plan)).toContain(
    'configuration.hold_out: {"share":10,"experiment":"spring"} → {"share":20,"experiment":"spring"}',
  );
  expect(problems(text.replace('share: 10', 'share: 0.1'))).toEqual([
    expect.stringMatching(/jobs\[0\]\.configuration\.hold_out\.share: Enter a whole percentage from 1 to 50\.$/),
  ]);
});

test('an audience for each value of a column is read, compared and written', () => {
  const split = { column: 'tier', name_template: '{name} {value}', on_refusal: 'all' as const };
  const jobs = [
    job('Tiers', { audience_id: null, configuration: { ...job('Tiers').configuration, audience_name: null, split } }),
  ];
  const running = { authorizations: [authorization('Main')], suppressionLists: [], jobs };
  const text = writeConfigurationFile(running);
  expect(text).toMatch(/split:\n +column: tier\n +name_template: "\{name\} \{value\}"\n +on_refusal: all\n/);
  const planned = (file: string) =>
    planFor(readConfigurationFile(file, 'lineup.yaml').content, running, { replaceSecrets: false, prune: true });
  expect(planned(text)).toMatchObject({ plan: { steps: [], unchanged: 2 } });
  // Without it, a refusal stops one audience.
  expect(planned(text.replace('on_refusal: all', ''))).toMatchObject({
    plan: { steps: [{ changes: [{ key: 'configuration.split', after: { ...split, on_refusal: 'one' } }] }] },
  });
  expect(problems(text.replace('{value}', 'gold'))).toEqual([
    expect.stringMatching(/jobs\[0\]\.configuration\.split\.name_template: Write \{value\} where/),
  ]);
});

test('hashing in the database is written when it is on, planned, and checked', () => {
  const change = (hash_in_database: boolean) => ({
    configuration: jobConfiguration.parse({ ...configuration, hash_in_database }),
  });
  const jobs = [job('Plain', change(false)), job('Hashed', { ...change(true), audience_id: '2' })];
  const running = { authorizations: [authorization('Main')], suppressionLists: [], jobs };
  const text = writeConfigurationFile(running);
  expect(text.match(/hash_in_database: .*/g)).toEqual(['hash_in_database: true']);
  const planned = (file: string) =>
    planFor(readConfigurationFile(file, 'lineup.yaml').content, running, {
      replaceSecrets: false,
      prune: true,
    });
  expect(planned(text)).toMatchObject({ plan: { steps: [], unchanged: 3 } });
  expect(planned(text.replace('hash_in_database: true', ''))).toMatchObject({
    plan: { steps: [{ changes: [{ key: 'configuration.hash_in_database', before: true, after: false }] }] },
  });
  expect(problems(text.replace('hash_in_database: true', 'hash_in_database: sometimes'))).toEqual([
    expect.stringMatching(/jobs\[1\]\.configuration\.hash_in_database: /),
  ]);
});

describe('further identifiers', () => {
  const running = {
    authorizations: [authorization('Main')],
    suppressionLists: [],
    jobs: [
      job('VIP', {
        configuration: jobConfiguration.parse({
          ...configuration,
          siblings: [
            { identifier_type: 'phone', id_field: 'mobile', audience_name: 'Phones', default_country: 'JP' },
            { identifier_type: 'ifa', id_field: 'device', audience_id: '777' },
          ],
        }),
        sibling_audience_ids: ['555', '777'],
      }),
    ],
  };
  const text = writeConfigurationFile(running);
  const planned = (change: (text: string) => string) =>
    planFor(readConfigurationFile(change(text), 'lineup.yaml').content, running, {
      replaceSecrets: false,
      prune: true,
    });
  const described = (change: (text: string) => string) => {
    const found = planned(change);
    if (!('plan' in found)) throw new Error('there are problems');
    return describePlan(found.plan);
  };

  test('are written as a person writes them, and read without a change', () => {
    expect(text).toMatch(
      /siblings:\n +- audience_id: "555"\n +audience_name: Phones\n +identifier_type: phone\n +id_field: mobile\n +default_country: JP\n/,
    );
    expect(planned((same) => same)).toEqual({ plan: { steps: [], unchanged: 2, others: [] } });
    // A job without them has no such key.
    expect(writeConfigurationFile({ ...running, jobs: [job('VIP')] })).not.toContain('siblings');
  });

  test('are shown as short texts, with what happens to their audiences', () => {
    const renamed = described((same) => same.replace('Phones', 'Mobiles'));
    expect(renamed).toContain(
      'configuration.siblings: phone:mobile:Phones [JP], ifa:device:id=777 → phone:mobile:Mobiles [JP], ifa:device:id=777',
    );
    expect(renamed).toContain('audience 555 is renamed at LINE');
    const leaving = (same: string) =>
      same
        .replace('Phones', 'Mobiles')
        .replace('    configuration:\n      segment_id', '    another_audience: true\n$&');
    expect(planned(leaving)).toMatchObject({
      problems: [{ message: expect.stringContaining('the job leaves the audience 555. Remove its id') }],
    });
    const another = described((same) => leaving(same).replace('audience_id: "555"', ''));
    expect(another).toContain('another audience "Mobiles" is created at LINE');
    expect(another).toContain('audience 555 stays unchanged at LINE');
    expect(another).not.toContain('5343822743475');
    const removed = described((same) => same.slice(0, same.indexOf('      siblings:')));
    expect(removed).toContain('→ none');
    expect(removed).toContain('audience 777 stays unchanged at LINE');
  });

  test('need a confirmation for another ad account, once', () => {
    const moved = (same: string) => same.replace('adaccount_id: A1', 'adaccount_id: A2').replace('"777"', '"778"');
    expect(planned(moved)).toMatchObject({
      problems: [{ message: expect.stringContaining('and 5343822743475, 555 stay unchanged') }],
    });
    const confirmed = planned((same) =>
      moved(same.replace(/audience_id: "(5343822743475|555)"/g, '')).replace(
        '    configuration:\n      segment_id',
        '    another_audience: true\n$&',
      ),
    );
    if (!('plan' in confirmed)) throw new Error('there are problems');
    expect(planDocument(confirmed.plan)).toMatchObject({
      steps: [{ audience: 'another', siblingAudiences: ['another', 'chosen'] }],
    });
  });

  test('are checked with their lines', () => {
    expect(problems(text.replace('id_field: device', 'id_field: mobile'))).toEqual([
      expect.stringMatching(
        /^lineup\.yaml:\d+:\d+ jobs\[0\]\.configuration\.siblings\[1\]\.id_field: This field is used twice/,
      ),
    ]);
  });
});

test('a file names suppression lists, not their ids', () => {
  const text = `version: 1
jobs:
  - name: VIP
    authorization: Main
    configuration:
      segment_id: vip.csv
      adaccount_id: A1
      audience_name: VIP
      identifier_type: email
      continuous_update: false
      suppression_lists: [sup_1]
`;
  expect(problems(text)).toEqual([
    expect.stringMatching(/^lineup\.yaml:11:26 jobs\[0\]\.configuration\.suppression_lists: The file names/),
  ]);
});

test('the example is valid', () => {
  const { content } = readConfigurationFile(readFileSync('examples/lineup.yaml', 'utf8'), 'lineup.yaml');
  expect(content.jobs.map(({ name }) => name)).toEqual(['VIP members', 'Newsletter readers by phone']);
  expect(content.suppression_lists?.map(({ name }) => name)).toEqual(['Opted out', 'Buyers of the last month']);
});

test('the file of the page is valid, and shows each section, setting and kind of channel', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  const [, text = ''] = /```yaml\n(version: 1\n.*?)```/s.exec(page) ?? [];
  const { content } = readConfigurationFile(text, 'docs/configuration.md');
  expect(Object.keys(content).toSorted()).toEqual(Object.keys(configurationFile.shape).toSorted());
  const settings: Record<string, object | undefined> = content.settings ?? {};
  expect(Object.keys(settings).toSorted()).toEqual([...settingSection.options].toSorted());
  for (const section of settingSection.options) {
    // Of the alert rules, docs/alerts.md shows all.
    if (section === 'alerts') continue;
    const keys = Object.keys(settingChanges[section].shape);
    expect(Object.keys(settings[section] ?? {}).toSorted(), section).toEqual(keys.toSorted());
  }
  for (const kind of channelKind.options) expect(text).toMatch(new RegExp(`\\b${kind}\\b`));
});

test('a file written from a service changes nothing in it', () => {
  const running = {
    authorizations: [
      authorization('Main', { description: 'of the marketing team' }),
      authorization('会員', { id: 'aut_2' }),
      authorization('CDP', { id: 'aut_3', provider: 'lytics', method: 'lytics_api_token' }),
    ],
    suppressionLists: [
      suppressionList('Opted out', { file_options: { encoding: 'shift_jis' }, source_label: null }),
      suppressionList('Complaints', { source_authorization_id: 'aut_3', applies_to: 'chosen_jobs' }),
    ],
    jobs: [
      job('VIP: "gold" #1', {
        configuration: jobConfiguration.parse({
          ...configuration,
          suppression_lists: ['sup_Complaints'],
          siblings: [
            { identifier_type: 'phone', id_field: 'tel: 1', audience_name: 'VIP: "phone" #1' },
            { identifier_type: 'ifa', id_field: 'idfa', shares: true },
          ],
        }),
        sibling_audience_ids: [null, null],
      }),
      job('#2', { source_authorization_id: 'aut_3', authorization_id: 'aut_2', audience_id: '2' }),
      job('ended', { status: 'killed' }),
    ],
  };
  const text = writeConfigurationFile(running);
  expect(text).toContain('time_of_day: "09:00"');
  const { content } = readConfigurationFile(text, 'lineup.yaml');
  const result = planFor(content, running, { replaceSecrets: false, prune: true });
  expect(result).toEqual({ plan: { steps: [], unchanged: 7, others: [] } });
  expect(content.jobs.map(({ suppression_lists }) => suppression_lists)).toEqual([['Complaints'], undefined]);
  // Without lists, nothing in the file is about them.
  expect(writeConfigurationFile({ ...running, suppressionLists: [], jobs: [job('VIP')] })).not.toContain('suppression');
  expect(content.authorizations.map(({ configuration }) => configuration)).toEqual([
    { access_key: env('MAIN_ACCESS_KEY'), secret_key: env('MAIN_SECRET_KEY') },
    { access_key: env('ACCESS_KEY'), secret_key: env('SECRET_KEY') },
    { token: env('CDP_TOKEN') },
  ]);
});

/** Each level contains the previous one nine times: seven lines would make 43 million values. */
const bomb = ['a: &a [x]', ...'bcdefgh'].reduce((text, key, n) => {
  if (n === 0) return key;
  const before = `*${'abcdefgh'[n - 1]}`;
  return `${text}\n${key}: &${key} [${Array(9).fill(before).join()}]`;
}, '');

test.each([
  ['nested aliases', bomb, 'Excessive alias count indicates a resource exhaustion attack.'],
  ['an unknown alias', 'version: *none', 'Unresolved alias (the anchor must be set before the alias): none.'],
  ['nested brackets', '['.repeat(50_000), 'It is nested too deeply.'],
  ['nested keys', '{a: '.repeat(20_000), 'It is nested too deeply.'],
  ['nested lists', '- '.repeat(20_000), 'It is nested too deeply.'],
  ['too much', `a: ${'x'.repeat(1_000_000)}`, 'It has more than 1000000 characters.'],
])('a file that would take all memory or time is refused with a clear message: %s', (_, text, why) => {
  expect(() => readConfigurationFile(text, 'lineup.yaml')).toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      message: `lineup.yaml is not valid. ${why}`,
    }),
  );
});

test('if there are very many problems, only some are listed', () => {
  const text = Array.from({ length: 5_000 }, (_, n) => `k${n}: 1`).join('\n');
  expect(() => readConfigurationFile(text, 'lineup.yaml')).toThrow(
    expect.objectContaining({ fields: expect.objectContaining({ length: 101 }) }),
  );
});

test('a file has both jobs of a move, and not the link: that is history', () => {
  const link = { id: 'job_VIP', name: 'VIP', exists: true };
  const own = jobConfiguration.parse({ ...configuration, audience_name: 'New' });
  const made = job('New', { moved_from: link, status: 'paused', audience_id: null, configuration: own });
  const running = {
    authorizations: [authorization('Main')],
    jobs: [job('VIP', { moved_to: [{ id: 'job_New', name: 'New' }] }), made],
    suppressionLists: [],
    channels: [],
    settings: undefined,
  };
  const text = writeConfigurationFile(running);
  expect(text).not.toContain('moved');
  const { content } = readConfigurationFile(text, 'lineup.yaml');
  expect(planFor(content, running, { replaceSecrets: false, prune: true })).toMatchObject({ plan: { steps: [] } });
});

test('a file has the base account that was chosen, and no token', () => {
  const connection = {
    connected: true,
    by: 'Aiko Tanaka',
    at: '2026-03-02T00:00:00.000Z',
    identity: 'BIZ0001',
    refreshed_at: '2026-03-02T00:00:00.000Z',
    account: { id: '1001', name: 'Example Group' },
    redirect_uri: null,
  };
  const ly = authorization('LY', {
    provider: 'ly_ads',
    method: 'ly_ads_application',
    configured: ['client_id', 'client_secret', 'base_account_id'],
    connection,
  });
  const running = { authorizations: [ly], jobs: [], suppressionLists: [], channels: [], settings: undefined };
  const text = writeConfigurationFile(running);
  expect(text).toContain('base_account_id: "1001"');
  expect(text).toContain('client_id: ${env:LY_CLIENT_ID}');
  expect(text).not.toMatch(/BIZ0001|Aiko|token/);
  const { content } = readConfigurationFile(text, 'lineup.yaml');
  expect(planFor(content, running, { replaceSecrets: false, prune: true })).toMatchObject({ plan: { steps: [] } });
});
