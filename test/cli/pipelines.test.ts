/**
 * The recipes of docs/pipelines.md, as they are in `examples`: the real command line against a running service. dbt,
 * Docker and the libraries of Airflow and Dagster are replaced by the few lines that the recipes use.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JobView } from '../../src/contracts/jobs.ts';
import { cronExpressions } from '../../src/domain/schedule/cron.ts';
import { members } from '../support/cli.ts';
import { until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';
import { type Done, shellIn } from '../support/shell.ts';
import { needs } from '../support/skip.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const read = (path: string): string => readFileSync(join(examples, path), 'utf8');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const needsPython = { ...needs(hasPython, 'python3 is not installed'), timeout: 120_000 };

/** A service with the job of the recipes, and a shell with `lineup` that reaches it. */
async function pipeline() {
  const service = await serving();
  const { lineup, json, write, directory } = service;
  const file = write('members.csv', members(8).csv);
  const created = await lineup([
    ...['jobs', 'create', '--name', 'VIP members', '--authorization', 'Main account', '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP', '--identifier-type', 'email', '--once'],
  ]);
  expect([created.code, created.stderr]).toEqual([0, '']);
  const job = () => json<JobView>(['jobs', 'show', 'VIP members']);
  await until(job, ({ status }) => status === 'completed');

  const environment = {
    HOME: directory,
    LINEUP_URL: service.url,
    LINEUP_TOKEN: await service.token('editor'),
    SECONDS_BETWEEN_ATTEMPTS: '0',
  };
  // The address of the recipes is that of the service. With FIRST_STATUS, the first call ends with it and does nothing.
  const { put, run } = shellIn(directory, environment, [
    'echo "$*" >> calls',
    'if [ -n "$FIRST_STATUS" ] && [ ! -e called ]; then touch called; exit "$FIRST_STATUS"; fi',
    'rm -f called',
    `if [ "$LINEUP_URL" = https://lineup.example.com ]; then LINEUP_URL='${service.url}'; fi`,
  ]);
  put('bin/dbt', `#!/bin/sh\necho "dbt $*"\nexit "\${DBT_STATUS:-0}"\n`);
  // Its options come first, then the image, then what the image runs.
  put(
    'bin/docker',
    `#!/bin/sh\nwhile [ "$1" != registry.example.com/lineup:0.2.0 ]; do shift; done\nshift\nexec lineup "$@"\n`,
  );
  const lastRun = async () => (await job()).last_run!.id;
  /** Runs something, and returns its result if it has started a new run of the job. */
  const ran = async (command: readonly string[], change?: Record<string, string>): Promise<Done> => {
    const before = await lastRun();
    const result = await run(command, change);
    expect(await lastRun(), result.stderr).not.toBe(before);
    return result;
  };
  /** From now on the guard refuses the members. */
  const lose = () => write('members.csv', members(1).csv);
  const find = () => write('members.csv', members(8).csv);
  /** Whether each call of `lineup` since the last look joins a run that is in progress. */
  const attached = (): boolean[] => {
    const path = join(directory, 'calls');
    const calls = readFileSync(path, 'utf8').trim().split('\n');
    rmSync(path);
    return calls.map((call) => call.includes('--attach'));
  };
  return { ...service, environment, put, run, ran, lastRun, lose, find, attached };
}

test('dbt: the script exports after a build that succeeded, and only then; GitHub Actions: the steps of the workflow run, and a refusal by the guard fails the job', async () => {
  const { run, ran, lastRun, lose, find, attached } = await pipeline();
  const script = [join(examples, 'dbt/build-and-export.sh')];
  const built = await ran(script);
  expect(built.status, built.stderr).toBe(0);
  expect(built.stdout).toContain('dbt build --select +vip_members');
  expect(attached()).toEqual([false]);
  for (const FIRST_STATUS of ['69', '75', '124']) {
    const again = await ran(script, { FIRST_STATUS });
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('Run ')]);
    expect(attached()).toEqual([false, true]);
  }
  const before = await lastRun();
  expect((await run(script, { FIRST_STATUS: '1' })).status).toBe(1);
  await run(['rm', 'called']);
  expect((await run(script, { DBT_STATUS: '2' })).status).toBe(2);
  expect(await lastRun()).toBe(before);
  lose();
  expect((await ran(script)).status).toBe(3);

  // The hook calls the macro that there is, with the role of docs/sources-postgres.md.
  const { 'on-run-end': hook } = parse(read('dbt/dbt_project.yml')) as Record<string, string>;
  const [, name, role] = /^\{\{ (\w+)\(schemas, '(\w+)'\) \}\}$/.exec(hook!) ?? [];
  expect(read(`dbt/macros/${name}.sql`)).toContain(`{% macro ${name}(schemas, role) %}`);
  expect(readFileSync(join(examples, '../docs/sources-postgres.md'), 'utf8')).toContain(`CREATE ROLE ${role} `);

  find();
  const workflow = parse(read('github-actions/line-audience.yml')) as {
    on: { schedule: { cron: string; timezone: string }[] };
    jobs: Record<string, { steps: { run: string; env?: Record<string, string> }[] }>;
  };
  expect(cronExpressions.safeParse(workflow.on.schedule.map(({ cron }) => cron)).success).toBe(true);
  const { steps } = workflow.jobs['vip-to-line']!;
  expect(Object.keys(steps[1]!.env ?? {})).toEqual(['LINEUP_URL', 'LINEUP_TOKEN']);
  // As GitHub runs them.
  const bash = (step: { run: string }) => ['bash', '-e', '-o', 'pipefail', '-c', step.run];
  expect((await run(bash(steps[0]!))).status).toBe(0);
  const done = await ran(bash(steps[1]!));
  expect(done.status, done.stderr).toBe(0);
  lose();
  expect((await ran(bash(steps[1]!))).status).toBe(3);
}, 120_000);

test(
  'Airflow and Dagster: the task runs the job, is tried again after what another try helps, and never after a refusal by the guard',
  needsPython,
  async () => {
    const { put, ran, run, lose, find, environment, attached } = await pipeline();
    put('python/pendulum.py', 'def datetime(*parts, tz):\n    return (*parts, tz)\n');
    put(
      'python/airflow/exceptions.py',
      'class AirflowException(Exception): pass\nclass AirflowFailException(AirflowException): pass\n',
    );
    put(
      'python/airflow/sdk.py',
      `import os
tasks, dags = {}, []
class DAG:
    def __init__(self, **given): dags.append(given)
    def __enter__(self): return self
    def __exit__(self, *_): pass
class Called:
    def __rshift__(self, other): return other
class Variable:
    def get(name): return {'lineup_token': os.environ['LINEUP_TOKEN']}[name]
def task(given=None, **options):
    def known(function):
        tasks[function.__name__] = (function, options)
        return Called
    return known(given) if given else known
`,
    );
    put(
      'python/task.py',
      `import json, os, sys, types
sys.path.insert(0, '${join(examples, 'airflow')}')
import line_audience
from airflow import exceptions, sdk
function, options = sdk.tasks['vip_to_line']
try: outcome = function(ti=types.SimpleNamespace(try_number=int(os.environ.get('TRY', '1'))))
except exceptions.AirflowException as failure: outcome = type(failure).__name__
print(json.dumps([sdk.dags[0]['schedule'], options['retries'] > 0, outcome]))
`,
    );
    const python = { PYTHONPATH: join(environment.HOME, 'python'), PYTHONDONTWRITEBYTECODE: '1' };
    const answer = async (script: string, how: typeof ran, change: Record<string, string> = {}): Promise<unknown> => {
      const done = await how(['python3', join(environment.HOME, 'python', script)], { ...python, ...change });
      expect(done.status, done.stderr).toBe(0);
      return JSON.parse(done.stdout.trim().split('\n').at(-1)!);
    };
    const [schedule, retries, done] = (await answer('task.py', ran)) as [string, boolean, unknown];
    expect([cronExpressions.safeParse([schedule]).success, retries, done]).toEqual([true, true, null]);
    expect(await answer('task.py', ran, { TRY: '2' })).toEqual([schedule, true, null]);
    expect(attached()).toEqual([false, true]);
    for (const FIRST_STATUS of ['69', '75', '124']) {
      const outcome = await answer('task.py', run, { FIRST_STATUS });
      expect([FIRST_STATUS, outcome]).toEqual([FIRST_STATUS, [schedule, true, 'AirflowException']]);
      await run(['rm', 'called']);
    }
    lose();
    expect(await answer('task.py', ran)).toEqual([schedule, true, 'AirflowFailException']);
    find();

    put(
      'python/dagster.py',
      `AssetExecutionContext = object
class MaterializeResult:
    def __init__(self, metadata): self.metadata = metadata
class Failure(Exception):
    def __init__(self, description, metadata, allow_retries): self.given = [description, metadata, allow_retries]
class RetryRequested(Exception):
    def __init__(self, max_retries, seconds_to_wait): self.given = [max_retries, seconds_to_wait]
def asset(given=None, **options): return given if given else lambda function: function
def define_asset_job(name, selection): return name
def ScheduleDefinition(**given): return given
def Definitions(**given): return given
`,
    );
    put(
      'python/call.py',
      `import json, os, sys, types
sys.path.insert(0, '${join(examples, 'dagster')}')
import dagster, line_audience
context = types.SimpleNamespace(retry_number=int(os.environ.get('TRY', '0')))
try: print(json.dumps(line_audience.vip_audience_at_line(context).metadata))
except (dagster.Failure, dagster.RetryRequested) as failure: print(json.dumps(failure.given))
`,
    );
    const call = () => answer('call.py', ran);
    expect(await call()).toEqual({ run: expect.any(String), audience: expect.any(String), members: 8 });
    attached();
    for (const FIRST_STATUS of ['69', '75', '124']) {
      expect(await answer('call.py', run, { FIRST_STATUS, TRY: '1' })).toEqual([5, 600]);
      expect(attached()).toEqual([true]);
      await run(['rm', 'called']);
    }
    lose();
    expect(await call()).toEqual([expect.stringContaining('1'), { status: 3 }, false]);
  },
);
