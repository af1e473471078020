/**
 * What `lineup export` and the other commands without a service say after a failure: each command in it is run in the
 * state that it was printed in, and none is refused. What can continue does so when the cause is gone.
 */
import { writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { Fault } from '../../simulators/line-ads/index.ts';
import type { PrintedRun } from '../../src/cli/report.ts';
import { type Bench, bench, exporting, filled, inFours, members, toA1, toVip } from '../support/cli.ts';
import { expectHintsToWork, followHint, hintsIn } from '../support/hints.ts';

interface Failure {
  /** The arguments of the export that fails. */
  readonly args: readonly string[];
  readonly environment?: Record<string, string>;
  /** Takes the cause away. */
  readonly mend?: () => void;
}

type Break = (at: Bench) => Failure;

const source = (at: Bench, count = 10): string[] => ['--source', at.write('a.csv', members(count).csv)];
const withFault =
  (fault: Fault): Break =>
  (at) => {
    at.simulator.addFault({ count: 1_000, ...fault });
    return { args: [...source(at), ...toVip, ...inFours], mend: () => at.simulator.clearFaults() };
  };
const replacing = (at: Bench, audienceId: string, count = 10): string[] => [
  ...source(at, count),
  ...toA1,
  ...['--audience-id', audienceId],
];

const quick = ['--poll-interval', '50'];
const isResume = (hint: readonly string[]): boolean => hint.includes('--resume');

test.each<[string, Break]>([
  ['LINE answers 503 to an upload', withFault({ kind: 'status', status: 503, endpoint: 'upload' })],
  ['LINE answers 400 to an upload', withFault({ kind: 'status', status: 400, endpoint: 'upload' })],
  ['LINE answers 503 to the second upload', withFault({ kind: 'status', status: 503, endpoint: 'upload', nth: 2 })],
  ['LINE answers 429', withFault({ kind: 'status', status: 429, retryAfter: 3_600, endpoint: 'upload' })],
  ['LINE answers 403', withFault({ kind: 'status', status: 403, endpoint: 'list' })],
  ['an upload job fails', withFault({ kind: 'job_failed', nth: 2 })],
  ['the connection breaks', withFault({ kind: 'reset', when: 'before', endpoint: 'upload' })],
  [
    'a key is refused',
    (at) => ({
      args: [...source(at), ...toVip],
      environment: { LINE_ADS_SECRET_KEY: 'another-secret-key' },
    }),
  ],
  ['the guard refuses', (at) => ({ args: replacing(at, at.simulator.addAudience({ name: 'VIP', members: 100 })) })],
  [
    'the size of the audience is unknown',
    (at) => {
      const unknown = { members: 90, jobs: [], estimatedAudienceSize: '-' };
      return { args: replacing(at, at.simulator.addAudience({ name: 'VIP', ...unknown })) };
    },
  ],
])(
  'when %s, each hint works, and the run can continue',
  async (_, breakIt) => {
    const at = await bench();
    const { args, environment, mend } = breakIt(at);
    const failed = await at.run(['export', ...args, ...quick], { environment });
    const run = (hint: readonly string[]) => at.run(isResume(hint) ? [...hint, ...quick] : hint, { environment });
    expect(failed.code, failed.stderr).not.toBe(0);
    const [latest] = JSON.parse((await at.run(['runs', 'list', '--json'])).stdout) as PrintedRun[];
    expect(hintsIn(failed.stderr).filter(isResume)).toEqual([latest!.error!.resume!.split(' ').slice(1)]);
    const shown = await at.run(['runs', 'show', latest!.runId!]);
    expect(hintsIn(shown.stderr).filter(isResume)).toEqual(hintsIn(failed.stderr).filter(isResume));

    // As long as the cause is there. Each try prints the next hint.
    await expectHintsToWork(run, failed.stdout, failed.stderr, shown.stderr);
    mend?.();
    const state = () => at.run(['runs', 'show', latest!.runId!]);
    for (const hint of hintsIn((await state()).stderr).filter(isResume)) {
      expect((await followHint(at.run, [...hint, ...quick])).code).toBe(0);
    }
    expect((await state()).stdout).toMatch(/Created and filled|Filled/);
  },
  240_000,
);

test.each<[string, Break]>([
  ['the audience does not exist', (at) => ({ args: replacing(at, '999999') })],
  [
    'the audience has another type',
    (at) => ({
      args: replacing(at, at.simulator.addAudience({ name: 'Phones', idType: 'HASHED_PHONE_NUMBER', members: 5 })),
    }),
  ],
  [
    'the name is taken',
    (at) => {
      at.simulator.addAudience({ name: 'VIP', members: 5 });
      return { args: [...source(at), ...toVip] };
    },
  ],
  [
    'somebody deletes the audience meanwhile',
    (at) => {
      at.simulator.addFault({ kind: 'audience_deleted', endpoint: 'upload', nth: 1 });
      return { args: [...source(at), ...toVip, ...inFours] };
    },
  ],
  [
    'the source has no members',
    (at) => ({ args: ['--source', at.write('none.csv', 'id,email\n1,nobody\n'), ...toVip] }),
  ],
  ['the source does not exist', () => ({ args: ['--source', 'nothing.csv', ...toVip] })],
  [
    'the field does not exist',
    (at) => ({ args: ['--source', at.write('a.csv', 'id,mail\n1,a@example.com\n'), ...toVip] }),
  ],
  [
    'the keys are missing',
    (at) => ({
      args: [...source(at), ...toVip],
      environment: { LINE_ADS_ACCESS_KEY: '', LINE_ADS_SECRET_KEY: '' },
    }),
  ],
])(
  'when %s, each hint works, and none continues what cannot go on',
  async (_, breakIt) => {
    const at = await bench();
    const { args, environment } = breakIt(at);
    const failed = await at.run(['export', ...args, ...quick], { environment });
    expect(failed.code, failed.stderr).not.toBe(0);
    const hints = await expectHintsToWork((hint) => at.run(hint, { environment }), failed.stdout, failed.stderr);
    expect(hints.filter(isResume)).toEqual([]);
    const listed = await at.run(['runs', 'list', '--json']);
    for (const run of JSON.parse(listed.stdout) as PrintedRun[]) expect(run.error?.resume).toBeNull();
  },
  120_000,
);

test('a killed run says how it continues, and one that a later run has replaced says nothing', async () => {
  const { at, id, source } = await filled();
  const args = ['--source', source, ...toA1, '--audience-id', id, ...inFours];
  at.simulator.addFault({ kind: 'slow', ms: 30_000, when: 'after', endpoint: 'upload', nth: 2 });
  const { child, finished } = at.start(exporting(args));
  const isSent = () => at.simulator.inspect().jobs.filter(({ lines }) => lines <= 4).length >= 2;
  await vi.waitFor(() => expect(isSent()).toBe(true), { interval: 20, timeout: 60_000 });
  child.kill('SIGKILL');
  await finished;
  at.simulator.clearFaults();
  const list = async () => JSON.parse((await at.run(['runs', 'list', '--json'])).stdout) as PrintedRun[];
  const [killed] = await list();
  const show = async () => (await at.run(['runs', 'show', killed!.runId!])).stderr;
  const offered = await show();
  expect(offered).toContain('The process of this run has ended. Continue with: lineup export --resume');

  // A later run writes to the same audience.
  const newer = at.write('newer.csv', members(10, 'newer').csv);
  expect((await at.export(['--source', newer, ...toA1, '--audience-id', id])).code).toBe(0);
  expect(hintsIn(await show())).toEqual([]);
  const [hint] = hintsIn(offered);
  const refused = await at.run(hint!);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('cannot continue')]);
  expect(hintsIn(refused.stderr)).toEqual([]);
});

test('a list of people to leave out that shrinks says how the run continues', async () => {
  const at = await bench();
  const list = at.write('out.csv', members(10, 'out').csv);
  const args = ['export', ...source(at), ...toA1, '--suppress', list, ...quick];
  expect((await at.run([...args, '--audience-name', 'VIP'])).code).toBe(0);
  const id = at.simulator.inspect().audiences.find(({ name }) => name === 'VIP')!.id;
  writeFileSync(list, members(3, 'out').csv);
  const refused = await at.run([...args, '--audience-id', id]);
  expect([refused.code, hintsIn(refused.stderr)]).toEqual([
    3,
    [expect.arrayContaining(['--suppress-max-shrink', '0.7'])],
  ]);
  const [hint] = hintsIn(refused.stderr);
  expect((await at.run([...hint!, ...quick])).code).toBe(0);
});

test.each<[string, readonly string[] | ((at: Bench) => readonly string[])]>([
  [
    'the ad account does not exist',
    (at) => ['export', ...source(at), ...toVip.map((argument) => (argument === 'A1' ? 'A9' : argument))],
  ],
  ['there is no run yet', ['runs', 'list']],
  ['there is no such run', ['runs', 'show', 'nothing']],
  ['there is no such run to continue', ['export', '--resume', 'nothing']],
  ['there is no such audience', ['audiences', 'show', '999', '--ad-account', 'A1']],
  ['there is no such ad account', ['audiences', 'list', '--ad-account', 'A9']],
  ['there is no such audience to check', ['check', '--ad-account', 'A1', '--audience-id', '999']],
  ['no service is named', ['jobs', 'list']],
  ['requests are asked for without a service', ['runs', 'requests', 'nothing']],
])('when %s, each hint works', async (_, args) => {
  const at = await bench();
  const said = await at.run(typeof args === 'function' ? args(at) : args);
  await expectHintsToWork(at.run, said.stdout, said.stderr);
});

test('the program is called in hints as the person has called it', async () => {
  const at = await bench();
  const environment = { LINEUP_COMMAND: './lineup' };
  const args = [...source(at), ...toA1, '--audience-id', '999'];
  const failed = await at.run(['export', ...args], { environment });
  expect(failed.stderr).toContain('"./lineup audiences list --ad-account A1"');
  for (const args of [
    ['runs', 'list'],
    ['runs', 'show', 'nothing'],
    ['jobs', 'list'],
  ]) {
    const said = await at.run(args, { environment });
    expect(hintsIn(failed.stderr, said.stdout, said.stderr)).toEqual([]);
  }
});
