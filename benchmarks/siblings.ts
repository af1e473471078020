/** One scan for three identifiers beside one for one, of the same file. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inTurn, type Measured, markdown, measure } from './measure.ts';
import { membersFile } from './members-file.ts';
import { difference, resultAt } from './results.ts';

const lineup = resolve(import.meta.dirname, '../lineup');

const GOAL = 1.6;

const email = ['--field', 'email', '--identifier-type', 'email'];
const phone = ['--field', 'phone', '--identifier-type', 'phone'];
const ifa = ['--field', 'idfa', '--identifier-type', 'ifa'];
const siblings = ['--sibling', 'phone:phone', '--sibling', 'ifa:idfa'];

/** Prints a table. @returns whether the lines of three in one scan are those of three scans */
export async function benchSiblings(directory: string, rows: number, rounds: number): Promise<boolean> {
  console.log(
    `\n${rows.toLocaleString('en-US')} members, whole processes, medians of ${rounds} rounds in turn (goal: at most ${GOAL} × the time of one identifier)\n`,
  );
  console.log(markdown(['from', 'identifiers', 'seconds', 'processor s', 'peak memory', '× one'], []));
  let isEqual = true;
  for (const format of ['csv', 'parquet'] as const) {
    const path = await membersFile(join(directory, `siblings.${format}`), { rows, identifiers: 'all' });
    isEqual = (await isSame(path, directory)) && isEqual;
    const measured = inTurn(
      {
        one: () => prepareAnew(path, directory, email),
        three: () => prepareAnew(path, directory, [...email, ...siblings]),
        apart: () => inThreeScans(path, directory),
      },
      rounds,
    );
    const alone = measured.one!;
    for (const [name, figures] of Object.entries(measured)) print(format, name, figures, alone);
    rmSync(path);
  }
  return isEqual;
}

const names: Readonly<Record<string, string>> = {
  one: 'e-mail',
  three: 'e-mail, phone and advertising id',
  apart: 'the same three, one process after another',
};

function print(format: string, name: string, figures: Measured, alone: Measured): void {
  const cells = [
    format === 'csv' ? 'CSV' : 'Parquet',
    names[name] ?? name,
    figures.seconds.toFixed(2),
    figures.processorSeconds.toFixed(2),
    `${Math.round(figures.peakMb)} MB`,
    (figures.seconds / alone.seconds).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const prepareTo = (out: string, source: string, flags: readonly string[]): Measured =>
  measure(lineup, ['prepare', '--source', source, ...flags, '--out', out]);

function prepareAnew(source: string, directory: string, flags: readonly string[]): Measured {
  const out = join(directory, 'out');
  rmSync(out, { recursive: true, force: true });
  return prepareTo(out, source, flags);
}

function inThreeScans(source: string, directory: string): Measured {
  const each = [email, phone, ifa].map((flags) => prepareAnew(source, directory, flags));
  const sum = (figureOf: (one: Measured) => number) => each.reduce((total, measured) => total + figureOf(measured), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    processorSeconds: sum(({ processorSeconds }) => processorSeconds),
    peakMb: Math.max(...each.map(({ peakMb }) => peakMb)),
  };
}

/** Compares all lines: without that, the times would say nothing. */
async function isSame(source: string, directory: string): Promise<boolean> {
  const together = join(directory, 'together');
  const apart = join(directory, 'apart');
  rmSync(together, { recursive: true, force: true });
  rmSync(apart, { recursive: true, force: true });
  prepareTo(together, source, [...email, ...siblings]);
  for (const [n, flags] of [email, phone, ifa].entries()) prepareTo(join(apart, `${n}`), source, flags);
  const all = await resultAt(together);
  const each = await resultAt(...['0', '1', '2'].map((name) => join(apart, name)));
  const found = difference(all, each, ['one scan', 'three scans']);
  rmSync(together, { recursive: true });
  rmSync(apart, { recursive: true });
  if (found) console.error(`\nThere is no ratio, because the results differ: ${found}.`);
  return found === undefined;
}
