/**
 * Figures about how easy the source is to understand: sizes of files, tiny files, similar names, cycles, repeated
 * knowledge. Of the program, its packages and the fault simulation.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';

export type Figure = readonly [what: string, value: string];

/** Names that may occur in every folder. */
const COMMON = new Set(['index.ts', 'main.ts', 'types.ts']);

/** @param directory the folder of the project */
export function measure(graph: ICruiseResult, directory: string): Figure[] {
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  const linesOf = (file: string): number => read(file).split('\n').length - 1;
  const files = graph.modules.map(({ source }) => source);
  const program = files.filter((file) => /^(src|packages|fault-simulation)\//.test(file));
  const sizes = program.map(linesOf).sort((a, b) => a - b);
  const importers = (file: string): number =>
    graph.modules.filter(({ dependencies }) => dependencies.some(({ resolved }) => resolved === file)).length;
  const lonely = program.filter((file) => importers(file) === 1);
  const names = Map.groupBy(
    program.filter((file) => !COMMON.has(basename(file))),
    (file) => basename(file),
  );
  const twins = [...names].filter(([, found]) => found.length > 1).map(([name]) => name);
  const cycles = graph.summary.violations.filter(({ rule }) => rule.name === 'no-import-cycles');
  const matches = (where: RegExp, pattern: RegExp): number =>
    files.filter((file) => where.test(file)).reduce((sum, file) => sum + (read(file).match(pattern)?.length ?? 0), 0);
  return [
    ['files', number(program.length)],
    ['lines', number(sizes.reduce((sum, size) => sum + size, 0))],
    ['median lines of a file', number(sizes[Math.floor(sizes.length / 2)] ?? 0)],
    ['files over 300 lines', number(sizes.filter((size) => size > 300).length)],
    ['files with one importer', number(lonely.length)],
    ['of them under 60 lines', number(lonely.filter((file) => linesOf(file) < 60).length)],
    ['files directly in src/store', number(program.filter((file) => /^src\/store\/[^/]+$/.test(file)).length)],
    ['files of line-ads', number(files.filter((file) => file.startsWith('packages/line-ads/src/')).length)],
    ['names that several files have', twins.length === 0 ? '0' : `${twins.length}: ${twins.sort().join(', ')}`],
    ['import cycles', number(cycles.length)],
    [
      'routes stated by hand in the server',
      number(matches(/^src\/server\//, /\b(app|api|root)\.(get|post|put|patch|delete)\(/g)),
    ],
    [
      'calls by a path written by hand in the command line',
      number(
        matches(/^src\/cli\//, /\bclient\.(get|list|post|patch|delete|events)\((?!'(GET|POST|PUT|PATCH|DELETE) )/g),
      ),
    ],
    ['answers whose type the web app asserts', number(matches(/^web\//, /\b(get|post|patch|put)</g))],
    ['tables laid by hand in the web app', number(matches(/^web\/(?!components\/data-table)/, /<(Table|table)[\s>]/g))],
    ['events that jobs log', number(matches(/^src\/jobs\//, /\blog\.?(info|warn|error|debug|record)?\(/g))],
  ];
}

const number = (value: number): string => value.toLocaleString('en-US');
