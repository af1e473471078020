/** One scan divided by a column into a sealed file for each value, beside tools that write plain ones. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, markdown, measure } from './measure.ts';
import { membersFile } from './members-file.ts';

/** How many values the column has. */
const VALUES = 100;

const script = (name: string): string => join(import.meta.dirname, name);

/** Prints a table. @returns whether both find as many members of each value */
export async function benchSplit(directory: string, rows: number, rounds: number): Promise<boolean> {
  const members = await membersFile(join(directory, 'shops.csv'), { rows, shops: VALUES });
  const target = join(directory, 'divided');
  /** Each begins with an empty directory. */
  const anew = () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
  };
  anew();
  const counted = JSON.parse(
    execFileSync(process.execPath, [script('split-divide.ts'), members, target], { encoding: 'utf8' }),
  ) as { readonly rows: number; readonly parts: Readonly<Record<string, number>> };
  const plain = ['-c', `awk -F, 'NR > 1 { print $1 > ("${target}/" $2) }' ${members}`];
  anew();
  execFileSync('sh', plain);
  const lines = execFileSync('sh', ['-c', 'wc -l shop*'], { cwd: target, encoding: 'utf8', maxBuffer: 1 << 24 });
  const found = new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ (.*)/s, 2).reverse() as [string, string]),
  );
  const isRight =
    counted.rows === rows &&
    Object.keys(counted.parts).length === VALUES &&
    Object.entries(counted.parts).every(([shop, count]) => Number(found.get(shop)) === count);
  if (!isRight) console.log('wrong: the parts differ from those of awk');
  const run = (command: string, args: readonly string[]) => () => {
    anew();
    return measure(command, args);
  };
  const measured = inTurn(
    {
      'Lineup, sealed': run(process.execPath, [script('split-divide.ts'), members, target]),
      'DuckDB, plain': run(process.execPath, [script('duckdb-partition.ts'), members, target]),
      'awk, plain': run('sh', plain),
    },
    rounds,
  );
  console.log(`\n${rows.toLocaleString('en-US')} members, ${VALUES} values, medians of ${rounds} rounds\n`);
  const lineOf = ([name, { seconds, processorSeconds, peakMb }]: (typeof all)[number]) => [
    name,
    seconds.toFixed(2),
    processorSeconds.toFixed(2),
    `${Math.round(peakMb)} MB`,
  ];
  const all = Object.entries(measured);
  console.log(markdown(['', 'seconds', 'processor s', 'peak memory'], all.map(lineOf)));
  rmSync(target, { recursive: true, force: true });
  rmSync(members, { force: true });
  return isRight;
}
