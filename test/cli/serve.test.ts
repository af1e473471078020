/**
 * The service as a process: its first start, its stop, and what an operator does meanwhile. demo.test.ts starts it in
 * an empty directory.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bench } from '../support/cli.ts';
import { embedDatabase, mainDatabase } from '../support/databases.ts';
import { openDirectory, openly, openToOthers, openShell as under } from '../support/modes.ts';
import { needsPostgres } from '../support/postgres.ts';
import { serve, serveHere, setUp } from '../support/served.ts';
import { newKey } from '../support/service.ts';
import { needs } from '../support/skip.ts';

test('first start, token and stop; then backup, restore and key rotation; then it continues', async () => {
  const scene = await bench();
  const data = join(scene.directory, 'data');
  const uploads = join(scene.directory, 'uploads');
  await embedDatabase(data);
  openDirectory(data, 0o777);
  openDirectory(uploads, 0o755);
  const heartbeat = scene.write('heartbeat', 'of an earlier process');
  const flags = ['--heartbeat', heartbeat];
  const first = await serve(scene, { LINEUP_UPLOADS_DIR: uploads }, { under, flags });
  expect(Date.now() - Date.parse(readFileSync(heartbeat, 'utf8').trim())).toBeLessThan(60_000);
  // Other users cannot read its database, key and uploads.
  expect(openToOthers(data)).toEqual([]);
  expect(lstatSync(uploads).mode & 0o777).toBe(0o700);
  expect(first.setupLink).toMatch(new RegExp(`^${first.url}/setup#`));
  const token = await setUp(first);
  const remote = { LINEUP_URL: first.url, LINEUP_TOKEN: token };
  const created = await scene.run(['authorizations', 'create', '--label', 'LINE'], { environment: remote });
  expect([created.code, created.stderr]).toEqual([0, '']);

  // One process holds the directory. Other commands name that process, or use its API.
  const held = await scene.run(['backup', 'b.tar.gz']);
  expect([held.code, held.stderr]).toEqual([2, expect.stringMatching(/in use by process \d+/)]);
  const nowhere = await scene.run(['serve', '--heartbeat', join(scene.directory, 'nowhere/heartbeat')]);
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringMatching(/heartbeat file .* cannot be written/)]);
  const noToken = await scene.run(['tokens', 'create', '--name', 'more']);
  expect([noToken.code, noToken.stderr]).toEqual([2, expect.stringMatching(/in use by process \d+/)]);
  const stopped = await first.stop();
  expect([stopped.code, stopped.stderr]).toEqual([0, expect.not.stringContaining('"level":"error"')]);
  expect(stopped.stderr).not.toContain(token);
  expect(stopped.stderr).toContain('secret.key is new');
  expect(stopped.stderr).toContain('Back it up now');
  for (const directory of [data, uploads]) {
    expect(stopped.stderr).toContain(`Other users of this machine could open ${directory}`);
  }

  chmodSync(data, 0o755);
  const backedUp = await openly(() => scene.run(['backup', 'b.tar.gz']));
  expect([backedUp.code, backedUp.stderr]).toEqual([0, expect.stringContaining('secret.key')]);
  expect(backedUp.stderr).toContain('Other users of this machine could open');
  expect(openToOthers(data)).toEqual([]);
  const backup = join(scene.directory, 'b.tar.gz');
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect((await scene.run(['backup', 'b.tar.gz'])).code).toBe(2);
  const notEmpty = await scene.run(['restore', 'b.tar.gz']);
  expect([notEmpty.code, notEmpty.stderr]).toEqual([2, expect.stringContaining('Move it away first')]);

  rmSync(join(data, 'db'), { recursive: true });
  writeFileSync(join(scene.directory, 'broken.tar.gz'), readFileSync(backup).subarray(0, 20_000));
  const broken = await scene.run(['restore', 'broken.tar.gz']);
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('not a backup of Lineup')]);
  expect(existsSync(join(data, 'db'))).toBe(false);
  expect((await scene.run(['restore', 'b.tar.gz'])).code).toBe(0);

  const key = readFileSync(join(data, 'secret.key'), 'utf8');
  const rotated = await scene.run(['secrets', 'rotate', '--json']);
  const id = expect.stringMatching(/^[0-9a-f]{8}$/);
  expect(JSON.parse(rotated.stdout)).toEqual({
    sealed: 2,
    key_id: id,
    path: join(data, 'secret.key'),
    at: expect.any(String),
    old_keys: [{ id, path: expect.stringContaining(join(data, 'secret.key.')) }],
  });
  expect(readFileSync(join(data, 'secret.key'), 'utf8')).not.toContain(key.trim());

  // The token and the credentials still work.
  const second = await serveHere(scene);
  expect(second.setupLink).toBeNull();
  // The reminder to back up a new key comes once.
  expect(second.madeKey).toBe(false);
  const environment = { LINEUP_URL: second.url, LINEUP_TOKEN: token };
  const verified = await scene.run(['authorizations', 'verify', 'LINE', '--ad-account', 'A1'], { environment });
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('is healthy')]);
}, 240_000);

test('on a server, the first start without a key creates none and explains what to do', needsPostgres, async () => {
  const scene = await bench();
  const { database, drop } = await mainDatabase.empty();
  onTestFinished(drop);
  if (database.connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  const environment = { DATABASE_URL: database.connection.url.reveal() };
  const { code, stderr } = await scene.run(['serve', '--port', '0'], { environment });
  const lines = stderr.trimEnd().split('\n');
  expect([code, lines.length]).toEqual([2, 3]);
  expect(lines[1]).toContain('openssl rand -base64 32');
  expect(lines[2]).toContain('Set LINEUP_SECRET_KEY');
  expect(existsSync(join(scene.directory, 'data', 'secret.key'))).toBe(false);
  // With the two lines it starts: see the first token below.
});

test(
  'an address of IPv6 is a host like any other',
  needs(
    Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1')),
    'this machine has no IPv6',
  ),
  async () => {
    const scene = await bench();
    await embedDatabase(join(scene.directory, 'data'));
    const { url, setupLink } = await serveHere(scene, {}, '::1');
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(setupLink).toContain(`${url}/setup#`);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  },
);

test('an unreachable database is reported in one sentence', async () => {
  const scene = await bench();
  const environment = { DATABASE_URL: 'postgres://lineup:a-password@127.0.0.1:9/lineup' };
  const { code, stderr } = await scene.run(['serve', '--port', '0'], { environment });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: .*127\.0\.0\.1.*\n$/)]);
  expect(stderr).not.toContain('a-password');
});

test('the first token needs no browser, and can create and revoke others', async () => {
  const scene = await bench();
  const where = await emptyDatabase();
  const tokens = (args: string[], environment: Record<string, string> = where) =>
    scene.run(['tokens', ...args], { environment });
  const none = await tokens(['create', '--name', ' ']);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--name takes 1 to 120')]);
  const first = await tokens(['create', '--name', 'ci', '--role', 'administrator', '--days', '90']);
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^lineup_\S+\n$/)]);
  expect(first.stderr).toContain('shown only once');

  const { url, setupLink, madeKey } = await serveHere(scene, where);
  expect(setupLink).toContain('/setup#');
  if (where.LINEUP_SECRET_KEY) expect(madeKey).toBe(false);
  const remote = { LINEUP_URL: url, LINEUP_TOKEN: first.stdout.trim() };
  const second = await tokens(['create', '--name', 'airflow', '--role', 'viewer'], remote);
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('"airflow"')]);
  const listed = JSON.parse((await tokens(['list', '--json'], remote)).stdout);
  expect(listed).toMatchObject([
    { name: 'airflow', role: 'viewer', expires_at: null },
    { name: 'ci', role: 'administrator', created_by: 'lineup tokens create' },
  ]);
  const days = (Date.parse(listed[1].expires_at) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(90);

  const viewer = { LINEUP_URL: url, LINEUP_TOKEN: second.stdout.trim() };
  expect((await tokens(['list'], viewer)).code).toBe(2);
  expect((await scene.run(['jobs', 'list'], { environment: viewer })).code).toBe(0);
  expect((await tokens(['revoke', 'airflow', '--yes'], remote)).code).toBe(0);
  const revoked = await scene.run(['jobs', 'list'], { environment: viewer });
  expect([revoked.code, revoked.stderr]).toEqual([2, expect.stringContaining('was revoked')]);
}, 180_000);

/**
 * The variables for an empty database: on the server if there is one, because creating an embedded one takes seconds.
 */
async function emptyDatabase(): Promise<Record<string, string>> {
  const { database, drop } = await mainDatabase.empty();
  onTestFinished(drop);
  return database.connection.kind === 'postgres'
    ? { DATABASE_URL: database.connection.url.reveal(), LINEUP_SECRET_KEY: newKey() }
    : {};
}
