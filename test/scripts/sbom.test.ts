/** The bill of materials of a small list of libraries. */
import { describe, expect, test } from 'vitest';
import {
  type Bom,
  type Component,
  compiledIn,
  installed,
  type Lock,
  sbom,
  single,
} from '../../scripts/release/sbom.ts';

const component = (name: string): Component => ({ 'bom-ref': `${name}@1`, type: 'library', name, version: '1' });
const lock: Lock = {
  packages: {
    '': { version: '1' },
    'node_modules/server': { version: '1', dependencies: { native: '*' } },
    'node_modules/native': { version: '1' },
    'node_modules/native-arm': { version: '1', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
    'node_modules/native-x64': { version: '1', os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
    'node_modules/@scope/view': {
      version: '2',
      integrity: `sha512-${Buffer.from('digest').toString('base64')}`,
      license: '(MIT OR CC0-1.0)',
      peerDependencies: { dom: '*', other: '*' },
    },
    'node_modules/dom': { version: '3', license: 'MIT' },
    'node_modules/@scope/view/node_modules/dom': { version: '2' },
  },
};
const names = ['server', 'native', 'native-arm', 'native-x64'];
const bom: Bom = {
  metadata: { component: component('lineup') },
  components: names.map(component),
  dependencies: [
    { ref: 'lineup@1', dependsOn: ['server@1'] },
    { ref: 'server@1', dependsOn: ['native@1'] },
    { ref: 'native@1', dependsOn: ['native-arm@1', 'native-x64@1'] },
    { ref: 'native-arm@1', dependsOn: [] },
    { ref: 'native-x64@1', dependsOn: [] },
  ],
};
const arm = { os: 'linux', cpu: 'arm64', libc: 'glibc' };

describe('the libraries of a machine', () => {
  test('are those that npm installs there, and nothing points to another', () => {
    const { components, dependencies, top } = installed(bom, lock, arm);
    expect(components.map(({ name }) => name)).toEqual(['server', 'native', 'native-arm']);
    expect(dependencies).toContainEqual({ ref: 'native@1', dependsOn: ['native-arm@1'] });
    expect(dependencies.map(({ ref }) => ref)).toEqual(['server@1', 'native@1', 'native-arm@1']);
    expect(top).toEqual(['server@1']);
  });

  test('are all of them without a machine', () => {
    expect(installed(bom, lock).components).toHaveLength(4);
  });
});

describe('libraries that are compiled in', () => {
  const libraries = [
    { name: '@scope/view', version: '2' },
    { name: 'dom', version: '3' },
  ];

  test('have the digest, the licence and the edges of the lockfile, and belong to their part', () => {
    const { components, dependencies, top } = compiledIn(libraries, lock, { name: 'web', version: '1' });
    expect(top).toEqual(['web@1']);
    expect(components[0]).toEqual({ 'bom-ref': 'web@1', type: 'application', name: 'web', version: '1' });
    expect(components[1]).toEqual({
      'bom-ref': '@scope/view@2',
      type: 'library',
      name: '@scope/view',
      version: '2',
      scope: 'required',
      hashes: [{ alg: 'SHA-512', content: Buffer.from('digest').toString('hex') }],
      licenses: [{ expression: '(MIT OR CC0-1.0)' }],
      purl: 'pkg:npm/%40scope/view@2',
    });
    expect(components[2]).toMatchObject({ licenses: [{ license: { id: 'MIT' } }] });
    expect(dependencies).toContainEqual({ ref: '@scope/view@2', dependsOn: ['dom@3'] });
  });

  test('must be in the lockfile', () => {
    expect(() => compiledIn([{ name: 'dom', version: '9' }], lock)).toThrow('package-lock.json does not have dom@9');
  });
});

test('the same libraries give the same text in any order, and others a number of their own', () => {
  const write = (...parts: Parameters<typeof sbom>[1]) => sbom(component('lineup'), parts, [], 1_700_000_000);
  const [first, second] = [installed(bom, lock, arm), single(component('node'))];
  const text = write(first, second);
  expect(write(second, { ...first, components: first.components.toReversed() })).toBe(text);
  const { serialNumber, metadata, components } = JSON.parse(text);
  expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(metadata.timestamp).toBe('2023-11-14T22:13:20.000Z');
  expect(components).toHaveLength(4);
  expect(JSON.parse(write(first)).serialNumber).not.toBe(serialNumber);
});
