/** Cron expressions on the command line and in a configuration file, against a running service. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

const LINE = 'Main account';

test('a job gets its expressions by flags, is explained in words, and goes back to a plain schedule', async () => {
  const { lineup, json, write, directory } = await serving();
  const file = write('members.csv', members(5).csv);
  const create = (...schedule: string[]) => [
    ...['jobs', 'create', '--name', 'VIP', '--authorization', LINE, '--audience', file, '--ad-account', 'A1'],
    ...['--audience-name', 'VIP', '--identifier-type', 'email', '--timezone', 'Asia/Tokyo', ...schedule],
  ];
  const refused = async (sentence: string, ...command: string[]) => {
    const { code, stderr } = await lineup(command);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  };
  await refused('--cron: Write five parts:', ...create('--cron', '@daily'));
  await refused('--cron: This is too often.', ...create('--cron', '* * * * *'));
  await refused('--cron and a plain schedule', ...create('--cron', '0 9 * * *', '--time', '09:00'));
  await refused('--once and a schedule', ...create('--cron', '0 9 * * *', '--once'));
  await refused(
    'configuration.cron_expressions.1: This comes less than 15 minutes before or after',
    ...create('--cron', '0 9 * * *', '--cron', '5 9 1 * *'),
  );
  await refused('configuration.cron_expressions: Enter a cron expression.', ...create('--frequency', 'custom'));

  const created = await lineup(create('--cron', '30 6 * * MON-FRI', '--cron', '0 12 L * *'));
  expect([created.code, created.stderr]).toEqual([0, '']);
  expect(created.stdout).toMatch(/Runs +at the times of cron expressions, Asia\/Tokyo/);
  expect(created.stdout).toContain('30 6 * * MON-FRI: At 06:30, Monday through Friday');
  expect(created.stdout).toContain('0 12 L * *: At 12:00, on the last day of the month');
  expect(created.stdout).toMatch(/Times +(\d{4}-\d\d-\d\d (21:30|03:00)Z(, )?){5}\n/);

  await until(
    () => json<JobView>(['jobs', 'show', 'VIP']),
    ({ status }) => status === 'sleeping',
  );
  const edited = await json<JobView>(['jobs', 'edit', 'VIP', '--frequency', 'daily', '--time', '10:30']);
  expect(edited.configuration).toMatchObject({
    run_frequency: 'daily',
    time_of_day: '10:30',
    cron_expressions: null,
  });
  const back = await json<JobView>(['jobs', 'edit', 'VIP', '--cron', '0 */6 * * *']);
  expect(back.configuration).toMatchObject({
    run_frequency: 'custom',
    time_of_day: null,
    cron_expressions: ['0 */6 * * *'],
    timezone: 'Asia/Tokyo',
  });

  // Another job waits for this one instead.
  const second = (...schedule: string[]) =>
    create(...schedule).map((word, n, words) => (/name$/.test(words[n - 1] ?? '') ? 'Offer' : word));
  await refused('--at-most-every: Enter 15 to 10,080 minutes.', ...second('--after', 'VIP', '--at-most-every', '5'));
  await refused('--at-most-every: Enter 15 to 10,080 minutes.', ...second('--after', 'VIP', '--at-most-every', 'x'));
  await refused('and a schedule cannot be used together', ...second('--after', 'VIP', '--time', '09:00'));
  await refused('Say what the job waits for with', ...second('--deadline', '09:00'));
  const waits = await lineup(second('--after', 'VIP', '--at-most-every', '60', '--deadline', '09:00'));
  expect([waits.code, waits.stderr]).toEqual([0, '']);
  expect(waits.stdout).toMatch(
    /Runs +when "VIP" has succeeded, at most every 60 min, alert if it has not by 09:00, Asia\/Tokyo\n/,
  );
  const circle = await lineup(['jobs', 'edit', 'VIP', '--after', 'Offer']);
  expect([circle.code, circle.stderr]).toEqual([
    2,
    expect.stringContaining('configuration.trigger.job_id: The job "Offer" waits for this one'),
  ]);
  await until(
    () => json<JobView>(['jobs', 'show', 'Offer']),
    ({ status }) => status === 'sleeping',
  );
  const rarer = await json<JobView>(['jobs', 'edit', 'Offer', '--at-most-every', '120', '--deadline', 'none']);
  expect(rarer.configuration).toMatchObject({
    run_frequency: 'when_ready',
    trigger: { kind: 'after_job', job_id: back.id, at_most_every_minutes: 120, deadline: null },
  });
  const copied = await json<JobView>(['jobs', 'duplicate', 'VIP', '--name', 'Thanks', '--after', 'VIP']);
  expect(copied.configuration).toMatchObject({
    run_frequency: 'when_ready',
    cron_expressions: null,
    trigger: { kind: 'after_job', job_id: back.id },
  });

  // It waits for a webhook instead.
  const edit = (...flags: string[]) => ['jobs', 'edit', 'Thanks', ...flags];
  await refused('cannot be used together', ...edit('--on-webhook', '--after', 'VIP'));
  await refused(
    '--on-change-of, --on-change-of-query and --on-table',
    ...edit('--on-change-of', 'day', '--on-table-change'),
  );
  await refused('cannot be read. Write the query into it', ...edit('--on-change-of-query', join(directory, 'no.sql')));
  await refused('configuration.trigger', ...edit('--on-new-object'));
  await refused('configuration.trigger', ...edit('--on-change-of', 'day'));
  expect((await json<JobView>(edit('--on-webhook', '--deadline', '09:00'))).configuration.trigger).toEqual({
    ...{ kind: 'webhook', at_most_every_minutes: 15, deadline: '09:00' },
  });
  const secret = ['jobs', 'webhook-secret', 'Thanks'];
  const made = await json<{ url: string; secret: string }>(secret);
  expect(made).toMatchObject({
    url: expect.stringContaining(`/jobs/${copied.id}/webhook`),
    secret: expect.any(String),
  });
  expect((await lineup(secret)).code).not.toBe(0);
  const kept = join(directory, 'secret');
  const rotated = await json<object>([...secret, '--rotate', '--old-valid-hours', '1', '--file', kept]);
  expect(rotated).toEqual({ url: made.url, old_valid_until: expect.any(String) });
  expect(readFileSync(kept, 'utf8').trim()).not.toBe(made.secret);
  await refused('is there already', ...secret, '--rotate', '--file', kept);
  const plain = await json<JobView>(['jobs', 'edit', 'Offer', '--frequency', 'daily', '--time', '10:30']);
  expect(plain.configuration).not.toHaveProperty('trigger');
}, 120_000);

test('a file has the expressions; a second apply changes nothing, and export-config writes them', async () => {
  const { lineup, json, write, directory } = await serving();
  const file = join(directory, 'lineup.yaml');
  const content = (...expressions: string[]) => `version: 1
jobs:
  - name: VIP
    authorization: ${LINE}
    configuration:
      segment_id: ${write('members.csv', members(5).csv)}
      adaccount_id: A1
      audience_name: VIP
      identifier_type: email
      run_frequency: custom
      cron_expressions: ${JSON.stringify(expressions)}
      timezone: Europe/Berlin
`;
  writeFileSync(file, content('0 9 * * *', '0 0 9 * * *'));
  const wrong = await lineup(['apply', file, '--yes']);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/lineup\.yaml:11:\d+ jobs\[0\]\.configuration\.cron_expressions\[1\]: Write five parts/),
  ]);

  writeFileSync(file, content('0 9 * * 1-5', '0 12 * * SAT'));
  expect((await lineup(['apply', file, '--yes'])).code).toBe(0);
  expect((await json<JobView>(['jobs', 'show', 'VIP'])).configuration.cron_expressions).toEqual([
    '0 9 * * 1-5',
    '0 12 * * SAT',
  ]);
  expect((await lineup(['diff', file])).code).toBe(0);

  writeFileSync(file, content('0 9 * * 1-5'));
  expect(await json(['apply', file, '--yes'])).toMatchObject({
    steps: [
      {
        changes: [
          {
            key: 'configuration.cron_expressions',
            before: ['0 9 * * 1-5', '0 12 * * SAT'],
            after: ['0 9 * * 1-5'],
          },
        ],
      },
    ],
  });
  // The job that waits comes first in the file, and is created after the one that it waits for.
  const offer = `  - name: Offer
    authorization: ${LINE}
    after_job: VIP
    configuration:
      segment_id: ${write('offer.csv', members(5).csv)}
      adaccount_id: A1
      audience_name: Offer
      identifier_type: email
      run_frequency: when_ready
      trigger: { kind: after_job, at_most_every_minutes: 60 }
`;
  const both = content('0 9 * * 1-5').replace('name: VIP\n', 'name: New members\n');
  const named = (awaited: string) => both.replace('jobs:\n', `jobs:\n${offer.replace('VIP', awaited)}`);
  writeFileSync(file, named('Nobody'));
  expect((await lineup(['apply', file, '--yes'])).stderr).toMatch(/after_job: The job "Nobody" is neither in the file/);
  writeFileSync(file, named('New members').replace('audience_name: VIP', 'audience_name: New'));
  expect(await json(['apply', file, '--yes'])).toMatchObject({
    steps: [
      { action: 'create', name: 'New members' },
      { action: 'create', name: 'Offer' },
    ],
  });
  const awaited = await json<JobView>(['jobs', 'show', 'New members']);
  expect((await json<JobView>(['jobs', 'show', 'Offer'])).trigger).toMatchObject({ job: { id: awaited.id } });
  expect((await lineup(['diff', file])).code).toBe(0);

  const written = join(directory, 'written.yaml');
  await lineup(['export-config', '--out', written]);
  expect(readFileSync(written, 'utf8')).toContain('- 0 9 * * 1-5');
  expect(readFileSync(written, 'utf8')).toContain('after_job: New members');
  expect((await lineup(['diff', written])).code).toBe(0);

  // A job that another one waits for is not deleted.
  const awaits = 'The job "Offer" waits for "New members" and would never run again by itself.';
  const pruned = join(directory, 'pruned.yaml');
  writeFileSync(pruned, `version: 1\njobs:\n${offer.replace('VIP', 'New members')}`);
  const refused = await lineup(['apply', pruned, '--prune', '--yes']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`jobs[0].after_job: ${awaits}`)]);
  expect((await lineup(['jobs', 'show', 'New members'])).stdout).toMatch(/Then runs "Offer" \(job_/);
  for (const name of ['New members', 'Offer']) {
    await until(
      () => json<JobView>(['jobs', 'show', name]),
      ({ status }) => status === 'sleeping',
    );
  }
  const kept = await lineup(['jobs', 'delete', 'New members', '--yes']);
  expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining(awaits)]);
  // One apply turns round who waits for whom, and another one deletes both.
  const own = 'run_frequency: custom\n      cron_expressions: ["0 9 * * 1-5"]\n      timezone: Europe/Berlin\n';
  const waits = 'run_frequency: when_ready\n      trigger: { kind: after_job, at_most_every_minutes: 60 }\n';
  const turned = readFileSync(file, 'utf8')
    .replace('    after_job: New members\n', '')
    .replace(waits, '@')
    .replace(own, waits);
  writeFileSync(
    file,
    turned.replace('@', own).replace('  - name: New members\n', '  - name: New members\n    after_job: Offer\n'),
  );
  const turns = await lineup(['apply', file, '--yes']);
  expect([turns.code, turns.stderr]).toEqual([0, expect.any(String)]);
  expect((await lineup(['diff', file])).code).toBe(0);
  writeFileSync(file, 'version: 1\njobs: []\n');
  expect(await json(['apply', file, '--prune', '--yes'])).toMatchObject({
    steps: [{ name: 'New members' }, { name: 'Offer' }, { name: 'VIP' }, { kind: 'authorization' }],
  });
}, 120_000);
