/**
 * Makes every file of a release: the packages, the archives, a bill of materials of each and of the image, the notes,
 * and the digests of all. Nothing here needs an account, so any machine can make them and compare.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { layOut } from '../archive/folder.ts';
import { programLibraries, webLibraries } from '../archive/notices.ts';
import { NODE_VERSION, type PlatformName, platforms } from '../archive/platforms.ts';
import { packFolder } from '../archive/tar.ts';
import { tarball } from './plan.ts';
import {
  type Bom,
  type Component,
  compiledIn,
  installed,
  type Lock,
  licences,
  type Parts,
  purl,
  sbom,
  sha512,
  single,
} from './sbom.ts';

export interface Making {
  /** Emptied first. */
  readonly folder: string;
  readonly version: string;
  readonly notes: string;
  /** The kinds of machine that get an archive. */
  readonly platforms: readonly PlatformName[];
  /** How hard gzip tries, 1 to 9. */
  readonly level: number;
  /** Of everything that has a time, in seconds since 1970. */
  readonly time: number;
  readonly say: (line: string) => void;
}

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const run = (program: string, args: readonly string[], cwd = root): string =>
  execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });

export async function makeFiles(making: Making): Promise<void> {
  const { folder, version, say } = making;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifests = ['package.json', ...globSync('packages/*/package.json', { cwd: root }).sort()];
  const places = manifests.map((path) => `./${dirname(path)}`);
  say(`pack ${places.length} packages`);
  run('npm', ['pack', ...places, '--silent', '--pack-destination', folder]);
  const described = describe(making);
  for (const path of manifests) {
    const { name } = JSON.parse(read(path)) as { name: string };
    described.package(path, tarball(name, version));
  }
  for (const platform of making.platforms) {
    const name = `lineup-${version}-${platform}`;
    say(`archive ${name}.tar.gz`);
    await archive(name, platform, making);
    described.archive(platform, `${name}.tar.gz`);
  }
  say('describe the image');
  described.image('amd64', platforms['linux-x64']);
  described.image('arm64', platforms['linux-arm64']);
  copyFileSync(join(root, 'compose.yaml'), join(folder, 'compose.yaml'));
  await packFolder(join(root, 'deploy/helm/lineup'), join(folder, `lineup-${version}-chart.tgz`), making);
  writeFileSync(join(folder, 'NOTES.md'), making.notes);
  const digests = readdirSync(folder)
    .sort()
    .map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), digests.join(''));
}

async function archive(name: string, platform: PlatformName, { folder, version, time, level }: Making): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'lineup-archive-'));
  try {
    layOut(join(work, name), platform, join(folder, tarball('lineup', version)));
    await packFolder(join(work, name), join(folder, `${name}.tar.gz`), { time, level });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Writes the bill of materials of a file beside it. */
function describe({ folder, version, time }: Making) {
  const { bom, lock } = libraries();
  const own = JSON.parse(read('package-lock.json')) as Lock;
  const license = licences('Apache-2.0');
  const compiled = [
    compiledIn(webLibraries(root), own, { name: 'lineup-web', version }),
    compiledIn(programLibraries(root), own),
  ];
  const cpe = `cpe:2.3:a:nodejs:node.js:${NODE_VERSION}:*:*:*:*:*:*:*`;
  const write = (file: string, subject: Component, parts: readonly Parts[]): void =>
    writeFileSync(
      join(folder, `${file}.cdx.json`),
      sbom({ ...subject, licenses: license }, parts, bom.metadata.tools, time),
    );
  /** Its digest says which file is described. */
  const program = (file?: string): Component => ({
    'bom-ref': `lineup@${version}`,
    type: 'application',
    name: 'lineup',
    version,
    ...(file !== undefined && { hashes: [{ alg: 'SHA-256', content: sha256(join(folder, file)) }] }),
  });
  return {
    package(path: string, file: string): void {
      const { name } = JSON.parse(read(path)) as { name: string };
      if (path === 'package.json') {
        write(file, program(file), [installed(bom, lock), ...compiled]);
        return;
      }
      const subject = {
        ...program(file),
        'bom-ref': `${name}@${version}`,
        type: 'library',
        name,
        purl: purl({ name, version }),
      };
      write(file, subject, [compiledIn(bundled(dirname(path), own), own)]);
    },
    archive(name: PlatformName, file: string): void {
      const { node, integrity } = platforms[name];
      const library = { name: node, version: NODE_VERSION };
      const nodeJs = {
        'bom-ref': `${node}@${NODE_VERSION}`,
        type: 'library',
        ...library,
        hashes: [sha512(integrity)],
        licenses: licences('MIT'),
        cpe,
        purl: purl(library),
      };
      write(file, program(file), [installed(bom, lock, platforms[name]), ...compiled, single(nodeJs)]);
    },
    /** Without the packages of the system in its base, which the registry of the base describes. */
    image(cpu: string, machine: (typeof platforms)[PlatformName]): void {
      const [, kind] = /^ARG BASE=node:\$\{NODE_VERSION\}(.*)$/m.exec(read('Dockerfile'))!;
      const tag = `${NODE_VERSION}${kind}`;
      const container = { type: 'container', name: 'node', version: tag, cpe, purl: `pkg:docker/node@${tag}` };
      const parts = [installed(bom, lock, machine), ...compiled, single({ 'bom-ref': `node:${tag}`, ...container })];
      write(`lineup-${version}-image-linux-${cpu}`, { ...program(), type: 'container' }, parts);
    },
  };
}

/** The libraries of the running program, as npm describes them. */
function libraries(): { bom: Bom; lock: Lock } {
  const folder = mkdtempSync(join(tmpdir(), 'lineup-libraries-'));
  try {
    run('sh', ['scripts/image/libraries.sh', folder, '--list-only']);
    const flags = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--legacy-peer-deps'];
    const bom = JSON.parse(run('npm', ['sbom', ...flags], folder)) as Bom;
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock;
    return { bom, lock };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the code of a package contains: its page of notices says it, and test/packages compares that with the code. */
function bundled(folder: string, lock: Lock): { name: string; version: string }[] {
  const page = join(folder, 'THIRD-PARTY.md');
  if (!existsSync(join(root, page))) return [];
  return [...read(page).matchAll(/^## (.+)$/gm)].map(([, name]) => ({
    name: name!,
    version: lock.packages[`node_modules/${name}`]!.version!,
  }));
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
