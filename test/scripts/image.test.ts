/** The content of the image and of an installation: `npm run test:image` without image tools, and the libraries that stay. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tools } from '../../scripts/image/tools.ts';
import { needs } from '../support/skip.ts';

const root = resolve(import.meta.dirname, '../..');

describe('npm run test:image without an image tool', () => {
  const run = (environment: Record<string, string>) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/image/main.ts'], {
      cwd: root,
      env: { PATH: '', ...environment },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const stderr = 'test:image: buildah, podman or docker does not work here; the image is not tested.\n';

  test('says this in one line', () => {
    expect(run({})).toEqual({ status: 0, stdout: '', stderr });
  });

  test('fails if LINEUP_IMAGE_REQUIRED is set', () => {
    expect(run({ LINEUP_IMAGE_REQUIRED: '1' })).toEqual({ status: 1, stdout: '', stderr });
  });
});

test.each(tools)(
  '$name gets the name of another base image, and keeps the health check',
  ({ name, build }) => {
    expect(build({ image: 'x', base: 'y' })).toEqual(expect.arrayContaining(['--build-arg', 'BASE=y', '.']));
    expect(build({ image: 'x' }).join(' ')).not.toContain('BASE');
    // Docker’s own format is the default of Docker.
    if (name !== 'docker')
      expect(build({ image: 'x' })).toEqual(expect.arrayContaining(['--format', 'docker']));
  },
);

describe('the libraries of the image', () => {
  interface Locked {
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
    readonly libc?: readonly string[];
  }
  let packages: Record<string, Locked>;
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'lineup-libraries-'));
    // From the package lists only, without downloads.
    execFileSync('sh', ['scripts/image/libraries.sh', folder, '--list-only'], { cwd: root, stdio: 'pipe' });
    ({ packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, Locked>;
    });
    rmSync(folder, { recursive: true });
  });

  /** The packages that npm installs on such a machine, by their path. */
  const installedOn = (machine: { os: string; cpu: string; libc: string }): string[] =>
    Object.entries(packages)
      .filter(([place]) => place !== '')
      .filter(([, one]) =>
        (['os', 'cpu', 'libc'] as const).every((key) => one[key]?.includes(machine[key]) ?? true),
      )
      .map(([place]) => place);
  const x64 = { os: 'linux', cpu: 'x64', libc: 'glibc' };
  const nameOf = (place: string): string => place.replace(/^.*node_modules\//, '');

  test('are the imports of the program, and the imports of these', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const names = [...new Set(installedOn(x64).map(nameOf))].sort();
    const own = Object.keys(manifest.dependencies).filter((name) => name !== 'node');
    expect(own.filter((name) => !names.includes(name))).toEqual([]);
    // The image has a Node.js.
    expect(names).not.toContain('node');
  });

  test('are those in libraries.txt, so a new one is visible in the change', async () => {
    const names = [...new Set(installedOn(x64).map(nameOf))].sort();
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('libraries.txt');
  });

  test('hold no development tool, although some libraries name such tools as optional peers', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const tools = [
      ...Object.keys(devDependencies),
      'rolldown',
      'lightningcss',
      'esbuild',
      'postcss',
      'scheduler',
    ];
    // Google’s libraries depend on these types, although nothing needs them.
    const names = Object.keys(packages)
      .map(nameOf)
      .filter((name) => name !== '@types/node');
    expect(tools.filter((name) => names.includes(name))).toEqual([]);
    expect(
      names.filter((name) => /^@(types|rolldown|vitest|vitejs|typescript|biomejs)\//.test(name)),
    ).toEqual([]);
  });

  test.each([
    [x64, 'linux-x64'],
    [{ ...x64, cpu: 'arm64' }, 'linux-arm64'],
  ])('include only the native library of DuckDB for %o', (machine, name) => {
    const native = installedOn(machine).filter((place) => place.includes('@duckdb/node-bindings-'));
    expect(native).toEqual([`node_modules/@duckdb/node-bindings-${name}`]);
  });

  const needsItsMachine = needs(
    process.platform === 'linux' && process.arch === 'x64',
    'the sizes are those of Linux on x64',
  );
  test('take less than 230 MB', needsItsMachine, () => {
    const sizes = installedOn(x64).map((place) => [nameOf(place), sizeOf(join(root, place))] as const);
    const total = sizes.reduce((sum, [, size]) => sum + size, 0) / 1e6;
    const largest = sizes.toSorted(([, a], [, b]) => b - a).slice(0, 8);
    const list = largest.map(([name, size]) => `${name} ${(size / 1e6).toFixed(1)} MB`).join(', ');
    expect(total, list).toBeLessThan(230);
    // All of them exist, so no missing package was counted as empty.
    expect(sizes.filter(([, size]) => size === 0)).toEqual([]);
  });
});

/** The size of a package’s own files, without packages inside it. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      return sum + (entry.isDirectory() ? sizeOf(path) : statSync(path).size);
    }, 0);
}
