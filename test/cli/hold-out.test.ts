/** The hold-out group of a job on the command line, against a running service. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

test('a job gets a hold-out by flags, keeps the part that is not given, and sends all again', async () => {
  const { lineup, json, write } = await serving({ role: 'api' });
  const file = write('members.csv', members(50).csv);
  const create = (...holdOut: string[]) => [
    ...['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP', '--identifier-type', 'email', '--once', ...holdOut],
  ];
  const refused = async (sentence: string, ...command: string[]) => {
    const { code, stderr } = await lineup(command);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  };
  for (const share of ['0', '51', '100', '0.1', 'x', '']) {
    await refused('--hold-out: Enter a whole percentage from 1 to 50.', ...create('--hold-out', share));
  }
  await refused('--experiment: Use only Latin letters', ...create('--experiment', 'a b'));
  await refused('--hold-out none and --experiment', ...create('--hold-out', 'none', '--experiment', 'a'));
  await refused('configuration.hold_out.experiment: Name the experiment.', ...create('--hold-out', '10'));

  const created = await lineup(create('--hold-out', '10', '--experiment', 'spring'));
  expect([created.code, created.stderr]).toEqual([0, '']);
  expect(created.stdout).toContain('Holds out 10 % of the members, experiment "spring"');
  const edit = async (...flags: string[]) =>
    (await json<JobView>(['jobs', 'edit', 'VIP', ...flags])).configuration.hold_out;
  expect(await edit('--hold-out', '20')).toEqual({ share: 20, experiment: 'spring' });
  expect(await edit('--experiment', 'summer')).toEqual({ share: 20, experiment: 'summer' });
  expect(await edit('--description', 'x')).toEqual({ share: 20, experiment: 'summer' });
  expect(await edit('--hold-out', 'none')).toBeNull();
}, 120_000);

test('another hold-out of a live job says who moves, and is saved only with that number', async () => {
  const { lineup, write, service, createJob, waitForJob, directory } = await serving();
  const hold_out = { share: 40, experiment: 'spring' };
  const source = write('vip.csv', members(200).csv);
  const { id } = await createJob({ segment_id: source, hold_out }, 'VIP');
  const { left_out } = await waitForJob(id, ({ status }) => status !== 'runnable');
  const about = left_out!.held_out!;
  expect(about).toBeGreaterThan(50);
  const holdOut = async () => (await service.jobs.get(id)).configuration.hold_out;

  const edit = ['jobs', 'edit', 'VIP', '--hold-out', 'none'];
  const says = `Without the hold-out, about ${about} members who were held out come into the audience`;
  // Without a terminal, nobody can answer.
  const unasked = await lineup(edit);
  expect([unasked.code, unasked.stdout, unasked.stderr]).toEqual([2, '', expect.stringContaining(says)]);
  expect(unasked.stderr).toContain(`with the next run. Confirm with --let-in ${about}.`);
  const other = await lineup([...edit, '--let-in', String(about + 10)]);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining(`let_in=${about}`)]);
  expect(await holdOut()).toEqual(hold_out);
  // An edit that moves nobody is not asked about.
  expect((await lineup(['jobs', 'edit', 'VIP', '--description', 'x'])).code).toBe(0);

  const file = join(directory, 'lineup.yaml');
  await lineup(['export-config', '--out', file]);
  const written = readFileSync(file, 'utf8');
  expect(written).toContain('experiment: spring');
  writeFileSync(file, written.replace('experiment: spring', 'experiment: summer'));
  const differs = await lineup(['diff', file]);
  const moves = Math.round((about * 0.6) / 10) * 10;
  const line = `    The experiment "summer" holds out other people than "spring". With the next run, about ${moves} members`;
  expect([differs.code, differs.stdout]).toEqual([3, expect.stringContaining(line)]);
  const refused = await lineup(['apply', file, '--yes']);
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    2,
    expect.stringContaining(line),
    expect.stringContaining(`Nothing was changed. If you want that, confirm it with --let-in ${moves}.`),
  ]);
  expect(await holdOut()).toEqual(hold_out);
  expect((await lineup(['apply', file, '--yes', '--let-in', String(moves)])).code).toBe(0);
  expect(await holdOut()).toEqual({ share: 40, experiment: 'summer' });

  expect((await lineup([...edit, '--let-in', String(about)])).code).toBe(0);
  expect(await holdOut()).toBeNull();
}, 120_000);
