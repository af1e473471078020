/** Walks every import of the source against the table of layers in ARCHITECTURE.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What each layer may import, besides itself: layers, or single files. `config` and `compose` are files of src. */
const allowed: Record<string, readonly string[]> = {
  contracts: [],
  endpoints: ['contracts'],
  identifiers: [],
  'line-ads': [],
  store: ['contracts'],
  // The package of LINE’s client may import nothing, so the one reading of `Retry-After` is there.
  sources: ['contracts', 'packages/line-ads/src/retry.ts'],
  i18n: ['contracts', 'locales'],
  export: ['line-ads', 'identifiers', 'sources', 'contracts'],
  jobs: ['store', 'contracts'],
  service: ['jobs', 'store', 'export', 'sources', 'identifiers', 'line-ads', 'i18n', 'contracts'],
  doctor: ['service', 'store', 'export', 'sources', 'line-ads', 'contracts'],
  server: ['endpoints', 'contracts'],
  plan: ['contracts'],
  config: ['contracts'],
  compose: [
    'config',
    'contracts',
    'identifiers',
    'line-ads',
    'sources',
    'export',
    'store',
    'jobs',
    'service',
    'doctor',
    'server',
    'simulators',
  ],
  cli: ['compose', 'config', 'endpoints', 'contracts', 'plan'],
  web: ['endpoints', 'i18n', 'contracts', 'locales'],
  simulators: [],
};

function filesBelow(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|\/)(dist|node_modules|test)\//.test(name))
    .map((name) => join(directory, name));
}

function importsOf(file: string, text = readFileSync(join(root, file), 'utf8')): string[] {
  const specifiers = [...text.matchAll(/(?:from|import|import\()\s*'(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1]!,
  );
  return specifiers.map((specifier) => relative(root, resolve(root, dirname(file), specifier)));
}

/** Without those that are gone when the types are. */
function importsAtRunTime(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return importsOf(file, text.replace(/^(import|export) type .*?;$/gms, ''));
}

function layerOf(file: string): string {
  const [first, second = ''] = file.split(sep);
  return first === 'src' || first === 'packages' ? second.replace(/\.ts$/, '') : first!;
}

const sources = ['src', 'packages', 'simulators', 'web'].flatMap((directory) => {
  try {
    return filesBelow(directory);
  } catch {
    return []; // a folder that is not there yet
  }
});

test('there is source to look at', () => {
  expect(sources.length).toBeGreaterThan(30);
});

test('every folder has its place in the table', () => {
  expect([...new Set(sources.map(layerOf))].filter((layer) => !(layer in allowed))).toEqual([]);
});

test('every import goes where the table allows', () => {
  const forbidden = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => target !== 'package.json')
      .filter(
        (target) =>
          layerOf(target) !== layerOf(file) &&
          !allowed[layerOf(file)]?.some((one) => one === layerOf(target) || one === target),
      )
      .map((target) => `${file} imports ${target}`),
  );
  expect(forbidden).toEqual([]);
});

test('the service opens no source in its own process', () => {
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file) || !existsSync(join(root, file))) return;
    reached.add(file);
    for (const target of importsAtRunTime(file)) walk(target);
  };
  walk('src/compose/service.ts');
  const opening = [...reached].filter((file) => /^src\/sources\/(files|lytics|postgres|remote)\//.test(file));
  expect(opening).toEqual([]);
  expect(reached.size).toBeGreaterThan(100);
});

test('the web app imports nothing but types of the endpoints', () => {
  const importing = sources
    .filter((file) => layerOf(file) === 'web')
    .filter((file) => importsAtRunTime(file).some((target) => layerOf(target) === 'endpoints'));
  expect(importing).toEqual([]);
});

test('only config.ts reads the environment', () => {
  const readers = sources.filter((file) => /process\.env\b/.test(readFileSync(join(root, file), 'utf8')));
  expect(readers.filter((file) => layerOf(file) !== 'config')).toEqual([]);
});
