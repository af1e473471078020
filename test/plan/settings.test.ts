/** What an administrator sets, as code: settings and notification channels. */
import { describe, expect, test } from 'vitest';
import { program } from '../../src/cli/program.ts';
import { channelConfigurations, channelKind } from '../../src/contracts/notifications.ts';
import { settingSection, settings } from '../../src/contracts/settings.ts';
import { permissions } from '../../src/domain/people/people.ts';
import type { Endpoint } from '../../src/endpoints/endpoint.ts';
import { configurationFile } from '../../src/plan/file.ts';
import { planFor, type Running } from '../../src/plan/plan.ts';
import { readConfigurationFile } from '../../src/plan/read.ts';
import { writeConfigurationFile } from '../../src/plan/write.ts';
import { allEndpoints } from '../support/endpoints.ts';
import { env } from './things.ts';

const at = '2026-03-02T00:00:00.000Z';

/** Every section has values that are not the defaults. */
const set = {
  retention: { runs_days: 90, audit_days: 500 },
  files: { roots: ['/srv/exports'], url_roots: [{ url: 'https://files.example.com/a/' }] },
  network: { internal_hosts: ['db.internal:5432'] },
  appearance: { language: 'ja', time_zone: 'Asia/Tokyo' },
  alerts: { late: { action: 'warn', minutes: 90 }, no_match: { action: 'off' } },
  mail: { host: 'smtp.example.com', port: 465, security: 'tls', user: 'lineup', from: 'lineup@example.com' },
} as const;

const mail = {
  host: 'mail.example.com',
  port: 587,
  security: 'starttls',
  from: 'lineup@example.com',
  to: ['ops@example.com'],
};
const channel = {
  events: ['job_failed' as const],
  language: 'ja' as const,
  created_by: 'Aiko',
  created_at: at,
  last_sent_at: null,
  last_error: null,
};

const running: Running = {
  settings: { ...settings.parse(set), warnings: [], mail_password: true },
  channels: [
    {
      ...channel,
      id: 'n1',
      kind: 'email',
      label: 'Mail',
      target: 'ops@example.com',
      configuration: mail,
      secrets: ['user', 'password'],
    },
    {
      ...channel,
      id: 'n2',
      kind: 'webhook',
      label: 'Hook',
      target: 'hooks.example.com',
      configuration: {},
      secrets: ['url', 'signing_key'],
    },
  ],
  authorizations: [],
  suppressionLists: [],
  jobs: [],
};

const usual = { replaceSecrets: false, prune: true };
const planned = (text: string, service = running, options = usual) =>
  planFor(readConfigurationFile(text, 'lineup.yaml').content, service, options);
const problems = (text: string): string[] => {
  try {
    readConfigurationFile(text, 'lineup.yaml');
    return [];
  } catch (error) {
    const { fields } = error as { fields: readonly { path: string; message: string }[] };
    return fields.map(({ path, message }) => `${path}: ${message}`);
  }
};

test('every setting is written, read back, and compared', () => {
  const text = writeConfigurationFile(running);
  expect(planned(text)).toEqual({ plan: { steps: [], unchanged: 8, others: [] } });
  expect(configurationFile.parse(readConfigurationFile(text, 'x').content).settings).toEqual({
    ...set,
    mail: { ...set.mail, password: env('SMTP_PASSWORD') },
  });
  for (const section of settingSection.options) {
    expect(text).toContain(`  ${section}:\n`);
    // A new setting must have a value above, which is not its default.
    const fresh: Record<string, unknown> = settings.parse({ ...set, [section]: {} })[section];
    for (const [key, value] of Object.entries(set[section])) expect(fresh[key]).not.toEqual(value);
    const keys = section === 'alerts' ? Object.keys(set.alerts) : Object.keys(fresh);
    expect(keys).toEqual(Object.keys(set[section]));
  }
  expect(planned(text.replace('runs_days: 90', 'runs_days: 91').replace('minutes: 90', 'minutes: 95'))).toMatchObject({
    plan: {
      steps: [
        { kind: 'settings', section: 'retention', changes: [{ key: 'runs_days', before: 90, after: 91 }] },
        { kind: 'settings', section: 'alerts', changes: [{ key: 'late' }] },
      ],
    },
  });
  // What the file does not have stays, also with --prune.
  expect(planned('version: 1\nsettings:\n  retention:\n    runs_days: 90\n')).toEqual({
    plan: { steps: [], unchanged: 1, others: [] },
  });
  // A server that is removed takes its password with it, and the file has nothing more to do then.
  const without = `version: 1\nsettings:\n  mail:\n    host: null\n    password: ${env('SMTP_PASSWORD')}\n`;
  expect(planned(without)).toMatchObject({ plan: { steps: [{ section: 'mail', changes: [{ key: 'host' }] }] } });
  const removed = { ...settings.parse({ ...set, mail: {} }), warnings: [], mail_password: false };
  expect(planned(without, { ...running, settings: removed })).toMatchObject({ plan: { steps: [], unchanged: 1 } });
  expect(problems('version: 1\nsettings:\n  files:\n    roots: [exports]\n  colours: {}\n')).toEqual([
    'lineup.yaml:4:13 settings.files.roots[0]: Enter an absolute path.',
    'lineup.yaml:5:3 settings.colours: This key is unknown.',
  ]);
});

describe('channels', () => {
  test('are written without secrets, and compared by what is no secret', () => {
    const text = writeConfigurationFile(running);
    expect(text).toContain(`url: ${env('HOOK_URL')}`);
    expect(text).toContain(`password: ${env('MAIL_PASSWORD')}`);
    const steps = (from: string | RegExp, to: string, options = usual) => {
      const result = planned(text.replace(from, to), running, options);
      return 'plan' in result ? result.plan.steps : result.problems;
    };
    expect(steps('ops@example.com', 'it@example.com')).toMatchObject([
      { action: 'change', changes: [{ key: 'configuration.to' }], replaceSecret: true },
    ]);
    expect(steps('- job_failed', '- job_waiting')).toMatchObject([
      { action: 'change', changes: [{ key: 'events' }], replaceSecret: false },
    ]);
    expect(steps('', '', { replaceSecrets: true, prune: false })).toMatchObject([
      { kind: 'settings', section: 'mail', changes: [], replaceSecret: true },
      { changes: [], replaceSecret: true },
      { changes: [], replaceSecret: true },
    ]);
    expect(steps('label: Hook', 'label: Other')).toMatchObject([
      { action: 'create', wanted: { label: 'Other' } },
      { action: 'delete', existing: { label: 'Hook' } },
    ]);
    const [first, second] = running.channels!;
    // What was lost is entered again without an option.
    const lost = { ...running, channels: [first!, { ...second!, enter_again: true, secrets: [] }] };
    expect(planned(text, lost, usual)).toMatchObject({
      plan: { steps: [{ action: 'change', existing: { label: 'Hook' }, replaceSecret: true }] },
    });
    const other = { ...running, channels: [first!, { ...second!, kind: 'slack' as const }] };
    expect(planned(text, other)).toMatchObject({
      problems: [{ path: ['notification_channels', 1, 'kind'] }],
    });
  });

  test('that use the mail server of the settings have only their recipients in the file', () => {
    const [first] = running.channels!;
    const following: Running = { ...running, channels: [{ ...first!, mail_server: 'settings' }] };
    const text = writeConfigurationFile(following);
    expect(text).not.toContain('mail.example.com');
    expect(text).not.toContain('MAIL_PASSWORD');
    expect(planned(text, following)).toMatchObject({ plan: { steps: [] } });
    // A channel with its own server gets that of the settings.
    const own: Running = { ...running, channels: [{ ...first!, mail_server: 'own' }] };
    expect(planned(text, own)).toMatchObject({
      plan: {
        steps: [{ kind: 'notification channel', changes: [{ key: 'configuration.host' }], replaceSecret: true }],
      },
    });
  });

  test('with a secret, an unknown key or a missing one are refused with their lines', () => {
    const withChannel = (kind: string, configuration: string) =>
      problems(
        `version: 1\nnotification_channels:\n  - label: Ops\n    kind: ${kind}\n    configuration: ${configuration}\n`,
      );
    expect(withChannel('slack', '{ url: https://hooks.slack.com/services/T/B/x }')).toEqual([
      expect.stringMatching(
        /^lineup\.yaml:5:27 notification_channels\[0\]\.configuration\.url: The file must not contain secrets/,
      ),
    ]);
    expect(withChannel('email', `{ host: mail.example.com, password: "${env('P')}", to: [] , colour: red}`)).toEqual([
      expect.stringContaining('configuration.from: '),
      expect.stringContaining('configuration.to: Enter at least one recipient.'),
      expect.stringContaining('configuration.colour: This key is unknown.'),
    ]);
  });

  test('every key of a channel is either shown or a secret', () => {
    // A new key is shown to administrators, unless channelSecrets has it.
    expect(channelKind.options.map((kind) => [kind, ...Object.keys(channelConfigurations[kind].shape)])).toEqual([
      ['webhook', 'url', 'signing_key'],
      ['slack', 'url'],
      ['email', 'host', 'port', 'security', 'user', 'password', 'from', 'to'],
    ]);
  });
});

test('a token that may not see settings and channels gets one refusal for both', () => {
  const editor: Running = {
    ...running,
    settings: undefined,
    channels: undefined,
    operations: ['jobs.write'],
  };
  const text = writeConfigurationFile(running);
  expect(planned(text, editor)).toEqual({
    problems: [
      {
        path: ['settings'],
        message: expect.stringContaining('see and change settings and notification_channels'),
      },
    ],
  });
  expect(planned('version: 1\n', editor)).toMatchObject({ plan: { steps: [] } });
  expect(
    planned('version: 1\nsuppression_lists:\n  - {name: A, segment_id: /a.csv, fields: {email: e}}\n', editor),
  ).toEqual({
    problems: [{ path: ['suppression_lists'], message: expect.stringContaining('Only an administrator') }],
  });
});

/** Where what an administrator sets is kept as code, or which command sets it. */
const covered: Readonly<Record<string, `file: ${string}` | `lineup ${string}` | `person: ${string}`>> = {
  'PUT /settings/retention': 'file: settings',
  'PUT /settings/mail': 'file: settings',
  'PUT /settings/files': 'file: settings',
  'PUT /settings/network': 'file: settings',
  'PUT /settings/appearance': 'file: settings',
  'PUT /settings/alerts': 'file: settings',
  'POST /notification-channels': 'file: notification_channels',
  'PATCH /notification-channels/:id': 'file: notification_channels',
  'DELETE /notification-channels/:id': 'file: notification_channels',
  'POST /notification-channels/:id/test': 'lineup notifications test',
  'POST /notification-channels/:id/weekly-digest': 'lineup notifications digest',
  'POST /suppression-lists': 'file: suppression_lists',
  'PATCH /suppression-lists/:id': 'file: suppression_lists',
  'DELETE /suppression-lists/:id': 'file: suppression_lists',
  'POST /suppression-lists/:id/accept-size': 'lineup suppression-lists accept-size',
  'POST /api-tokens': 'lineup tokens create',
  'DELETE /api-tokens/:id': 'lineup tokens revoke',
  // People are in no file, also those who asked to be forgotten.
  'POST /erasures': 'lineup forget-member',
  'POST /erasures/undo': 'lineup forget-member',
  'DELETE /users/:id': 'lineup users remove',
  // A file holds no people: each one sets a password by a link, or signs in with the provider.
  'POST /users': 'person: invited',
  'PATCH /users/:id': 'person: changed',
  'POST /users/:id/invitation': 'person: invited',
};

test('whatever only administrators set is in the file or has a command', async () => {
  const isOfAdministrators = ({ access }: Endpoint) =>
    (permissions as Readonly<Record<string, string>>)[access] === 'administrator';
  const keys = allEndpoints.flatMap(([key, endpoint]) =>
    !key.startsWith('GET ') && isOfAdministrators(endpoint) ? [key] : [],
  );
  expect(keys.toSorted()).toEqual(Object.keys(covered).toSorted());
  for (const how of Object.values(covered)) {
    if (how.startsWith('file: ')) expect(Object.keys(configurationFile.shape)).toContain(how.slice(6));
    if (!how.startsWith('lineup ')) continue;
    const [noun, verb] = how.split(' ').slice(1);
    const lineup = await program([noun!]);
    const command = lineup.commands.find((command) => command.name() === noun);
    expect(command, how).toBeDefined();
    if (verb)
      expect(
        command?.commands.map((command) => command.name()),
        how,
      ).toContain(verb);
  }
});
