/**
 * Every file of a release, as a dry run makes it on this machine: its digest, its bill of materials, its content. The
 * dry run itself starts the archive without a network (scripts/archive/main.ts).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_VERSION, platforms } from '../../scripts/archive/platforms.ts';
import { needs } from '../support/skip.ts';

interface Described {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { name: string; version: string; hashes?: { content: string }[] } };
  readonly components: readonly { 'bom-ref': string; type: string; name: string; version: string }[];
  readonly dependencies: readonly { ref: string; dependsOn: readonly string[] }[];
}

const root = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const own = `${process.platform}-${process.arch}`;
const archive = `lineup-${version}-${own}.tar.gz`;
const chart = `lineup-${version}-chart.tgz`;

describe('the files of a release', needs(own in platforms, `There is no archive for ${own}.`), () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineup-release-'));
  const unpacked = mkdtempSync(join(tmpdir(), 'lineup-unpacked-'));
  const compared = [
    '*/package.json',
    'package.json',
    'THIRD-PARTY.md',
    'build/web/.vite/licenses.json',
    'dist/src/telemetry/sdk.licenses.json',
  ];
  const tar = (...options: string[]): string[] =>
    execFileSync('tar', ['-zf', join(folder, archive), ...options], { encoding: 'utf8', maxBuffer: 64e6 }).split('\n');
  let paths: string[];
  let said: string;
  beforeAll(() => {
    // The web app is there (build/web): the tests of browsers have built it.
    const options = ['--dry-run', '--platform', own, '--level', '1', '--folder', folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release/main.ts', ...options], {
      cwd: root,
      encoding: 'utf8',
    });
    said = `${stdout}${stderr}`;
    expect(status, said).toBe(0);
    // Not the 12,000 files: only those whose content is compared.
    paths = tar('-t').map((path) => path.replace(/^[^/]+\//, ''));
    tar('-x', '-C', unpacked, '--strip-components=1', '--wildcards', ...compared.map((path) => `lineup-*/${path}`));
  }, 600_000);
  afterAll(() => {
    for (const path of [folder, unpacked]) rmSync(path, { recursive: true });
  });

  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const described = (file: string): Described => JSON.parse(read(`${file}.cdx.json`)) as Described;

  test('are all there, and each has a digest', () => {
    const packages = ['lineup', 'lineup-identifiers', 'lineup-line-ads', 'lineup-ly-ads'].map(
      (name) => `${name}-${version}.tgz`,
    );
    const images = ['amd64', 'arm64'].map((cpu) => `lineup-${version}-image-linux-${cpu}`);
    const files = ['NOTES.md', 'SHA256SUMS', 'compose.yaml', chart, archive, ...packages];
    const bills = [archive, ...packages, ...images].map((file) => `${file}.cdx.json`);
    expect(readdirSync(folder).sort()).toEqual([...files, ...bills].sort());
    expect(read('SHA256SUMS').match(/^[0-9a-f]{64} {2}\S+$/gm)).toHaveLength(files.length + bills.length - 1);
    const checked = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
    expect(checked.match(/: OK$/gm)).toHaveLength(files.length + bills.length - 1);
    expect(read('NOTES.md')).toMatch(/^[^\n]*\S/);
  });

  test('the archive starts, answers and stops without npm', () => {
    expect(said).toContain(`${archive} starts, answers and stops`);
  });

  test('every bill of materials follows the schema of CycloneDX', () => {
    const schemas = join(root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
    const schema = (name: string): object =>
      JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'));
    const ajv = new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } });
    addFormats.default(ajv);
    for (const name of ['spdx', 'jsf-0.82']) {
      ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
    }
    const validate = ajv.compile(schema('bom-1.5'));
    const bills = globSync('*.cdx.json', { cwd: folder });
    expect(bills.length).toBe(7);
    for (const bill of bills) {
      const valid = validate(JSON.parse(read(bill)));
      expect(valid, `${bill}: ${JSON.stringify(validate.errors)}`).toBe(true);
    }
    expect(validate({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ name: 'no type' }] })).toBe(false);
  });

  test('a bill of materials names its file by the digest, and every edge leads to a component', () => {
    for (const file of [archive, `lineup-${version}.tgz`, `lineup-line-ads-${version}.tgz`]) {
      const { metadata, components, dependencies } = described(file);
      expect(read('SHA256SUMS')).toContain(`${metadata.component.hashes![0]!.content}  ${file}\n`);
      const subject = (metadata.component as unknown as { 'bom-ref': string })['bom-ref'];
      const known = [subject, ...components.map((component) => component['bom-ref'])];
      expect(dependencies.map(({ ref }) => ref).sort()).toEqual(known.sort());
      expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.includes(ref))).toEqual([]);
      // Nothing is there that nothing needs.
      const needed = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
      expect(known.filter((ref) => ref !== subject && !needed.has(ref))).toEqual([]);
    }
    for (const name of ['line-ads', 'ly-ads']) {
      expect(described(`lineup-${name}-${version}.tgz`).components).toEqual([]);
    }
    expect(described(`lineup-identifiers-${version}.tgz`).components.map(({ name }) => name)).toEqual([
      '@noble/hashes',
      'libphonenumber-js',
    ]);
  });

  test('the bill of the archive names exactly the libraries in it', () => {
    const manifests = globSync('node_modules/**/package.json', { cwd: unpacked }).filter((path) =>
      /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path),
    );
    const installed = manifests.map((path) => JSON.parse(readFileSync(join(unpacked, path), 'utf8')) as Named);
    const listed = (path: string) => JSON.parse(readFileSync(join(unpacked, path), 'utf8')) as Named[];
    const web = listed('build/web/.vite/licenses.json');
    const program = listed('dist/src/telemetry/sdk.licenses.json');
    expect(installed.length).toBeGreaterThan(100);
    expect([web.length > 10, program.length > 10]).toEqual([true, true]);
    const inside = [...new Set([...installed, ...web, ...program].map(({ name, version }) => `${name}@${version}`))];
    const named = described(archive).components.filter(({ type }) => type === 'library');
    expect(named.map((component) => component['bom-ref']).sort()).toEqual(inside.sort());
    const notices = readFileSync(join(unpacked, 'THIRD-PARTY.md'), 'utf8');
    for (const { name, version } of named) expect(notices).toContain(`\n## ${name} ${version}\n`);
  });

  test('the chart is a package of Helm: one folder with its name', () => {
    const list = execFileSync('tar', ['-tzf', join(folder, chart)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(list).toEqual(
      expect.arrayContaining(['lineup/Chart.yaml', 'lineup/values.yaml', 'lineup/values.schema.json']),
    );
    expect(list.filter((path) => !path.startsWith('lineup/'))).toEqual([]);
  });

  test('the archive has what people look for, and nothing of those who develop', () => {
    const top = new Set(paths.map((path) => path.split('/')[0]).filter(Boolean));
    expect([...top].sort()).toEqual(
      [
        'LICENSE',
        'THIRD-PARTY.md',
        'build',
        'dist',
        'lineup',
        'migrations',
        'node_modules',
        'package.json',
        'share',
      ].sort(),
    );
    for (const needed of [
      'node_modules/node/bin/node',
      'node_modules/node/LICENSE',
      'share/bash-completion/completions/lineup',
      'share/zsh/site-functions/_lineup',
      'share/fish/vendor_completions.d/lineup.fish',
      'share/man/man1/lineup.1',
    ]) {
      expect(paths).toContain(needed);
    }
    const ofDevelopers = [
      /\.(map|ts|mts|cts|tsx|tsbuildinfo|log|env|pem|key)$/,
      /(^|\/)(\.npmrc|\.env|\.git|\.bin|\.lineup|secret\.key|\.?package-lock\.json)(\/|$)/,
      /^(src|test|scripts|docs|build\/(?!web\/|[\w-]+\.wasm$).)/,
    ];
    expect(paths.filter((path) => ofDevelopers.some((sign) => sign.test(path)))).toEqual([]);
    const { devDependencies, scripts } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<
      string,
      object
    >;
    expect([devDependencies, scripts]).toEqual([undefined, undefined]);
  });
});

interface Named {
  readonly name: string;
  readonly version: string;
}

test('the Node.js of the archives is that of the project', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: { node: string };
  };
  expect(NODE_VERSION).toBe(dependencies.node);
});
