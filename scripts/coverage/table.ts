/** The coverage by folder, and the files with low coverage. */
import { dirname } from 'node:path';

interface Count {
  readonly total: number;
  readonly covered: number;
}

export interface FileCoverage {
  /** Relative to the project. */
  readonly file: string;
  readonly lines: Count;
  readonly branches: Count;
}

/** Files below this percentage of lines or branches are named. */
const LIMIT = 80;

export function tableText(files: readonly FileCoverage[]): string {
  const folders = [...Map.groupBy(files, ({ file }) => dirname(file))].sort(([a], [b]) => (a < b ? -1 : 1));
  const low = files
    .filter(({ lines, branches }) => percent(lines) < LIMIT || percent(branches) < LIMIT)
    .toSorted((a, b) => percent(a.lines) - percent(b.lines) || percent(a.branches) - percent(b.branches));
  return [
    '\n  lines branches  percent of each folder\n',
    ...folders.map(([folder, own]) => row(folder, own)),
    row(`all ${files.length} files`, files),
    ...(low.length === 0 ? [] : [`\n  lines branches  percent of each file below ${LIMIT}\n`]),
    ...low.map((one) => row(one.file, [one])),
  ].join('');
}

function row(name: string, files: readonly FileCoverage[]): string {
  const shown = (key: 'lines' | 'branches', width: number) =>
    percent(sum(files.map((file) => file[key])))
      .toFixed(1)
      .padStart(width);
  return `${shown('lines', 7)} ${shown('branches', 8)}  ${name}\n`;
}

/** 100 if there is nothing to reach. It rounds down, so that 100.0 means everything. */
const percent = ({ total, covered }: Count): number => (total === 0 ? 100 : Math.floor((1_000 * covered) / total) / 10);

const sum = (counts: readonly Count[]): Count => ({
  total: counts.reduce((all, { total }) => all + total, 0),
  covered: counts.reduce((all, { covered }) => all + covered, 0),
});
