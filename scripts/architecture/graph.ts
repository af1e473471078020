/** Finds which file imports which, with dependency-cruiser, and which layer rules are broken. */
import { globSync } from 'node:fs';
import { cruise, format, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { layerOf, layers, pathOf } from './layers.ts';

/** The folders of the source. Tests and scripts have no layers. */
const ROOTS = ['src', 'packages/*/src', 'simulators', 'web', 'fault-simulation'];

/** Modules of the web app that run when it is built. The browser gets only their values (web/forms/vite-plugin.ts). */
const BUILD_TIME = '^web/.*\\.build\\.ts$';

/** It shows the sign-in page on top of any page when a session has expired. */
const SIGN_IN_ON_TOP = '^web/components/signed-in\\.tsx$';

const options: ICruiseOptions = {
  parser: 'swc',
  tsPreCompilationDeps: 'specify',
  includeOnly: '^(src|packages/[^/]+/src|simulators|web|fault-simulation)/.*\\.tsx?$',
  validate: true,
  ruleSet: {
    forbidden: [
      { name: 'no-import-cycles', severity: 'error', from: {}, to: { circular: true } },
      {
        // Endpoints are schemas alone, which the browser does not need.
        name: 'web-knows-endpoints-by-types-alone',
        severity: 'error',
        from: { path: pathOf('web'), pathNot: BUILD_TIME },
        to: { path: pathOf('endpoints'), dependencyTypesNot: ['type-only'] },
      },
      {
        // What pages share has a place of its own. The folders beside `pages` import no page either.
        name: 'pages-do-not-import-pages',
        severity: 'error',
        from: { path: '^web/(?:pages/)?([^/]+)/', pathNot: SIGN_IN_ON_TOP },
        to: { path: '^web/pages/', pathNot: '^web/pages/$1/' },
      },
      {
        // It is a package of its own, which others use by its declarations alone.
        name: 'line-ads-by-its-index-alone',
        severity: 'error',
        from: { pathNot: pathOf('line-ads') },
        to: { path: pathOf('line-ads'), pathNot: '/src/index\\.ts$' },
      },
      ...Object.entries(layers).map(([layer, allowed]) => ({
        name: `imports-of-${layer}`,
        severity: 'error' as const,
        from: { path: pathOf(layer) },
        to: { pathNot: [layer, ...allowed].map(pathOf) },
      })),
    ],
  },
};

const roots = (directory: string): string[] => ROOTS.flatMap((root) => globSync(root, { cwd: directory }));

/** @param directory the folder of the project */
export async function readGraph(directory: string): Promise<ICruiseResult> {
  const { output } = await cruise(roots(directory), { ...options, baseDir: directory }, extensions);
  return output as ICruiseResult;
}

const extensions = { extensions: ['.ts', '.tsx'] };

/**
 * The picture of the layers, in Mermaid. Without `domain`, `contracts` and `machine`, which most layers import, and
 * without `fault-simulation`, which imports most layers.
 */
export async function drawLayers(graph: ICruiseResult): Promise<string> {
  const { output } = await format(graph, {
    exclude: '^(src/(domain|contracts|machine)|fault-simulation)/',
    collapse: '^(src/[^/]+|packages/[^/]+|simulators|web)',
    outputType: 'mermaid',
  });
  return String(output).trim();
}

/** The broken rules, one a line. */
export function findViolations(graph: ICruiseResult): string[] {
  const unknown = [...new Set(graph.modules.map(({ source }) => layerOf(source)))].filter(
    (layer) => !(layer in layers),
  );
  return [
    ...unknown.map((layer) => `"${layer}" has no place in scripts/architecture/layers.ts`),
    ...graph.summary.violations.map(
      ({ rule, from, to, cycle }) => `${rule.name}: ${[from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' → ')}`,
    ),
    ...sourcesOpenedByService(graph),
  ];
}

/** The service opens no source in its own process, because the data of a source may crash its reader. */
function sourcesOpenedByService(graph: ICruiseResult): string[] {
  const imports = new Map(
    graph.modules.map(({ source, dependencies }) => [
      source,
      dependencies
        .filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'))
        .map(({ resolved }) => resolved),
    ]),
  );
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const next of imports.get(file) ?? []) walk(next);
  };
  walk('src/compose/service.ts');
  return [...reached]
    .filter((file) => /^src\/sources\/([^/]+\/|http\.ts$|kinds\.ts$)/.test(file))
    .map((file) => `the service reaches ${file}, which opens sources, in its own process`);
}
