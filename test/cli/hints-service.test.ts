/**
 * What the command line says after a failure of a service's job: each command in it is run in the state that it was
 * printed in, and none is refused. When the cause is gone, the hint ends the matter.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { RunSummary } from '../../src/contracts/runs.ts';
import { exitStatus } from '../../src/domain/errors/exit-status.ts';
import { members } from '../support/cli.ts';
import { expectHintsToWork, followHint, hintsIn } from '../support/hints.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

const schedule = ['--frequency', 'daily', '--time', '09:00', '--timezone', 'Asia/Tokyo'];
const once = ['--once'];

/** A job that has succeeded once with 40 members. */
async function working(when: readonly string[] = schedule) {
  const at = await serving();
  const file = at.write('members.csv', members(40).csv);
  const made = await at.lineup([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--audience', file, '--field', 'email'],
    ...['--identifier-type', 'email', '--ad-account', 'A1', '--audience-name', 'VIP', ...when, '--wait'],
  ]);
  expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('Run ')]);
  const job = () => at.json<JobView>(['jobs', 'show', 'VIP']);
  const rests = () => until(job, ({ status }) => status !== 'runnable');
  return { ...at, file, job, rests, run: () => at.lineup(['jobs', 'run', 'VIP', '--wait']) };
}
type Working = Awaited<ReturnType<typeof working>>;

interface Failing {
  readonly exit: number;
  readonly when?: readonly string[];
  readonly breakIt: (at: Working) => unknown;
  readonly mend?: (at: Working) => unknown;
}

test.each<[string, Failing]>([
  [
    'LINE answers 503',
    {
      exit: exitStatus.retrying,
      breakIt: ({ simulator }) => simulator.addFault({ count: 1_000, kind: 'status', status: 503, endpoint: 'upload' }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
  ],
  [
    'LINE answers 503, and the job has no schedule',
    {
      exit: exitStatus.retrying,
      when: once,
      breakIt: ({ simulator }) => simulator.addFault({ count: 1_000, kind: 'status', status: 503, endpoint: 'upload' }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
  ],
  [
    'an upload job fails',
    {
      exit: exitStatus.failed,
      breakIt: ({ simulator }) => simulator.addFault({ count: 1_000, kind: 'job_failed' }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
  ],
  [
    'LINE refuses an upload',
    {
      exit: exitStatus.failed,
      breakIt: ({ simulator }) => simulator.addFault({ count: 1_000, kind: 'status', status: 400, endpoint: 'upload' }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
  ],
  [
    'the key is revoked',
    {
      exit: exitStatus.failed,
      breakIt: ({ simulator }) => simulator.addFault({ count: 1_000, kind: 'status', status: 401, endpoint: 'list' }),
      mend: ({ simulator }) => simulator.clearFaults(),
    },
  ],
  ['the guard refuses', { exit: exitStatus.refused, breakIt: ({ file }) => writeFileSync(file, members(4).csv) }],
  [
    'the guard refuses a job without a schedule',
    { exit: exitStatus.refused, when: once, breakIt: ({ file }) => writeFileSync(file, members(4).csv) },
  ],
  [
    'the source is away for now',
    {
      exit: exitStatus.retrying,
      breakIt: ({ file }) => rmSync(file),
      mend: ({ file }) => writeFileSync(file, members(40).csv),
    },
  ],
  [
    'the source has no members',
    {
      exit: exitStatus.refused,
      breakIt: ({ file }) => writeFileSync(file, 'id,email\n1,nobody\n'),
      mend: ({ file }) => writeFileSync(file, members(40).csv),
    },
  ],
  [
    'the source of a job without a schedule has no members',
    {
      exit: exitStatus.refused,
      when: once,
      breakIt: ({ file }) => writeFileSync(file, 'id,email\n1,nobody\n'),
      mend: ({ file }) => writeFileSync(file, members(40).csv),
    },
  ],
])(
  'when %s, each hint works, and the job goes on with it',
  async (_, { exit, when, breakIt, mend }) => {
    const at = await working(when);
    await breakIt(at);
    const failed = await at.run();
    expect([failed.code, failed.stderr]).toEqual([exit, expect.anything()]);
    const { id, last_run } = await at.job();
    const shown = await at.lineup(['runs', 'show', last_run!.id]);
    const job = await at.lineup(['jobs', 'show', id]);
    expect(hintsIn(failed.stderr)).not.toEqual([]);
    expect(hintsIn(shown.stderr)).toEqual(hintsIn(failed.stderr).filter(([command]) => command === 'jobs'));
    expect(hintsIn(job.stderr)).toEqual(hintsIn(shown.stderr));
    const { error } = await at.json<{ error: { resume: string } }>(['runs', 'show', last_run!.id]);
    expect([error.resume.split(' ').slice(1)]).toEqual(hintsIn(shown.stderr));

    // A viewer is offered nothing that only others may do.
    const environment = { LINEUP_TOKEN: await at.token('viewer') };
    const asViewer = (args: readonly string[]) => at.lineup(args, { environment });
    const seen = await asViewer(['runs', 'show', last_run!.id]);
    expect(seen.code).toBe(0);
    await expectHintsToWork(asViewer, seen.stdout, seen.stderr);

    // As long as the cause is there, a hint is not refused. When it is gone, the next one ends the matter.
    await expectHintsToWork(at.lineup, failed.stdout, failed.stderr);
    await at.rests();
    await mend?.(at);
    for (const hint of hintsIn((await at.lineup(['jobs', 'show', id])).stderr)) {
      const done = await followHint(at.lineup, hint);
      expect([done.code, done.stderr]).toEqual([0, '']);
    }
    const after = await at.rests();
    expect([after.error, after.last_run?.status]).toEqual([null, 'succeeded']);
  },
  240_000,
);

test.each<[string, Failing]>([
  [
    'somebody has deleted the audience',
    {
      exit: exitStatus.failed,
      breakIt: async ({ simulator, job }) => simulator.state.deleteAudience((await job()).audience_id!),
    },
  ],
  ['the source is gone', { exit: exitStatus.usage, when: once, breakIt: ({ file }) => rmSync(file) }],
])(
  'when %s, each hint works',
  async (_, { when, breakIt }) => {
    const at = await working(when);
    await breakIt(at);
    const failed = await at.run();
    expect(failed.code).not.toBe(0);
    expect(await expectHintsToWork(at.lineup, failed.stdout, failed.stderr)).not.toEqual([]);
  },
  120_000,
);

test('a stopped run whose audience is incomplete says how it continues', async () => {
  const at = await working();
  at.simulator.addFault({ count: 1_000, kind: 'job_stuck' });
  await at.lineup(['jobs', 'run', 'VIP']);
  await until(
    async () => at.simulator.inspect().jobs.length,
    (jobs) => jobs > 1,
  );
  const asked = await at.lineup(['jobs', 'stop', 'VIP']);
  expect(asked.code).toBe(0);
  const { last_run } = await until(at.job, ({ last_run }) => last_run?.status === 'stopped');
  at.simulator.clearFaults();
  const shown = await at.lineup(['runs', 'show', last_run!.id]);
  expect(await expectHintsToWork(at.lineup, shown.stderr)).toHaveLength(1);
}, 120_000);

/** Every action that a state refuses, and the other states that a person meets. */
test.each<[string, readonly string[], (at: Working) => unknown]>([
  ['to resume a sleeping job', ['jobs', 'resume', 'VIP'], () => {}],
  ['to continue a job that is complete', ['jobs', 'continue', 'VIP'], () => {}],
  ['to approve what no guard has stopped', ['jobs', 'run-anyway', 'VIP'], () => {}],
  ['to stop a job without a run', ['jobs', 'stop', 'VIP'], () => {}],
  ['to run a paused job', ['jobs', 'run', 'VIP'], ({ lineup }) => lineup(['jobs', 'pause', 'VIP'])],
  [
    'to wait for a paused job',
    ['jobs', 'run', 'VIP', '--wait', '--attach'],
    ({ lineup }) => lineup(['jobs', 'pause', 'VIP']),
  ],
  ['to pause a paused job', ['jobs', 'pause', 'VIP'], ({ lineup }) => lineup(['jobs', 'pause', 'VIP'])],
  ['to run a terminated job', ['jobs', 'run', 'VIP'], ({ lineup }) => lineup(['jobs', 'terminate', 'VIP', '--yes'])],
  ['to show a job that does not exist', ['jobs', 'show', 'Nothing'], () => {}],
  ['to use an authorization that does not exist', ['authorizations', 'show', 'Nothing'], () => {}],
  ['to use a list that does not exist', ['suppression-lists', 'show', 'Nothing'], () => {}],
  ['to show a run that does not exist', ['runs', 'show', 'nothing'], () => {}],
])(
  'a refusal %s offers only what is possible',
  async (_, args, before) => {
    const at = await working();
    await before(at);
    const refused = await at.lineup(args);
    expect(refused.code).toBe(2);
    await expectHintsToWork(at.lineup, refused.stdout, refused.stderr);
  },
  120_000,
);

test('an empty service, a refused token and an old run offer only what works', async () => {
  const at = await serving();
  for (const role of ['viewer', 'editor', 'administrator'] as const) {
    const environment = { LINEUP_TOKEN: await at.token(role) };
    const run = (args: readonly string[]) => at.lineup(args, { environment });
    for (const noun of [
      'jobs',
      'runs',
      'authorizations',
      'suppression-lists',
      'tokens',
      'notifications',
      'users',
      'alerts',
    ]) {
      const said = await run([noun, 'list']);
      await expectHintsToWork(run, said.stdout, said.stderr);
    }
    const health = await run(['health-report']);
    await expectHintsToWork(run, health.stdout, health.stderr);
  }
  const stranger = (args: readonly string[]) => at.lineup(args, { environment: { LINEUP_TOKEN: 'lineup_wrong' } });
  const refused = await stranger(['jobs', 'list']);
  expect(await expectHintsToWork(stranger, refused.stderr)).not.toEqual([]);
}, 120_000);

test('the program is called in hints as the person has called it', async () => {
  const at = await working();
  writeFileSync(at.file, members(4).csv);
  const environment = { LINEUP_COMMAND: './lineup' };
  for (const args of [
    ['jobs', 'run', 'VIP', '--wait'],
    ['jobs', 'resume', 'VIP'],
    ['jobs', 'show', 'Nothing'],
    ['alerts', 'list'],
  ]) {
    const { stdout, stderr } = await at.lineup(args, { environment });
    expect(hintsIn(stdout, stderr)).toEqual([]);
    expect(`${stdout}${stderr}`.includes('./lineup ')).toBe(args[0] === 'jobs');
  }
}, 120_000);

test('a run that another one has followed offers nothing', async () => {
  const at = await working();
  writeFileSync(at.file, members(4).csv);
  expect((await at.run()).code).toBe(3);
  const old = (await at.job()).last_run as RunSummary;
  writeFileSync(at.file, members(40).csv);
  expect((await at.run()).code).toBe(0);
  expect(hintsIn((await at.lineup(['runs', 'show', old.id])).stderr)).toEqual([]);
}, 120_000);
