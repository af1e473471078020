/** The layers of the application, with the layers or single files that each may import. ARCHITECTURE.md describes each layer. */

export const layers: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  identifiers: [],
  'line-ads': [],
  store: ['contracts'],
  // The package of LINE’s client imports nothing, so the code that both need is there: deadlines, delays, `Retry-After`.
  sources: [
    'contracts',
    // The guard itself comes as `NetworkAccess`.
    'src/network/proxy.ts',
    'packages/line-ads/src/retry.ts',
    'packages/identifiers/src/rules.ts',
    'packages/identifiers/src/phone-classes/class-patterns.ts',
  ],
  export: ['line-ads', 'identifiers', 'sources', 'contracts'],
  jobs: ['contracts'],
  network: ['contracts'],
  readers: ['sources', 'identifiers', 'network', 'store', 'contracts'],
  'use-cases': [
    'jobs',
    'store',
    'export',
    'sources',
    'readers',
    'network',
    'identifiers',
    'line-ads',
    'i18n',
    'contracts',
  ],
  doctor: ['use-cases', 'readers', 'network', 'store', 'export', 'sources', 'line-ads', 'contracts'],
  endpoints: ['contracts'],
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
    'use-cases',
    'readers',
    'network',
    'doctor',
    'server',
    'simulators',
  ],
  cli: [
    'compose',
    'config',
    'endpoints',
    'contracts',
    'plan',
    'identifiers',
    'line-ads',
    'simulators',
    // Explains a failure of LINE. It is loaded alone, and only after a failure.
    'src/export/line-failure.ts',
  ],
  i18n: ['contracts'],
  web: ['endpoints', 'i18n', 'contracts'],
  // The simulators of the remote sides. If they used our code, a mistake in it would not be noticed.
  simulators: [],
};

/** The layer of a file, by its path from the root of the project. */
export function layerOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'src' || first === 'packages' ? second.replace(/\.ts$/, '') : first;
}

/** A single file, or the files of a layer, as a regular expression for paths. */
export const pathOf = (what: string): string =>
  what.endsWith('.ts')
    ? `^${what.replaceAll('.', '\\.')}$`
    : `^(src/${what}[/.]|packages/${what}/src/|${what}/)`;
