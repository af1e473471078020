/** `lineup prepare` compared with DuckDB alone and a Python script, on the same generated files. */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inTurn, type Measured, markdown, measure } from './measure.ts';
import { membersCsv, membersNdjson, membersParquet } from './members-file.ts';

const root = resolve(import.meta.dirname, '..');
const node = process.execPath;

/** Prints a table for each format: CSV, NDJSON and Parquet. */
export async function benchPrepare(directory: string, rows: number, rounds: number): Promise<void> {
  const csv = membersCsv(join(directory, `members-${rows}.csv`), rows);
  const parquet = await membersParquet(join(directory, `members-${rows}.parquet`), csv);
  const ndjson = await membersNdjson(join(directory, `members-${rows}.ndjson`), csv);
  for (const [format, source] of Object.entries({ CSV: csv, NDJSON: ndjson, Parquet: parquet })) {
    const figures = inTurn(
      {
        'lineup prepare': () => prepare(source, directory),
        'DuckDB, SELECT DISTINCT sha256(lower(trim(email)))': () => duckdb(source, directory),
        ...(format === 'CSV' && hasPython()
          ? { 'Python, csv + hashlib': () => python(source, directory) }
          : {}),
      },
      rounds,
    );
    const ours = figures['lineup prepare']!;
    console.log(
      `\n${rows.toLocaleString('en-US')} e-mails from ${format}, ${Math.round(statSync(source).size / 1e6)} MB\n`,
    );
    console.log(
      markdown(
        ['whole process', 'seconds', 'rows/s', 'peak memory', 'lineup is'],
        Object.entries(figures).map(([name, { seconds, peakMb }]) => [
          name,
          seconds.toFixed(2),
          `${(rows / seconds / 1e6).toFixed(2)} M`,
          `${Math.round(peakMb)} MB`,
          name === 'lineup prepare' ? '' : `${(seconds / ours.seconds).toFixed(1)} × as fast`,
        ]),
      ),
    );
  }
}

/** Prints time and memory of `prepare` for growing numbers of rows. */
export function benchGrowth(directory: string, sizes: readonly number[]): void {
  const rows = sizes.map((size) => {
    const csv = membersCsv(join(directory, `members-${size}.csv`), size);
    const { seconds, peakMb } = prepare(csv, directory);
    if (size > 10_000_000) rmSync(csv);
    return [
      size.toLocaleString('en-US'),
      seconds.toFixed(2),
      `${(size / seconds / 1e6).toFixed(2)} M`,
      `${Math.round(peakMb)} MB`,
    ];
  });
  console.log('\nGrowth of lineup prepare from CSV\n');
  console.log(markdown(['rows', 'seconds', 'rows/s', 'peak memory'], rows));
}

function prepare(source: string, directory: string): Measured {
  const out = join(directory, 'out');
  rmSync(out, { recursive: true, force: true });
  const flags = ['--field', 'email', '--identifier-type', 'email', '--out', out];
  const measured = measure(join(root, 'lineup'), ['prepare', '--source', source, ...flags]);
  rmSync(out, { recursive: true, force: true });
  return measured;
}

function duckdb(source: string, directory: string): Measured {
  const out = join(directory, 'out.csv');
  const measured = measure(node, [join(import.meta.dirname, 'duckdb-hash.ts'), source, out]);
  rmSync(out, { force: true });
  return measured;
}

const hasPython = (): boolean => spawnSync('python3', ['--version']).status === 0;

function python(source: string, directory: string): Measured {
  const out = join(directory, 'out.txt');
  const measured = measure('python3', [join(import.meta.dirname, 'hash.py'), source, out]);
  rmSync(out, { force: true });
  return measured;
}
