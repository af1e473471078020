/** `lineup prepare` beside DuckDB and a Python script, whole processes on the same generated files. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Candidate, HEAD, type Line, measureLine } from './line.ts';
import { type Measured, markdown, measure } from './measure.ts';
import { type Addresses, membersFile } from './members-file.ts';

const root = resolve(import.meta.dirname, '..');

/** The generated file, and what is measured beside DuckDB. */
interface Source {
  readonly name: string;
  readonly format: 'csv' | 'parquet' | 'ndjson';
  readonly addresses: Addresses;
  readonly beside?: 'python' | 'plain';
}

const sources: readonly Source[] = [
  { name: 'CSV', format: 'csv', addresses: 'plain', beside: 'python' },
  { name: 'CSV, blanks and capitals', format: 'csv', addresses: 'blanks' },
  { name: 'Parquet', format: 'parquet', addresses: 'plain' },
  { name: 'NDJSON', format: 'ndjson', addresses: 'plain' },
  { name: 'CSV, a tenth over 55 bytes', format: 'csv', addresses: 'long', beside: 'plain' },
  { name: 'CSV, a tenth non-ASCII', format: 'csv', addresses: 'nonAscii', beside: 'plain' },
];

/** Prints a table. @returns whether all tools gave the same lines */
export async function benchPrepare(directory: string, rows: number, rounds: number): Promise<boolean> {
  console.log(`\n${rows.toLocaleString('en-US')} e-mails, whole processes, medians of ${rounds} rounds in turn\n`);
  console.log(markdown(HEAD, []));
  const refusals: string[] = [];
  const out = join(directory, 'out');
  for (const source of sources) {
    const line = await lineOf(source, directory, rows);
    const figures = await measureLine(line, out, rounds);
    for (const row of figures.rows) console.log(`| ${row.join(' | ')} |`);
    refusals.push(...figures.refusals);
  }
  for (const refusal of refusals) console.error(`\n${refusal}`);
  return refusals.length === 0;
}

/** Generates the files of a line, and removes those of the line before. */
async function lineOf({ name, format, addresses, beside }: Source, directory: string, rows: number): Promise<Line> {
  const files = join(directory, 'members');
  rmSync(files, { recursive: true, force: true });
  const path = await membersFile(join(files, `${addresses}.${format}`), { rows, addresses });
  const others: Candidate[] = [{ name: 'DuckDB', run: (out) => duckdb(path, out) }];
  if (beside === 'python' && hasPython()) {
    others.push({ name: 'Python, csv and hashlib', run: (out) => python(path, out) });
  }
  if (beside === 'plain') {
    const plain = await membersFile(join(files, 'plain.csv'), { rows });
    others.push({
      name: 'Lineup, plain addresses',
      run: (out) => prepare(plain, out),
      otherMembers: true,
    });
  }
  return { name, ours: { name: 'Lineup', run: (out) => prepare(path, out) }, others };
}

/** Runs `lineup prepare`. */
export function prepare(source: string, out: string): Measured {
  const flags = ['--field', 'email', '--identifier-type', 'email', '--out', out];
  return measure(join(root, 'lineup'), ['prepare', '--source', source, ...flags]);
}

const duckdb = (source: string, out: string): Measured =>
  measure(process.execPath, [join(import.meta.dirname, 'duckdb-hash.ts'), source, out]);

const hasPython = (): boolean => spawnSync('python3', ['--version']).status === 0;

const python = (source: string, out: string): Measured =>
  measure('python3', [join(import.meta.dirname, 'hash.py'), source, out]);
