/** The hold-out group of a job on the command line, against a running service. */
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

test('a job gets a hold-out by flags, keeps the part that is not given, and sends all again', async () => {
  const { lineup, json, write } = await serving();
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
