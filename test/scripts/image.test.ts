/**
 * The content of the image and of an installation: `npm run test:image` without image tools, and the libraries that
 * stay.
 */
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

test.each(tools)('$name gets the name of another base image, and keeps the health check', ({ name, build }) => {
  expect(build({ image: 'x', base: 'y' })).toEqual(expect.arrayContaining(['--build-arg', 'BASE=y', '.']));
  expect(build({ image: 'x' }).join(' ')).not.toContain('BASE');
  // Docker’s own format is the default of Docker.
  if (name !== 'docker') expect(build({ image: 'x' })).toEqual(expect.arrayContaining(['--format', 'docker']));
});

describe('the libraries of the image', () => {
  interface Locked {
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
    readonly libc?: readonly string[];
    readonly optional?: boolean;
  }
  type Packages = Readonly<Record<string, Locked>>;
  type Manifest = Readonly<Record<'dependencies' | 'devDependencies', Record<string, string>>>;
  /** From the package lists only, without downloads. */
  const listOf = (BIGQUERY?: 'no'): Packages => {
    const folder = mkdtempSync(join(tmpdir(), 'lineup-libraries-'));
    execFileSync('sh', ['scripts/image/libraries.sh', folder, '--list-only'], {
      cwd: root,
      stdio: 'pipe',
      env: { ...process.env, ...(BIGQUERY && { BIGQUERY }) },
    });
    const list = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Packages;
    };
    rmSync(folder, { recursive: true });
    return list.packages;
  };
  let packages: Packages;
  beforeAll(() => {
    packages = listOf();
  });

  /** The packages that npm installs on such a machine, by their path. */
  const installedOn = (machine: { os: string; cpu: string; libc: string }, among: Packages = packages): string[] =>
    Object.entries(among)
      .filter(([place]) => place !== '')
      .filter(([, entry]) =>
        (['os', 'cpu', 'libc'] as const).every((key) => entry[key]?.includes(machine[key]) ?? true),
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
    const listed = (manifest: string) => JSON.parse(readFileSync(join(root, manifest), 'utf8')) as Manifest;
    const { devDependencies } = listed('package.json');
    const { dependencies: ofWebApp } = listed('web/package.json');
    const tools = [
      ...Object.keys({ ...devDependencies, ...ofWebApp }),
      'rolldown',
      'lightningcss',
      'esbuild',
      'postcss',
      'scheduler',
    ];
    // Google’s libraries depend on these types, although nothing needs them. Fastify and a test use Ajv. prom-client
    // depends on the API of OpenTelemetry, without its SDK.
    const both = ['@types/node', 'ajv', 'ajv-formats', '@opentelemetry/api'];
    const names = Object.keys(packages)
      .map(nameOf)
      .filter((name) => !both.includes(name));
    expect(tools.filter((name) => names.includes(name))).toEqual([]);
    expect(names.filter((name) => /^@(types|rolldown|vitest|vitejs|typescript|biomejs)\//.test(name))).toEqual([]);
  });

  test.each([
    [x64, 'linux-x64'],
    [{ ...x64, cpu: 'arm64' }, 'linux-arm64'],
  ])('include only the native library of DuckDB for %o', (machine, name) => {
    const native = installedOn(machine).filter((place) => place.includes('@duckdb/node-bindings-'));
    expect(native).toEqual([`node_modules/@duckdb/node-bindings-${name}`]);
  });

  test('without those of BigQuery: by BIGQUERY=no, and by the command of the page', () => {
    const ofGoogle = (places: readonly string[]) =>
      places.map(nameOf).filter((name) => /^@google-cloud|^@grpc|^google-|^gaxios|^apache-arrow/.test(name));
    expect(ofGoogle(installedOn(x64))).not.toEqual([]);
    const without = installedOn(x64, listOf('no'));
    expect(ofGoogle(without)).toEqual([]);
    // npm with --omit=optional leaves the same out, the library for an AWS machine, and the native
    // library, which the command names.
    const needed = Object.entries(packages).filter(([, entry]) => !entry.optional);
    const kept = installedOn(x64, Object.fromEntries(needed));
    const native = '@duckdb/node-bindings-linux-x64';
    // The program works without the colours of tables, and is not made for Cloudflare's workers.
    const others = /^@(?:aws|aws-sdk|aws-crypto|smithy)\/|^(?:bowser|tslib)$/;
    const missing = without
      .filter((place) => !kept.includes(place))
      .map(nameOf)
      .filter((name) => !others.test(name));
    expect(without.map(nameOf)).toContain('@aws-sdk/credential-provider-node');
    expect(missing.sort()).toEqual(['@colors/colors', native, 'pg-cloudflare']);
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(readFileSync(join(root, 'docs/sources-bigquery.md'), 'utf8')).toContain(
      `--omit=optional ./lineup-<version>.tgz ${native}@${dependencies['@duckdb/node-bindings']}\n`,
    );
  });

  const needsItsMachine = needs(
    process.platform === 'linux' && process.arch === 'x64',
    'the sizes are those of Linux on x64',
  );
  const sizesOf = (among: Packages) =>
    installedOn(x64, among).map((place) => [nameOf(place), sizeOf(join(root, place))] as const);
  const megabytes = (sizes: readonly (readonly [string, number])[]): number =>
    sizes.reduce((sum, [, size]) => sum + size, 0) / 1e6;

  test('take what the page says, with and without BigQuery', needsItsMachine, () => {
    const page = readFileSync(join(root, 'docs/operations/install.md'), 'utf8').replace(/\s+/g, ' ');
    const [, all, without] = /about (\d+) MB on top of its base \((\d+) MB without/.exec(page) ?? [];
    const sizes = sizesOf(packages);
    const largest = sizes.toSorted(([, a], [, b]) => b - a).slice(0, 8);
    const list = largest.map(([name, size]) => `${name} ${(size / 1e6).toFixed(1)} MB`).join(', ');
    // The program itself takes 7 MB.
    const program = 7;
    expect(Math.abs(megabytes(sizes) + program - Number(all)), list).toBeLessThan(5);
    expect(Math.abs(megabytes(sizesOf(listOf('no'))) + program - Number(without))).toBeLessThan(5);
    // All of them exist, so no missing package was counted as empty.
    expect(sizes.filter(([, size]) => size === 0)).toEqual([]);
  });
});

/** What libraries.sh removes: files anywhere, folders of a package, and parts of single packages. */
const REMOVED = /\.(?:map|[mc]?ts|tsbuildinfo)$|^readme.*\.md$|^changelog|^history\.md$/i;
const REMOVED_FOLDERS = /^(?:tests?|docs?|examples?|benchmarks?|website|\.github)$/;
const REMOVED_PARTS =
  /node_modules\/(?:luxon\/build\/(?:amd|global|cjs-browser)$|libphonenumber-js\/bundle$|apache-arrow\/.*\.min\.js$|@electric-sql\/pglite\/dist\/[^/]+\.tar\.gz$)/;

/** The size of a package’s own files in the image, without packages inside it. */
function sizeOf(folder: string, isPackage = true): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !REMOVED_PARTS.test(join(folder, name)))
    .filter(
      (entry) => !(entry.isDirectory() ? isPackage && REMOVED_FOLDERS.test(entry.name) : REMOVED.test(entry.name)),
    )
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      return sum + (entry.isDirectory() ? sizeOf(path, false) : statSync(path).size);
    }, 0);
}
