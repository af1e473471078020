/** Alert rules on the command line and in a configuration file, against a running service. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Alert, AlertRules } from '../../src/domain/alerts/alerts.ts';
import { members } from '../support/cli.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

const LINE = 'Main account';

test('rules are given by flags, alerts are listed, and a file writes and reads the rules', async () => {
  const { lineup, json, write, token, directory } = await serving();
  const asAdministrator = { environment: { LINEUP_TOKEN: await token('administrator') } };
  const refused = async (sentence: string, code: number, ...command: string[]) => {
    const done = await lineup(command);
    expect([done.code, done.stderr]).toEqual([code, expect.stringContaining(sentence)]);
  };
  const file = write('members.csv', `${members(5).csv}x,not an address\n`);
  const create = (...rules: string[]) => [
    ...['jobs', 'create', '--name', 'VIP', '--authorization', LINE, '--audience', file, '--ad-account', 'A1'],
    ...['--audience-name', 'VIP', '--identifier-type', 'email', '--once', ...rules],
  ];
  await refused('--alert: There is no alert rule "size".', 2, ...create('--alert', 'size=10'));
  await refused('late, minutes: Enter at least 5.', 2, ...create('--alert', 'late=1'));

  const made = await json<JobView>(create('--alert', 'skipped_share=5', '--alert', 'late=off'));
  const rules = { skipped_share: { action: 'warn', percent: 5 }, late: { action: 'off' } };
  expect(made.configuration.alerts).toEqual(rules);
  const done = await until(
    () => json<JobView>(['jobs', 'show', 'VIP']),
    ({ status }) => status !== 'runnable',
  );
  expect(done.open_alerts).toBe(1);
  const [alert] = await json<Alert[]>(['alerts', 'list', '--open', '--job', 'VIP']);
  expect(alert).toMatchObject({ rule: 'skipped_share', threshold: 5, measured: 16.7, cleared_at: null });
  expect((await lineup(['alerts', 'list'])).stdout).toMatch(/open +VIP +skipped_share +Skipped values: 1 of 6/);
  expect((await lineup(['jobs', 'show', 'VIP'])).stdout).toMatch(
    /Rules +skipped_share=5 late=off\nAlerts +1 open, see/,
  );

  // A file with the rules changes nothing; other rules are a change.
  const exported = (await lineup(['export-config'])).stdout;
  expect(exported).toMatch(/alerts:\n +skipped_share:\n +action: warn\n +percent: 5/);
  const path = join(directory, 'lineup.yaml');
  writeFileSync(path, exported);
  const variables = { environment: { MAIN_ACCOUNT_ACCESS_KEY: 'a', MAIN_ACCOUNT_SECRET_KEY: 'b' } };
  expect((await lineup(['diff', path], variables)).code).toBe(0);
  writeFileSync(path, readFileSync(path, 'utf8').replace('percent: 5', 'percent: 50'));
  const change = await lineup(['apply', path, '--yes'], variables);
  expect([change.code, change.stdout]).toEqual([0, expect.stringContaining('configuration.alerts')]);
  writeFileSync(path, readFileSync(path, 'utf8').replace('percent: 50', 'percent: 0'));
  const wrong = await lineup(['apply', path, '--yes'], variables);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('skipped_share.percent: Too small')]);

  const edited = await json<JobView>(['jobs', 'edit', 'VIP', '--alert', 'late=default', '--alert', 'slow=60']);
  expect(edited.configuration.alerts).toEqual({
    skipped_share: { action: 'warn', percent: 50 },
    slow: { action: 'warn', minutes: 60 },
  });
  const none = ['--alert', 'slow=default', '--alert', 'skipped_share=default'];
  expect(await json<JobView>(['jobs', 'edit', 'VIP', ...none])).not.toHaveProperty('configuration.alerts');

  const workspace = ['alerts', 'rules'];
  expect((await lineup(workspace, asAdministrator)).stdout).toBe(
    'runs_empty=7\naudience_unusable=warn\naudience_ends=30\n',
  );
  const set = [...workspace, '--alert', 'late=90', '--alert', 'size_change=30,7,stop'];
  expect(await json<AlertRules>(set, asAdministrator)).toEqual({
    late: { action: 'warn', minutes: 90 },
    size_change: { action: 'stop', percent: 30, runs: 7 },
  });
  expect((await lineup([...workspace, '--alert', 'late=default'], asAdministrator)).stdout).toContain(
    'size_change=30,7,stop',
  );
  const editor = await lineup(workspace);
  expect(editor.code).not.toBe(0);
}, 120_000);
