/**
 * The key of the stored credentials: a new one, an old one that a backup needs, and a lost one. With processes, as an
 * operator has them.
 */
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { SettingsView } from '../../src/contracts/settings.ts';
import { type Bench, bench, held, members } from '../support/cli.ts';
import { embedDatabase, mainDatabase } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';
import { serve, setUp } from '../support/served.ts';
import { newKey, quietTime } from '../support/service.ts';
import { until } from '../support/service-bench.ts';

/** A service with an authorization. @returns its variables for commands */
async function installation(scene: Bench, environment: Record<string, string> = {}) {
  const served = await serve(scene, environment);
  const remote = { LINEUP_URL: served.url, LINEUP_TOKEN: await setUp(served) };
  const json = async <T>(args: string[], at: object = remote): Promise<T> => {
    const { code, stdout, stderr } = await scene.run([...args, '--json'], { environment: { ...at } });
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as T;
  };
  await json(['authorizations', 'create', '--label', 'LINE', '--ad-account', 'A1']);
  await setting(remote, 'mail', mailServer);
  return { served, remote, json };
}

const mailServer = {
  host: 'smtp.example.com',
  user: 'lineup',
  password: 'an smtp password',
  from: 'lineup@example.com',
};

/** What the service says about its mail server. */
const mailOf = async (at: Record<string, string>) => {
  const { mail, mail_password } = await setting(at);
  return { host: mail.host, mail_password };
};

test('a rotation keeps the old key for the backups before it, and a restore finds it', async () => {
  const scene = await bench();
  const data = join(scene.directory, 'data');
  await embedDatabase(data);
  const { served, json, remote } = await installation(scene);
  await served.stop();
  const key = readFileSync(join(data, 'secret.key'), 'utf8');
  const backedUp = await scene.run(['backup', 'b.tar.gz']);
  const [, id = ''] = /secret key (\w{8})\./.exec(backedUp.stdout) ?? [];
  expect([backedUp.code, id]).toEqual([0, expect.stringMatching(/^[0-9a-f]{8}$/)]);

  const rotated = await scene.run(['secrets', 'rotate']);
  const old = join(data, `secret.key.${id}`);
  expect([rotated.code, rotated.stderr]).toEqual([0, '']);
  expect(rotated.stdout).toContain(`The old key ${id} is now in ${old}. Keep it until you have deleted`);
  expect(rotated.stdout + rotated.stderr).not.toContain(key.trim());
  expect([readFileSync(old, 'utf8'), lstatSync(old).mode & 0o777]).toEqual([key, 0o600]);
  expect(readFileSync(join(data, 'secret.key'), 'utf8').trim().split('\n')).toHaveLength(1);

  // The backup needs the old key, which is beside the present one.
  const restore = async () => {
    rmSync(join(data, 'db'), { recursive: true });
    return scene.run(['restore', 'b.tar.gz']);
  };
  const restored = await restore();
  expect([restored.code, restored.stdout]).toEqual([0, expect.stringContaining(`key ${id}, which is in ${old}`)]);
  const second = await serve(scene);
  const verify = ['authorizations', 'verify', 'LINE'];
  const there = { ...remote, LINEUP_URL: second.url };
  expect(await json(verify, there)).toMatchObject({ health: 'healthy' });
  // It could be decrypted.
  expect(await mailOf(there)).toEqual({ host: mailServer.host, mail_password: true });
  await second.stop();
  // What the restored database has goes over to a new key.
  expect((await scene.run(['secrets', 'rotate'])).code).toBe(0);

  // Without it, the restore and the start name the key that they need.
  renameSync(old, join(scene.directory, 'elsewhere'));
  const without = await restore();
  expect([without.code, without.stderr]).toEqual([
    0,
    expect.stringContaining(`the secret key ${id}, which is not here`),
  ]);
  const refused = await scene.run(['serve', '--port', '0']);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(new RegExp(`key ${id}.*lineup secrets forget`)),
  ]);
  // A key that somebody else has put there is not used.
  writeFileSync(old, newKey(), { mode: 0o600 });
  const wrong = await scene.run(['serve', '--port', '0']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(`${old} is not the key`)]);
}, 240_000);

test('with a lost key, the service starts again after "secrets forget"; only credentials are entered again, and jobs go on', async () => {
  const scene = await bench();
  const data = join(scene.directory, 'data');
  await embedDatabase(data);
  const { served, json, remote } = await installation(scene);
  const { csv, hashes } = members(20);
  const file = scene.write('members.csv', csv);
  await setting(remote, 'files', { roots: [scene.directory] });
  await json([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', 'LINE', '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP members', '--identifier-type', 'email'],
    ...['--frequency', 'daily', '--time', quietTime(), '--timezone', 'Asia/Tokyo', '--wait'],
  ]);
  const inUse = await scene.run(['secrets', 'forget', '--yes']);
  expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringMatching(/in use by process \d+/)]);
  await served.stop();
  const nothing = await scene.run(['secrets', 'forget', '--yes']);
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('nothing to forget')]);

  const lost = readFileSync(join(data, 'secret.key'), 'utf8');
  rmSync(join(data, 'secret.key'));
  const refused = await scene.run(['serve', '--port', '0']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('lineup secrets forget')]);
  // The key of another installation.
  const wrong = newKey();
  writeFileSync(join(data, 'secret.key'), `${wrong}\n`, { mode: 0o600 });
  const asked = await scene.run(['secrets', 'forget']);
  expect([asked.code, asked.stderr]).toEqual([
    2,
    expect.stringMatching(
      /needs the secret key \w{8}, which is not here.*credentials of 1 authorizations.*the e-mail server of the settings.*Confirm with --yes/,
    ),
  ]);
  expect(readFileSync(join(data, 'secret.key'), 'utf8').trim()).toBe(wrong);
  const forgotten = await scene.run(['secrets', 'forget', '--yes']);
  expect([forgotten.code, forgotten.stdout]).toEqual([
    0,
    expect.stringMatching(/Settings → E-mail server\n +lineup authorizations replace-secret "LINE"/),
  ]);
  const now = readFileSync(join(data, 'secret.key'), 'utf8').trim();
  expect([now.length, now === wrong, now === lost.trim()]).toEqual([wrong.length, false, false]);
  // The other key may be of use elsewhere, so it stays.
  const kept = readdirSync(data).filter((name) => name.startsWith('secret.key.'));
  expect(kept.map((name) => readFileSync(join(data, name), 'utf8').trim())).toEqual([wrong]);
  expect((await scene.run(['doctor'])).stdout).toMatch(/1 authorizations or notification channels have lost/);

  const again = await serve(scene);
  // People, tokens and jobs are there.
  const there = { ...remote, LINEUP_URL: again.url };
  const [authorization] = await json<Authorization[]>(['authorizations', 'list'], there);
  expect(authorization).toMatchObject({
    enter_again: true,
    health: 'unhealthy',
    health_reason: expect.stringContaining('Enter them again'),
  });
  expect((await scene.run(['authorizations', 'list'], { environment: there })).stdout).toContain('enter again');
  const verified = await scene.run(['authorizations', 'verify', 'LINE'], { environment: there });
  expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining('Enter them again')]);
  const job = () => json<JobView>(['jobs', 'show', 'VIP'], there);
  await json(['jobs', 'run', 'VIP'], there);
  expect(await until(job, ({ status }) => status !== 'runnable')).toMatchObject({
    condition: 'waiting',
    waits_for: 'key',
    next_run_at: null,
    error: { code: 'credentials_lost', message: expect.stringContaining('“LINE”') },
  });
  const log = await (
    await fetch(`${again.url}/api/v1/audit-log?subject_type=secrets`, {
      headers: { authorization: `Bearer ${there.LINEUP_TOKEN}` },
    })
  ).json();
  expect(log).toMatchObject({
    items: [{ action: 'secrets.forget', detail: { authorizations: 1, mail_server: true } }],
  });
  expect(await mailOf(there)).toEqual({ host: null, mail_password: false });
  await setting(there, 'mail', mailServer);
  expect(await mailOf(there)).toEqual({ host: mailServer.host, mail_password: true });

  await json(['authorizations', 'replace-secret', 'LINE', '--ad-account', 'A1'], there);
  const done = await until(job, ({ condition }) => condition === 'scheduled');
  expect([done.error, done.last_run?.status]).toEqual([null, 'succeeded']);
  expect(held(scene.simulator, done.audience_id ?? '')).toEqual(hashes);
  const errors = (await again.stop()).stderr.split('\n').filter((line) => line.includes('"level":"error"'));
  expect(errors).toEqual([]);
}, 240_000);

test('with several processes, no key is changed or forgotten that one of them still needs', {
  ...needsPostgres,
  timeout: 240_000,
}, async () => {
  const scene = await bench();
  const { database, drop } = await mainDatabase.empty();
  onTestFinished(drop);
  if (database.connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  const [old, fresh] = [newKey(), newKey()];
  const at = (key: string) => ({
    DATABASE_URL: database.connection.kind === 'postgres' ? database.connection.url.reveal() : '',
    LINEUP_SECRET_KEY: key,
  });
  const run = (args: string[], key: string) => scene.run(['secrets', ...args], { environment: at(key) });
  const { served, remote } = await installation(scene, at(old));
  const refused = await run(['rotate'], `${fresh},${old}`);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/^Error: 1 processes .* without the new key.*LINEUP_SECRET_KEY=<new key>,<old key>/),
  ]);
  const verify = (url: string) =>
    scene.run(['authorizations', 'verify', 'LINE'], { environment: { ...remote, LINEUP_URL: url } });
  expect((await verify(served.url)).code).toBe(0);
  const inUse = await run(['forget', '--yes'], newKey());
  expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringContaining('Stop every process first')]);
  await served.stop();

  const both = await serve(scene, at(`${fresh},${old}`));
  const rotated = await run(['rotate'], `${fresh},${old}`);
  expect([rotated.code, rotated.stdout]).toEqual([0, expect.stringMatching(/Keep the old key \w{8} until/)]);
  expect((await verify(both.url)).code).toBe(0);
  await both.stop();
  const without = await scene.run(['serve', '--port', '0'], { environment: at(old) });
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('lineup secrets forget')]);
  // The key is lost, and the operator sets another one.
  const another = newKey();
  expect((await run(['forget', '--yes'], another)).code).toBe(0);
  const last = await serve(scene, at(another));
  expect((await verify(last.url)).stdout).toContain('Enter them again');
});

/** The settings, after a change of a section. */
async function setting(
  { LINEUP_URL, LINEUP_TOKEN }: Record<string, string>,
  section?: string,
  values?: object,
): Promise<SettingsView> {
  const answer = await fetch(`${LINEUP_URL}/api/v1/settings${section ? `/${section}` : ''}`, {
    method: values ? 'PUT' : 'GET',
    headers: { authorization: `Bearer ${LINEUP_TOKEN}`, ...(values && { 'content-type': 'application/json' }) },
    ...(values && { body: JSON.stringify(values) }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as SettingsView;
}
