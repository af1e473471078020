/** Members who are left out: suppression lists and hold-outs of the command line, against the simulator. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import { bench, held, members, sha256 } from '../support/cli.ts';

const to = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1', '--audience-name', 'VIP'];
const emails = (...names: readonly string[]) => `email\n${names.map((name) => `${name}@example.com\n`).join('')}`;

test('the audience has nobody of a suppression list, and nobody who is held out', async () => {
  const { write, export: run, simulator } = await bench();
  const names = Array.from({ length: 200 }, (_, n) => `m${n}`);
  const source = write('members.csv', emails(...names, 'm3'));
  const left = write('left.csv', emails('M3', 'm4', 'stranger'));
  const staff = write('staff.csv', 'mail\nm4@example.com\nm5@example.com\n'.replace('mail', 'email'));
  const spring = { experiment: 'spring', share: 30 };
  const { code, run: document } = await run([
    ...['--source', source, ...to, '--suppress', left, '--suppress', staff],
    ...['--hold-out', '30', '--experiment', 'spring'],
  ]);
  const kept = names.filter((name) => !['m3', 'm4', 'm5'].includes(name)).map((name) => sha256(`${name}@example.com`));
  const expected = kept.filter((hash) => !isHeldOut(hash, spring));
  expect(code).toBe(0);
  expect(held(simulator, document.audience?.id ?? '')).toEqual(expected.sort());
  expect(document).toMatchObject({
    counts: {
      scanned: 201,
      suppressed: 4,
      held_out: kept.length - expected.length,
      duplicates: 0,
      unique: expected.length,
    },
    suppression: [
      { name: left, size: 3, suppressed: 3 },
      { name: staff, size: 2, suppressed: 1 },
    ],
  });
});

test('a plain run has no counts of what it does not do', async () => {
  const { write, export: run } = await bench();
  const { run: document } = await run(['--source', write('m.csv', members(3).csv), ...to]);
  expect(Object.keys(document.counts ?? {})).not.toEqual(expect.arrayContaining(['suppressed']));
  expect(document).not.toHaveProperty('suppression');
  expect(document.counts).not.toHaveProperty('held_out');
});

test('a list that is missing, empty or much smaller than before stops the run before LINE is touched', async () => {
  const { write, export: run, simulator } = await bench();
  const source = write('members.csv', members(20).csv);
  const names = Array.from({ length: 10 }, (_, n) => `gone${n}`);
  const list = write('left.csv', emails(...names));
  const first = await run(['--source', source, ...to, '--suppress', list]);
  const again = ['--source', source, ...to.slice(0, -2), '--audience-id', first.run.audience?.id ?? ''];
  const writes = () => simulator.inspect().jobs.length;
  expect([first.code, writes()]).toEqual([0, 1]);

  const missing = await run([...again, '--suppress', join(list, '..', 'other.csv')]);
  expect(missing.code).toBe(1);
  expect(missing.run.error).toMatchObject({ code: 'suppression_list_failed', retryable: true });
  expect(missing.run.error?.message).toContain('other.csv" cannot be read, so nothing was sent.');

  write('left.csv', 'email\n');
  const empty = await run([...again, '--suppress', list]);
  expect([empty.code, empty.run.error?.code]).toEqual([3, 'suppression_list_empty']);

  write('left.csv', emails('gone1'));
  const shrunk = await run([...again, '--suppress', list]);
  expect([shrunk.code, shrunk.run.error?.code]).toEqual([3, 'suppression_list_shrinks']);
  expect(shrunk.run.error?.message).toContain('has shrunk from 10 to 1 values, by 90 %.');
  expect(shrunk.run.error?.message).toContain('--suppress-max-shrink');
  // A person who allows another size of the audience has not allowed that of the list.
  const guardOnly = await run(['--resume', shrunk.run.runId ?? '', '--max-shrink', '1']);
  expect(guardOnly.code).toBe(3);
  expect(writes()).toBe(1);

  const allowed = await run(['--resume', shrunk.run.runId ?? '', '--suppress-max-shrink', '1']);
  expect([allowed.code, writes()]).toEqual([0, 2]);
  // From now on, this is the size of the list.
  expect((await run([...again, '--suppress', list])).code).toBe(0);
});

test('when everybody is left out, the audience stays as it is, and the sentence says why', async () => {
  const { write, export: run, simulator } = await bench();
  const source = write('members.csv', emails('a', 'b'));
  const { code, run: document } = await run([
    '--source',
    source,
    ...to,
    '--suppress',
    write('all.csv', emails('b', 'a')),
  ]);
  expect(code).toBe(3);
  expect(document.error?.message).toContain('All 2 valid values of "email" are suppressed or held out.');
  expect(simulator.inspect().jobs).toEqual([]);
});

test('prepare leaves out the same members, and a list that fails leaves no file', async () => {
  const { write, run: lineup, directory } = await bench();
  const source = write('members.csv', emails('a', 'b', 'c'));
  const prepare = (out: string, ...more: string[]) =>
    lineup(['prepare', '--source', source, ...to.slice(0, 4), '--out', join(directory, out), ...more]);
  const { code, stdout } = await prepare('out', '--suppress', write('left.csv', emails('b')), '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { suppressed: 1, unique: 2 },
    suppression: [{ size: 1, suppressed: 1 }],
  });
  const failed = await prepare('other', '--suppress', write('left.csv', 'email\n'));
  expect(failed.code).toBe(3);
  expect(existsSync(join(directory, 'other')) ? readdirSync(join(directory, 'other')) : []).toEqual([]);
});

test.each([
  [['--hold-out', '0', '--experiment', 'a'], '--hold-out takes a whole number of percent from 1 to 50'],
  [['--hold-out', '100', '--experiment', 'a'], '--hold-out takes a whole number of percent from 1 to 50'],
  [['--hold-out', '10'], '--hold-out needs --experiment'],
  [['--experiment', 'a'], '--experiment works only with --hold-out'],
  [['--hold-out', '10', '--experiment', 'a b'], '--experiment takes 1 to 40 Latin letters'],
  [['--suppress', '-'], '--suppress cannot read standard input.'],
  [['--suppress', 'members.csv'], '--suppress members.csv is the source itself'],
  [['--suppress', 'a.csv', '--suppress', 'a.csv'], '--suppress a.csv is given twice.'],
  [Array.from({ length: 16 }, (_, n) => ['--suppress', `${n}.csv`]).flat(), '--suppress may be given 15 times'],
])('%j: one sentence, and nothing is read', async (flags, sentence) => {
  const { run: lineup } = await bench();
  const { code, stderr } = await lineup(['export', '--source', 'members.csv', ...to, ...flags]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
});
