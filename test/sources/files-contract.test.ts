import { readFile, writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { type Row, sourceContract } from './contract.ts';
import { useFolder } from './support/folder.ts';

const folder = useFolder();
let files = 0;

async function open(ending: string, text: string): Promise<Source> {
  files += 1;
  return openFiles({ source: await folder.write(`members-${files}.${ending}`, text) });
}

const csv = (rows: readonly Row[]) =>
  [
    'id,email',
    ...rows.map(({ email }, index) => `${index},"${(email ?? '').replaceAll('"', '""')}"`),
    '',
  ].join('\n');

sourceContract({
  name: 'CSV',
  lists: false,
  nul: true,
  places: false,
  open: (rows) => open('csv', csv(rows)),
  openBroken: (rows) => open('csv', `${csv(rows)}1,a,column,too,many\n`),
});

/** Without a member it is a blank line: a file without a byte is refused. */
const ndjson = (rows: readonly Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('') || '\n';

sourceContract({
  name: 'NDJSON',
  lists: true,
  nul: true,
  places: false,
  open: (rows) => open('ndjson', ndjson(rows)),
  openBroken: (rows) => open('ndjson', `${ndjson(rows)}{"email":\n`),
});

/** Texts of SQL, for DuckDB to write as Parquet. */
const quoted = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);

async function parquet(rows: readonly Row[]): Promise<string> {
  files += 1;
  const path = folder.path(`members-${files}.parquet`);
  const json = await folder.write(`members-${files}.json`, ndjson(rows));
  const columns = "{email: 'VARCHAR', emails: 'VARCHAR[]'}";
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (FROM read_json(${quoted(json)}, format = 'newline_delimited', columns = ${columns})) TO ${quoted(path)}`,
  );
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** Its directory, at the end, is sound; the pages with the values are not. */
async function damaged(path: string): Promise<string> {
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(0xff, 4, bytes.length / 2));
  return path;
}

sourceContract({
  name: 'Parquet',
  lists: true,
  nul: true,
  places: false,
  open: async (rows) => openFiles({ source: await parquet(rows) }),
  openBroken: async (rows) => openFiles({ source: await damaged(await parquet(rows)) }),
});
