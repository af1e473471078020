/**
 * The folder of an archive: the program as npm packs it, the libraries and the Node.js of a kind of machine, the
 * notices of all of them, and at their usual places the page of the manual and the completions of shells.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { notices } from './notices.ts';
import { NODE_VERSION, type PlatformName, platforms } from './platforms.ts';

const root = resolve(import.meta.dirname, '../..');

/** Where each shell looks for them, below /usr/local. */
const completions = {
  bash: 'share/bash-completion/completions/lineup',
  zsh: 'share/zsh/site-functions/_lineup',
  fish: 'share/fish/vendor_completions.d/lineup.fish',
};

/** @param folder does not exist yet @param tarball the program, as `npm pack` makes it */
export function layOut(folder: string, name: PlatformName, tarball: string): void {
  const { os, cpu, libc } = platforms[name];
  const libraries = join(root, 'scripts/image/libraries.sh');
  run('sh', [libraries, folder, `--os=${os}`, `--cpu=${cpu}`, `--libc=${libc}`]);
  // What only npm uses.
  const ofNpm = ['.npmrc', 'package-lock.json', 'node_modules/.package-lock.json', '**/node_modules/.bin'];
  for (const path of globSync(ofNpm, { cwd: folder })) rmSync(join(folder, path), { recursive: true });
  const program = ['lineup', 'LICENSE', 'build', 'dist', 'migrations'].map((path) => `package/${path}`);
  run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1', ...program]);
  addNode(folder, name);
  const place = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  renameSync(join(folder, 'dist/lineup.1'), place('share/man/man1/lineup.1'));
  for (const [shell, path] of Object.entries(completions)) {
    const script = execFileSync(process.execPath, [join(root, 'src/cli/main.ts'), 'completion', shell], {
      env: { ...process.env, LINEUP_COMMAND: 'lineup' },
    });
    writeFileSync(place(path), script);
  }
  writeFileSync(join(folder, 'THIRD-PARTY.md'), notices(folder));
}

/** Where the launcher looks for it. */
function addNode(folder: string, name: PlatformName): void {
  const { node, integrity } = platforms[name];
  const fetched = mkdtempSync(join(tmpdir(), 'lineup-node-'));
  try {
    run('npm', ['pack', `${node}@${NODE_VERSION}`, '--silent', '--prefer-offline', '--pack-destination', fetched]);
    const tarball = join(fetched, `${node}-${NODE_VERSION}.tgz`);
    const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${node} ${NODE_VERSION} is not the one of scripts/archive/platforms.ts.`);
    const place = join(folder, 'node_modules/node');
    mkdirSync(place);
    const used = ['package/bin/node', 'package/package.json', 'package/LICENSE'];
    run('tar', ['-xzf', tarball, '-C', place, '--strip-components=1', ...used]);
  } finally {
    rmSync(fetched, { recursive: true });
  }
}

/** Its words are shown if it fails. */
function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
