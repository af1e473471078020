/** The parts of `npm run check`, and which of them a set of changed files needs. Pure. */

export interface Part {
  /** What a person reads. */
  readonly name: string;
  /** A program in `node_modules/.bin`, or "node", and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
}

export interface Tree {
  /** Every project of types: paths of `tsconfig.json` files. */
  readonly projects: readonly string[];
  /** The files that changed; undefined: all are to be looked at. Those that were deleted are not in `present`. */
  readonly changed?: { readonly all: readonly string[]; readonly present: readonly string[] };
}

/** Where the type checker keeps what it knows of the last time. */
const KNOWN = 'build/types';
/** Read by the types of everything, or by the tools themselves. */
const OF_EVERYTHING = /^(package(-lock)?\.json|tsconfig\.json|knip\.json|biome\.json)$/;
const SOURCE = /\.(ts|tsx|mts|cts)$/;
/** Its keys are known to the compiler. */
const CATALOGUE = /^locales\/.*\.json$/;
/** Of the folders whose regular expressions are looked at. */
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
    ...expressions(whole ? undefined : changed!.present),
  ];
}

const unused: Part = { name: 'unused code and dependencies', command: ['knip'] };

const architecture: Part = {
  name: 'layers and import cycles',
  command: ['node', 'scripts/architecture/main.ts'],
};

const types = (project: string): Part => {
  const known = project.replaceAll('/', '-').replace(/json$/, 'tsbuildinfo');
  return {
    name: `types of ${project === 'tsconfig.json' ? 'everything but the web app' : project.replace(/\/tsconfig\.json$/, '')}`,
    // Several checkers would each work out the same types of libraries.
    command: [
      'tsc',
      '-p',
      project,
      '--checkers',
      '1',
      '--incremental',
      '--tsBuildInfoFile',
      `${KNOWN}/${known}`,
    ],
  };
};

/** Does this file belong to that project, directly or as one that it imports? */
function concerns(project: string, file: string): boolean {
  const folder = project.replace(/tsconfig\.json$/, '');
  if (CATALOGUE.test(file)) return folder === '' || folder === 'web/';
  if (!SOURCE.test(file)) return file === project;
  if (folder === '') return !file.startsWith('web/');
  return file.startsWith(folder) || (folder === 'web/' && /^src\/(contracts|i18n)\//.test(file));
}

const style = (files: readonly string[] | undefined): Part[] => {
  if (files?.length === 0) return [];
  const which = files ? ['--no-errors-on-unmatched', ...files] : ['.'];
  return [{ name: 'style', command: ['biome', 'check', ...which] }];
};

const expressions = (files: readonly string[] | undefined): Part[] => {
  const which = files?.filter((file) => WITH_EXPRESSIONS.test(file)) ?? [];
  if (files && which.length === 0) return [];
  return [
    { name: 'regular expressions', command: ['node', 'scripts/check-regular-expressions.ts', ...which] },
  ];
};
