/**
 * The layers of the application, with the layers or single files that each may import. ARCHITECTURE.md describes each
 * layer.
 */

/** Of the clients’ common ground, what helps with each remote side. */
const timing = 'packages/client-core/src/timing.ts';

const program: Readonly<Record<string, readonly string[]>> = {
  // What Lineup is about, as values, schemas and rules. Pure.
  domain: [],
  contracts: ['domain'],
  // What Node.js and the machine give.
  machine: ['domain', 'contracts'],
  identifiers: [],
  // What the clients have in common. Each package includes it, so it is none itself.
  'client-core': [],
  'line-ads': ['client-core'],
  'ly-ads': ['client-core'],
  store: ['domain', 'contracts', 'machine', timing],
  sources: [
    'domain',
    'contracts',
    'machine',
    timing,
    // The guard itself comes as `NetworkAccess`.
    'src/network/proxy.ts',
    'packages/identifiers/src/rules.ts',
    'packages/identifiers/src/phone-classes/class-patterns.ts',
  ],
  // Only it knows the clients of the systems that members go to.
  destinations: ['line-ads', 'ly-ads', 'client-core', 'domain', 'contracts', 'machine'],
  export: ['destinations', 'identifiers', 'sources', 'domain', 'contracts', 'machine'],
  jobs: ['domain', 'contracts', timing],
  network: ['domain', 'contracts'],
  // Only it imports the SDK of OpenTelemetry.
  telemetry: ['network', 'domain', 'contracts', 'machine'],
  readers: ['sources', 'identifiers', 'network', 'store', 'domain', 'contracts', 'machine'],
  'use-cases': [
    timing,
    'jobs',
    'store',
    'export',
    'sources',
    'readers',
    'network',
    'identifiers',
    'destinations',
    'i18n',
    'domain',
    'contracts',
    'machine',
  ],
  doctor: ['use-cases', 'readers', 'network', 'store', 'export', 'sources', 'destinations', 'domain', 'contracts'],
  endpoints: ['domain', 'contracts'],
  server: ['endpoints', 'domain', 'contracts'],
  plan: ['domain', 'contracts'],
  config: ['domain', 'contracts'],
  compose: [
    'config',
    'domain',
    'contracts',
    'machine',
    'identifiers',
    'destinations',
    'sources',
    'export',
    'store',
    'jobs',
    'use-cases',
    'readers',
    'network',
    'telemetry',
    'doctor',
    'server',
    'simulators',
  ],
  cli: ['compose', 'config', 'endpoints', 'domain', 'contracts', 'machine', 'plan', 'identifiers', 'simulators'],
  i18n: ['domain', 'contracts'],
  web: ['endpoints', 'i18n', 'domain', 'contracts'],
  // The simulators of the remote sides. If they used our code, a mistake in it would not be noticed.
  simulators: [],
};

export const layers: Readonly<Record<string, readonly string[]>> = {
  ...program,
  // It is for tests and scripts: no layer imports it.
  'fault-simulation': Object.keys(program),
};

/** The layer of a file, by its path from the root of the project. */
export function layerOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'src' || first === 'packages' ? second.replace(/\.ts$/, '') : first;
}

/** A single file, or the files of a layer, as a regular expression for paths. */
export const pathOf = (place: string): string =>
  place.endsWith('.ts') ? `^${place.replaceAll('.', '\\.')}$` : `^(src/${place}[/.]|packages/${place}/src/|${place}/)`;
