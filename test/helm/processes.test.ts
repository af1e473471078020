/**
 * The commands, variables and probes of the Helm chart, as processes of this machine: each path of a volume is a
 * directory here, and the test asks the probes as the kubelet does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { operator } from '../../src/domain/people/people.ts';
import { cableTo } from '../support/cable.ts';
import { type Container, needsRenderer, type Probe, podsOf, render } from '../support/chart.ts';
import { held, members } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

/**
 * The user of the pods, to whom the volumes do not belong, as on a cluster. Only root may start processes of another
 * user, who must be able to read the program.
 */
function userOfPods({ runAsUser, runAsGroup }: Record<string, unknown>): { uid?: number; gid?: number } {
  const user = { uid: Number(runAsUser), gid: Number(runAsGroup) };
  if (process.getuid?.() !== 0) return {};
  return spawnSync('test', ['-r', main], user).status === 0 ? user : {};
}

interface Pod {
  readonly container: Container;
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<number | null>;
  output(): string;
  /** Where a path of the container is here. */
  here(text: string): string;
}

/** Starts the container of a Deployment as its image would. Pods share the claims, and nothing else. */
function start(bench: ServiceBench, { spec }: ReturnType<typeof podsOf>[number], name: string): Pod {
  const [container] = spec.containers as [Container];
  const user = userOfPods(spec.securityContext ?? {});
  const folders = container.volumeMounts!.map(({ name: volume, mountPath }) => {
    const isShared = ['uploads', 'secrets'].includes(volume);
    const folder = join(bench.directory, 'pods', isShared ? 'shared' : name, volume);
    mkdirSync(folder, { recursive: true });
    // As the kubelet makes it for the group of the pod.
    chmodSync(folder, 0o2777);
    return [`${mountPath}/`, `${folder}/`] as [string, string];
  });
  // All at once: the directories here are below one that a container has, too.
  const mounted = new RegExp(folders.map(([there]) => there).join('|'), 'g');
  const here = (text: string) => text.replace(mounted, (there) => new Map(folders).get(there)!);
  // Any free port, and the address of it.
  const args = [...container.args!.map((arg, n, all) => (all[n - 1] === '--port' ? '0' : here(arg))), '--json'];
  const env = Object.fromEntries(container.env!.map(({ name: variable, value }) => [variable, here(value)]));
  const child = spawn(process.execPath, ['--max-semi-space-size=16', main, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let output = '';
  const onOutput = (text: string) => (output += text);
  child.stdout.setEncoding('utf8').on('data', onOutput);
  child.stderr.setEncoding('utf8').on('data', onOutput);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { container, child, ended, output: () => output, here };
}

/** Runs an exec probe. @returns whether it succeeds */
function exec({ here }: Pod, { exec: asked }: Probe): boolean {
  const [command = '', ...args] = asked!.command.map(here);
  const { status, error } = spawnSync(command, args, { timeout: 5_000 });
  if (error) throw error;
  return status === 0;
}

test('the workers of the chart show by their heartbeat that they work, and hand a run over in the middle of an upload; its API answers its probes and knows the age of the queue', {
  ...needsPostgres,
  ...needsRenderer,
  timeout: 120_000,
}, async () => {
  const bench = await serviceBench({ role: 'api' });
  const { connection, db } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('not a server');
  const [rendered] = render({
    values: {
      ...{ database: { existingSecret: 'db' }, secretKey: { existingSecret: 'key' } },
      api: { host: '127.0.0.1' },
      worker: { graceSeconds: 1, keda: { enabled: true } },
      extraEnv: [{ name: 'LINE_ADS_BASE_URL', value: bench.simulator.url }],
    },
  });
  expect(rendered.error).toBeUndefined();
  const podOf = (component: string) =>
    podsOf(rendered).find(({ owner }) => owner.metadata.name === `lineup-${component}`)!;
  for (const folder of ['', 'members']) chmodSync(join(bench.directory, folder), 0o755);
  const secrets = join(bench.directory, 'pods/shared/secrets');
  mkdirSync(secrets, { recursive: true });
  // Only this user reaches the socket of the server.
  const cable = await cableTo(connection.url.reveal());
  onTestFinished(() => cable.pull());
  writeFileSync(join(secrets, 'database-url'), cable.url);
  writeFileSync(join(secrets, 'secret-key'), bench.key);

  // A run waits, because there is no worker yet.
  const { csv, hashes } = members(50);
  const job = await bench.createJob({ segment_id: bench.write('members.csv', csv) });
  const runId = job.last_run!.id;
  const { csv: others } = members(5, 'other');
  const paused = await bench.createJob({ segment_id: bench.write('o.csv', others), audience_name: 'Others' }, 'Others');
  await bench.service.jobs.act(paused.id, 'pause', aiko);
  await sql`update lineup_queue.job set created_on = created_on - interval '200 seconds'`.execute(db);

  const api = start(bench, podOf('api'), 'api');
  const url = await addressOf(api);
  const get = ({ httpGet }: Probe, headers = {}) => {
    expect(api.container.ports!.map(({ name }) => name)).toContain(httpGet!.port);
    return fetch(`${url}${httpGet!.path}`, { headers });
  };
  for (const probe of [api.container.startupProbe!, api.container.readinessProbe!, api.container.livenessProbe!]) {
    expect((await get(probe)).status).toBe(200);
  }
  const token = (await bench.service.apiTokens.create({ name: 'p', role: 'viewer', expires_at: null }, operator)).token;
  const monitored = { httpGet: { path: '/metrics', port: 'http' } };
  const metrics = await (await get(monitored, { authorization: `Bearer ${token.reveal()}` })).text();
  const age = Number(/^lineup_queue_oldest_seconds (\S+)$/m.exec(metrics)![1]);
  expect(age).toBeGreaterThan(199);
  const { query } = rendered.objects.find(({ kind }) => kind === 'ScaledObject')!.spec.triggers[0].metadata;
  const { rows } = await sql.raw<{ coalesce: number }>(query).execute(db);
  expect(Math.abs(Number(rows[0]!.coalesce) - age)).toBeLessThan(30);

  // LINE takes the file, and its answer does not come: SIGTERM comes in the middle of the upload.
  const fault = bench.simulator.addFault({ kind: 'slow', when: 'after', endpoint: 'upload', ms: 600_000 });
  const first = start(bench, podOf('worker'), 'first');
  const { startupProbe, livenessProbe } = first.container;
  expect(exec(first, livenessProbe!)).toBe(false);
  await expect.poll(() => exec(first, startupProbe!), { timeout: 30_000 }).toBe(true);
  await until(
    async () => bench.simulator.inspect().faults.find(({ id }) => id === fault)?.seen ?? 0,
    (seen) => seen > 0,
  );
  expect(exec(first, livenessProbe!)).toBe(true);
  const second = start(bench, podOf('worker'), 'second');
  await expect.poll(() => exec(second, startupProbe!), { timeout: 30_000 }).toBe(true);
  bench.simulator.clearFaults();
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  expect(first.output()).toContain(`"event":"run.handed_over","run_id":"${runId}"`);
  const { audience_id } = await bench.waitForJob(job.id, ({ status }) => status === 'sleeping');
  expect(held(bench.simulator, audience_id!)).toEqual(hashes);
  expect(second.output()).toContain('run.resumed');
  expect(bench.simulator.inspect().violations).toEqual([]);

  // A worker that hangs writes nothing, and its file grows old.
  second.child.kill('SIGSTOP');
  const old = Date.now() / 1_000 - 150;
  utimesSync(second.here('/tmp/heartbeat'), old, old);
  expect(exec(second, livenessProbe!)).toBe(false);
  // It works again, while the database is away: no probe would restart a pod because of that.
  await cable.pull();
  second.child.kill('SIGCONT');
  await expect.poll(() => exec(second, livenessProbe!), { timeout: 30_000 }).toBe(true);
  expect((await get(api.container.livenessProbe!)).status).toBe(200);
  expect((await get(api.container.readinessProbe!)).status).toBe(503);
  await cable.plug();

  // A newer version has updated the tables. The worker takes nothing from its queue any more, and shows that.
  await sql`update lineup.migrations set oldest = 9999 where number = 1`.execute(db);
  await expect.poll(() => second.output(), { timeout: 40_000 }).toContain('"event":"service.stuck","check":"queue"');
  await sql`update lineup.migrations set oldest = null where number = 1`.execute(db);
  for (const { child, ended } of [second, api]) {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});

/** The address that `lineup serve --json` prints. */
async function addressOf({ child, output }: Pod): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, url] = /"url": "([^"]+)"/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(output());
}
