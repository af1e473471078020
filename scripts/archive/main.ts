/**
 * node scripts/archive/main.ts <file>: tries an archive as a person without npm and without a network would use it.
 * Unpacks it into an empty directory, asks for its version, starts the service in its folder, opens the web app, and
 * stops it. The folder cannot be written, and must stay as it was. As root it also has no network, if the machine can
 * do that; otherwise only a proxy that leads nowhere.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** What the launcher needs, and no more: no npm, and no other Node.js. */
const PROGRAMS = ['dirname', 'readlink', 'sed', 'sh'];
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const alone = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

async function tryArchive(file: string): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'lineup-try-'));
  try {
    chmodSync(place, 0o755);
    execFileSync('tar', ['-xzf', file, '-C', place]);
    const folder = join(place, basename(file).replace(/\.tar\.gz$/, ''));
    const before = readdirSync(folder, { recursive: true }).length;
    const home = join(place, 'home');
    mkdirSync(home);
    // Root may write everywhere, so it takes the part of a user who does not own the program.
    if (isRoot) chownSync(home, NOBODY, NOBODY);
    else execFileSync('chmod', ['-R', 'a-w', folder]);
    const found = await use(folder, environment(place, home));
    const { version, ...rest } = found;
    assert.ok(basename(folder).includes(`-${version}-`), `It says that it is ${version}.`);
    assert.deepEqual(rest, { ready: 200, page: true, exit: 0 });
    assert.equal(readdirSync(folder, { recursive: true }).length, before, 'The folder of the program has changed.');
    assert.ok(existsSync(join(home, '.local/share/lineup/db')), 'The data is not where it belongs.');
    console.log(`${basename(file)} starts, answers and stops${isAlone() ? ', without a network' : ''}.`);
  } finally {
    if (!isRoot) execFileSync('chmod', ['-R', 'u+w', place]);
    rmSync(place, { recursive: true, force: true });
  }
}

function environment(place: string, home: string): NodeJS.ProcessEnv {
  const bin = join(place, 'bin');
  mkdirSync(bin);
  for (const name of PROGRAMS) {
    const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(found, join(bin, name));
  }
  const nowhere = 'http://127.0.0.1:9';
  return { PATH: bin, HOME: home, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, LINEUP_LOG_LEVEL: 'warn' };
}

async function use(folder: string, env: NodeJS.ProcessEnv) {
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const lineup = join(folder, 'lineup');
  const options = { cwd: folder, env, ...user };
  const version = execFileSync(lineup, ['--version'], { ...options, encoding: 'utf8' }).trim();
  const service = spawn(lineup, ['serve', '--port', '0', '--json'], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stopped = once(service, 'close') as Promise<[number | null]>;
  try {
    const url = await Promise.race([
      addressOf(service.stdout),
      stopped.then(([exit]) => assert.fail(`The service ended with ${exit}.`)),
    ]);
    const ready = (await fetch(`${url}/ready`)).status;
    const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
    const [, script] = page.split('src="');
    const code = await fetch(url + script!.split('"')[0]);
    service.kill('SIGTERM');
    const [exit] = await stopped;
    return { version, ready, page: code.status === 200 && (await code.text()).length > 1_000, exit };
  } finally {
    service.kill('SIGKILL');
  }
}

async function addressOf(output: AsyncIterable<Buffer>): Promise<string> {
  let said = '';
  for await (const piece of output) {
    said += piece;
    const found = /"url": "([^"]+)"/.exec(said);
    if (found) return found[1]!;
  }
  return assert.fail(`The service did not say its address: ${said}`);
}

const isAlone = (): boolean => Object.keys(networkInterfaces()).every((name) => name === 'lo');

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node scripts/archive/main.ts <archive>');
  process.exitCode = 2;
} else if (isRoot && !isAlone() && spawnSync('unshare', [...alone, 'true']).status === 0) {
  const again = [process.execPath, ...process.argv.slice(1)];
  process.exitCode = spawnSync('unshare', [...alone, ...again], { stdio: 'inherit' }).status ?? 1;
} else {
  await tryArchive(file);
}
