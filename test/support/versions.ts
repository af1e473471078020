/**
 * Other versions of Lineup as processes: an earlier commit from the history, and a next version, which is this one with
 * one more migration. Both have a folder of their own and use the libraries of this folder.
 */
import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { needs } from './skip.ts';

const here = resolve(import.meta.dirname, '../..');

const hasCommit = (commit: string): boolean =>
  spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: here, stdio: 'ignore' }).status === 0;

/**
 * The commit of a release: by its tag, or, where tags were not fetched, by the subject that `npm run release` gave it.
 */
export function commitOfRelease(version: string): string {
  const tag = `v${version}`;
  if (hasCommit(tag)) return tag;
  const subject = `^Release ${version.replaceAll('.', '\\.')}$`;
  const args = ['log', '-1', '--format=%H', `--grep=${subject}`];
  return spawnSync('git', args, { cwd: here, encoding: 'utf8' }).stdout.trim() || tag;
}

/** For tests that start the processes of earlier commits. */
export const needsHistory = (commits: readonly string[]) =>
  needs(commits.every(hasCommit), 'the earlier versions are not in this folder (a shallow clone, or no clone)');

/** The start of the paths of all versions of this folder. */
const owner = createHash('sha256').update(here).digest('hex').slice(0, 12);
const versionFolder = join(tmpdir(), `lineup-version-${process.getuid?.() ?? 0}-${owner}-`);

/** The folder of an earlier commit, ready to start. It is made once for this folder. */
export function earlierVersion(commit: string): string {
  const folder = versionFolder + commit;
  if (existsSync(folder)) return folder;
  const made = mkdtempSync(`${folder}-`);
  const archive = execFileSync('git', ['archive', commit], { cwd: here, maxBuffer: 1e9 });
  execFileSync('tar', ['x', '-C', made], { input: archive });
  addLibraries(made);
  execFileSync('sh', ['scripts/build-kernel.sh'], { cwd: made });
  try {
    renameSync(made, folder);
  } catch {
    // Another process was faster.
    rmSync(made, { recursive: true });
  }
  return folder;
}

type Package = { readonly dependencies: Readonly<Record<string, string>> };
const packageOf = (folder: string): Package => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Those of this folder, if the version asks for the same ones; else its own. */
function addLibraries(folder: string): void {
  const ours = packageOf(here).dependencies;
  const fits = Object.entries(packageOf(folder).dependencies).every(([name, range]) => ours[name] === range);
  if (fits) {
    symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  // The compiler of the kernels is for developers.
  const compiler = 'node_modules/assemblyscript';
  if (!existsSync(join(folder, compiler))) symlinkSync(join(here, compiler), join(folder, compiler));
}

/**
 * A next version. It is removed with the test, and always has the same path: what Node.js has compiled of it is found
 * by the path. @param migration its SQL, by its number
 */
export function nextVersion(migration: (number: number) => string): string {
  const folder = `${versionFolder}next`;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  remove();
  onTestFinished(remove);
  for (const name of ['src', 'packages', 'simulators', 'migrations', 'locales', 'build', 'package.json']) {
    cpSync(join(here, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  const number = readdirSync(join(folder, 'migrations')).filter((name) => name.endsWith('.sql')).length + 1;
  writeFileSync(join(folder, 'migrations', `${String(number).padStart(4, '0')}-next-version.sql`), migration(number));
  return folder;
}

/** This version. */
export const thisVersion = here;

export interface VersionProcess {
  readonly url: string;
  readonly setupLink: string | null;
  /** Its log so far. */
  log(): string;
  call<T = unknown>(method: string, path: string, body?: object): Promise<{ status: number; body: T }>;
  /** The headers of a signed-in person. */
  sign(headers: Record<string, string>): void;
  /** Resolves with its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The service looks often, and the lease of a dead process ends soon. */
const QUICK = { pollIntervalMs: 200, leaseMs: 5_000, lookEveryMs: 500, pulseMs: 200 };

/** A module that sets this pace, if the version has a file of it. It is loaded before the version. */
function quickly(folder: string): string[] {
  const file = join(folder, 'src/compose/service-pace.ts');
  if (!existsSync(file)) return [];
  const code = `import { usualPace } from ${JSON.stringify(pathToFileURL(file))};
    Object.assign(usualPace, ${JSON.stringify(QUICK)});`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/**
 * Starts `lineup serve` of a version, and resolves when it answers. It ends with the test.
 * @throws {Error} with what it has printed, when it does not start
 */
export async function startVersion(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<VersionProcess> {
  const home = environment.LINEUP_DATA_DIR!;
  mkdirSync(home, { recursive: true });
  const options: SpawnOptions = {
    cwd: home,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  const main = join(folder, 'src/cli/main.ts');
  const flags = ['--liftoff-only', ...quickly(folder)];
  const child = spawn(process.execPath, [...flags, main, 'serve', '--port', '0', '--json'], options);
  let log = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<number | null>((done) => void child.once('close', done));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let printed = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    printed += line;
    if (line === '}') break;
  }
  const { url, setupLink = null } = JSON.parse(printed || '{}') as {
    url?: string;
    setupLink?: string | null;
  };
  if (url === undefined) {
    await ended;
    throw new Error(printed + log);
  }
  let signed: Record<string, string> = {};
  return {
    url,
    setupLink,
    log: () => log,
    sign: (headers) => {
      signed = headers;
    },
    call: async (method, path, body) => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { ...signed, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
    },
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
