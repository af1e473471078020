/** The layers of the application, and what each may import besides itself. ARCHITECTURE.md says what each of them holds. */

export const layers: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  identifiers: [],
  'line-ads': [],
  store: ['contracts'],
  sources: ['contracts'],
  export: ['line-ads', 'identifiers', 'sources', 'contracts'],
  jobs: ['store', 'contracts'],
  service: ['jobs', 'store', 'export', 'sources', 'identifiers', 'line-ads', 'contracts'],
  doctor: ['service', 'store', 'export', 'sources', 'line-ads', 'contracts'],
  server: ['contracts'],
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
  cli: ['compose', 'config', 'contracts', 'plan'],
  web: ['contracts'],
  // The stand-ins of the remote sides: with code of ours a mistake would agree with itself.
  simulators: [],
};

/** The layer of a file, by its path from the root of the project. */
export function layerOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'src' || first === 'packages' ? second.replace(/\.ts$/, '') : first;
}

/** The files of a layer, as a regular expression over paths. */
export const pathOf = (layer: string): string => `^(src/${layer}[/.]|packages/${layer}/src/|${layer}/)`;
