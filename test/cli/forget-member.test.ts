/**
 * People who ask to be forgotten, from the command line: their identifiers come from standard input, and are printed
 * nowhere.
 */
import { expect, test } from 'vitest';
import type { Erasure, ErasuresOfType } from '../../src/contracts/erasures.ts';
import { held, members } from '../support/cli.ts';
import { hintsIn } from '../support/hints.ts';
import { serving } from '../support/serving.ts';

const PERSON = 'member2@example.com';
const identifier = ['--identifier', 'email'];

test('an administrator puts people on the erasure list, and takes them off again', async () => {
  const { lineup, json, token, write, createJob, waitForJob, simulator } = await serving();
  const as = { environment: { LINEUP_TOKEN: await token('administrator') } };
  const job = await createJob({ segment_id: write('vip.csv', members(5).csv) }, 'VIP');
  const first = await waitForJob(job.id, ({ status }) => status === 'sleeping');

  const asEditor = await lineup(['forget-member', ...identifier], { input: PERSON });
  expect([asEditor.code, asEditor.stderr]).toEqual([2, expect.stringContaining('administrator')]);
  const nothing = await lineup(['forget-member', ...identifier], { ...as, input: '\n\n' });
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('on standard input')]);
  const kind = await lineup(['forget-member'], { ...as, input: PERSON });
  expect([kind.code, kind.stderr]).toEqual([
    2,
    expect.stringContaining('--identifier email, phone, ifa or line_user_id'),
  ]);
  const argument = await lineup(['forget-member', ...identifier, PERSON], { ...as, input: '' });
  expect([argument.code, argument.stderr]).toEqual([2, expect.stringContaining('history of the shell')]);
  const many = await lineup(['forget-member', ...identifier], { ...as, input: `${PERSON}\n`.repeat(1_001) });
  expect([many.code, many.stderr]).toEqual([2, expect.stringContaining('at most 1000 people')]);
  const wrong = await lineup(['forget-member', ...identifier], { ...as, input: `${PERSON}\nTaro Yamada\n` });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('values.1: Value 2 is no valid')]);
  for (const { stdout, stderr } of [asEditor, argument, many, wrong]) {
    expect(stdout + stderr).not.toMatch(/member2|Taro|Yamada/);
  }
  expect((await lineup(['forget-member', '--list'], as)).stdout).toBe('Nobody is on the erasure list.\n');

  const done = await lineup(['forget-member', ...identifier], { ...as, input: `${PERSON}\r\n` });
  expect(done.code).toBe(0);
  expect(done.stdout).toMatch(/Added to the erasure list: 1\. On it before: 0\.\n/);
  expect(done.stdout).toMatch(new RegExp(`A1 +${first.audience_id} +VIP +\\d{4}-\\d\\d-\\d\\d +VIP`));
  expect(done.stdout).toContain('A run of "VIP" replaces its audience now.');
  expect(done.stdout + done.stderr).not.toContain(PERSON);
  await waitForJob(job.id, ({ last_run: run }) => run?.id !== first.last_run?.id && run?.ended_at !== null);
  expect(held(simulator, first.audience_id!)).toHaveLength(4);

  // A paused job starts no run, and the command says what to do.
  await waitForJob(job.id, ({ status }) => status === 'sleeping');
  await lineup(['jobs', 'pause', job.id]);
  const paused = await lineup(['forget-member', ...identifier], { ...as, input: 'member3@example.com' });
  expect(paused.stderr).toContain(`The audience of "VIP" is not replaced yet.`);
  expect(hintsIn(paused.stderr)).toEqual([['jobs', 'resume', job.id]]);

  expect((await lineup(['jobs', 'resume', job.id])).code).toBe(0);
  await lineup(['jobs', 'pause', job.id]);
  const [listed] = await json<ErasuresOfType[]>(['forget-member', '--list'], as);
  expect(listed).toMatchObject({ identifier_type: 'email', people: 2 });
  const again = await json<Erasure>(['forget-member', ...identifier], { ...as, input: PERSON });
  expect(again).toMatchObject({ added: 0, already_listed: 1, jobs: [{ outcome: 'refused' }] });
  const undone = await lineup(['forget-member', ...identifier, '--undo'], {
    ...as,
    input: `${PERSON}\nother@example.com`,
  });
  expect(undone.stdout).toBe('Removed from the erasure list: 1\nNot on the list: 1\n');
  expect((await lineup(['forget-member', '--list'], as)).stdout).toMatch(/email +1 /);
});
