/**
 * The recipes of docs/webhook-triggers.md, as they are in `examples`, against a service that listens. What dbt, Airflow
 * and the framework of Google's functions do there is replaced by the few lines that the recipes use.
 */
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Listening, listen } from '../../src/server/connections.ts';
import { members } from '../support/cli.ts';
import { testServer } from '../support/server.ts';
import { aiko } from '../support/service.ts';
import { useServiceBench } from '../support/service-bench.ts';
import { needs } from '../support/skip.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const needsPython = needs(hasPython, 'python3 is not installed');
const run = promisify(execFile);

// As the documentation of each system shows them.
const fromEventBridge = (key: string, sequencer: string) => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  detail: {
    version: '0',
    bucket: { name: 'amzn-s3-demo-bucket1' },
    object: { key, size: 5, etag: 'b57f9512698f4b09e608f4f2a65852e5', sequencer },
    reason: 'PutObject',
  },
});
const fromBucket = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: 'amzn-s3-demo-bucket1' },
        object: {
          key: 'members/vip+%E4%BC%9A%E5%93%A1.csv',
          size: 1024,
          eTag: 'd41d8cd9',
          sequencer: '0A1B2C3D4E5F678901',
        },
      },
    },
  ],
};
const fromEventarc = (name: string) => ({
  specversion: '1.0',
  type: 'google.cloud.storage.object.v1.finalized',
  source: '//storage.googleapis.com/projects/_/buckets/some-bucket',
  id: '2485966484456684',
  data: { bucket: 'some-bucket', name, generation: '1587627537231057', metageneration: '1', contentType: 'text/csv' },
});

describe('a recipe', () => {
  const bench = useServiceBench();
  let service: Listening;
  let environment: Record<string, string>;
  let jobId: string;
  beforeAll(async () => {
    const server = await testServer(await bench().database.another(), bench().service);
    service = await listen(server.app, { port: 0 });
    const job = await bench().createJob({
      segment_id: bench().write('vip.csv', members(40).csv),
      run_frequency: 'when_ready',
      time_of_day: undefined,
      trigger: { kind: 'webhook' },
    });
    jobId = job.id;
    const { secret } = await bench().service.webhooks.makeSecret(job.id, { rotate: false, old_valid_hours: 24 }, aiko);
    environment = {
      PATH: `${put('bin/dbt', '#!/bin/sh\necho "dbt $*"\nexit "${DBT_STATUS:-0}"\n', 0o755)}:${process.env.PATH}`,
      LINEUP_WEBHOOK_URL: `${service.url}/api/v1/jobs/${job.id}/webhook`,
      LINEUP_WEBHOOK_SECRET: secret,
      OBJECT_PREFIX: 'members/',
      SECONDS_BETWEEN_ATTEMPTS: '0',
      PYTHONDONTWRITEBYTECODE: '1',
    };
  });
  afterAll(() => service?.stop());

  /** @returns its folder */
  function put(name: string, content: string, mode = 0o644): string {
    const path = join(bench().directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
    return dirname(path);
  }
  /** How many webhooks something has sent that had not come before. */
  const sentBy = async (work: () => Promise<unknown>): Promise<number> => {
    const count = async () =>
      (await bench().service.jobs.transitions(jobId, { limit: 99 })).items.filter(({ action }) => action === 'trigger')
        .length;
    const before = await count();
    await work();
    return (await count()) - before;
  };
  const node = (folder: string, script: string, change: Record<string, string> = {}) =>
    run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env: { ...environment, ...change } });

  test('for objects in S3 tells of each object once, by either way, and fails when it is refused', async () => {
    const call = (event: object, change?: Record<string, string>) =>
      node(
        join(examples, 's3-events'),
        `const { handler } = await import('./index.mjs'); await handler(${JSON.stringify(event)});`,
        change,
      );
    expect(await sentBy(() => call(fromEventBridge('members/vip.csv', '00617F08299329D189')))).toBe(1);
    expect(await sentBy(() => call(fromEventBridge('members/vip.csv', '00617F08299329D189')))).toBe(0);
    expect(await sentBy(() => call(fromEventBridge('members/vip.csv', '00617F08299329D190')))).toBe(1);
    expect(await sentBy(() => call(fromEventBridge('other/vip.csv', '00617F08299329D191')))).toBe(0);
    expect(await sentBy(() => call(fromBucket))).toBe(1);
    const wrong = call(fromEventBridge('members/x', '1'), { LINEUP_WEBHOOK_SECRET: 'whsec_AAAA' });
    await expect(wrong).rejects.toThrow('Lineup has refused the webhook: 403');
  });

  test('for objects in Google Cloud Storage tells of each object once', async () => {
    const stub = 'export const cloudEvent = (name, handler) => { globalThis[name] = handler; };';
    put('gcs/node_modules/@google-cloud/functions-framework/index.mjs', stub);
    put('gcs/node_modules/@google-cloud/functions-framework/package.json', '{"exports": "./index.mjs"}');
    copyFileSync(join(examples, 'gcs-events/index.mjs'), join(bench().directory, 'gcs/index.mjs'));
    const call = (name: string) =>
      node(
        join(bench().directory, 'gcs'),
        `await import('./index.mjs'); await tellLineup(${JSON.stringify(fromEventarc(name))});`,
      );
    expect(await sentBy(() => call('members/vip.csv'))).toBe(1);
    expect(await sentBy(() => call('members/vip.csv'))).toBe(0);
    expect(await sentBy(() => call('other.csv'))).toBe(0);
  });

  test(
    'in Python tells once of an occasion; dbt tells after a build that succeeded, and only then',
    needsPython,
    async () => {
      const script = join(examples, 'webhooks/lineup_webhook.py');
      const tell = (occasion: string, change = {}) =>
        run('python3', [script, occasion], { env: { ...environment, ...change } });
      expect(await sentBy(() => tell('Monday'))).toBe(1);
      expect(await sentBy(() => tell('Monday'))).toBe(0);
      await expect(tell('Tuesday', { LINEUP_WEBHOOK_SECRET: 'whsec_AAAA' })).rejects.toThrow(
        'refused the webhook (403)',
      );
      const away = 'http://127.0.0.1:1/';
      await expect(tell('Tuesday', { LINEUP_WEBHOOK_URL: away })).rejects.toThrow('Lineup cannot be reached');

      const build = (change = {}) =>
        run(join(examples, 'dbt/build-and-tell.sh'), { env: { ...environment, ...change } });
      expect(await sentBy(build)).toBe(1);
      await expect(build({ DBT_STATUS: '2' })).rejects.toMatchObject({ code: 2 });

      put('python/pendulum.py', 'def datetime(*parts, tz):\n    return (*parts, tz)\n');
      put(
        'python/airflow/sdk.py',
        `import os
tasks = {}
class DAG:
    def __init__(self, **given): pass
    def __enter__(self): return self
    def __exit__(self, *_): pass
class Called:
    def __rshift__(self, other): return other
class Variable:
    def get(name): return os.environ[name.upper()]
def task(given=None, **options):
    def known(function):
        tasks[function.__name__] = function
        return Called
    return known(given) if given else known
`,
      );
      const path = [join(bench().directory, 'python'), join(examples, 'airflow'), join(examples, 'webhooks')].join(':');
      const airflow = (runId: string) =>
        run(
          'python3',
          ['-c', `import tell_lineup; from airflow import sdk; sdk.tasks['tell_lineup'](run_id='${runId}')`],
          {
            env: { ...environment, PYTHONPATH: path },
          },
        );
      expect(await sentBy(() => airflow('scheduled__2026-03-02T06:30:00+00:00'))).toBe(1);
      expect(await sentBy(() => airflow('scheduled__2026-03-02T06:30:00+00:00'))).toBe(0);
    },
  );
});
