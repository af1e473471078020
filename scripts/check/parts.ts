/** The parts of `npm run check`, and which of them a set of changed files needs. Pure. */

export interface Part {
  /** The name for people. */
  readonly name: string;
  /** A program in `node_modules/.bin`, or "node", and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
}

export interface Tree {
  /** All TypeScript projects: paths of `tsconfig.json` files. */
  readonly projects: readonly string[];
  /** The changed files; undefined: check everything. Deleted files are not in `present`. */
  readonly changed?: { readonly all: readonly string[]; readonly present: readonly string[] };
}

/** The cache of the type checker. */
const KNOWN = 'build/types';
/** Every type project, or the tools themselves, read these. */
const OF_EVERYTHING = /^(package(-lock)?\.json|tsconfig\.json|knip\.json|biome\.json)$/;
const SOURCE = /\.(ts|tsx|mts|cts)$/;
/** The compiler knows its keys. */
const CATALOGUE = /^locales\/.*\.json$/;
/** The folders whose regular expressions are checked. */
const WITH_EXPRESSIONS = /^(src|web|simulators|scripts|packages\/[^/]+\/src)\/.*\.tsx?$/;

/** The slowest first. */
export function partsOf({ projects, changed }: Tree): Part[] {
  const all = changed?.all;
  const whole = all === undefined || all.some((file) => OF_EVERYTHING.test(file));
  const source = whole || all.some((file) => SOURCE.test(file) || file.endsWith('tsconfig.json'));
  return [
    ...projects.filter((project) => whole || all.some((file) => concerns(project, file))).map(types),
    ...style(whole ? undefined : changed!.present),
    ...(source ? [unused, architecture] : []),
    wording,
    ...expressions(whole ? undefined : changed!.present),
  ];
}

const unused: Part = { name: 'unused code and dependencies', command: ['knip'] };

const architecture: Part = {
  name: 'layers and import cycles',
  command: ['node', 'scripts/architecture/main.ts'],
};

/** It reads everything, because each file may cite each other one. */
const wording: Part = { name: 'pages, comments and names', command: ['node', 'scripts/wording/main.ts'] };

const types = (project: string): Part => {
  const known = project.replaceAll('/', '-').replace(/json$/, 'tsbuildinfo');
  return {
    name: `types of ${project === 'tsconfig.json' ? 'everything but the web app' : project.replace(/\/tsconfig\.json$/, '')}`,
    // With several checkers, each would check the same types of libraries again.
    command: ['tsc', '-p', project, '--checkers', '1', '--incremental', '--tsBuildInfoFile', `${KNOWN}/${known}`],
  };
};

/** Whether this file belongs to that project, directly or as an import. */
function concerns(project: string, file: string): boolean {
  const folder = project.replace(/tsconfig\.json$/, '');
  if (CATALOGUE.test(file)) return folder === '' || folder === 'web/';
  if (!SOURCE.test(file)) return file === project;
  if (folder === '') return !file.startsWith('web/');
  return file.startsWith(folder) || (folder === 'web/' && /^src\/(domain|contracts|i18n)\//.test(file));
}

const style = (files: readonly string[] | undefined): Part[] => {
  if (files?.length === 0) return [];
  const which = files ? ['--no-errors-on-unmatched', ...files] : ['.'];
  return [{ name: 'style', command: ['biome', 'check', ...which] }];
};

const expressions = (files: readonly string[] | undefined): Part[] => {
  const which = files?.filter((file) => WITH_EXPRESSIONS.test(file)) ?? [];
  if (files && which.length === 0) return [];
  return [{ name: 'regular expressions', command: ['node', 'scripts/check-regular-expressions.ts', ...which] }];
};
