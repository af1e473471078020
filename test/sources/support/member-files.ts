/** Members as files of each format, in a folder of the test. */
import { readFile, writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Row } from '../contract.ts';
import type { useFolder } from './folder.ts';
import { textRows, workbookOf } from './workbook.ts';

export const csvOf = (rows: readonly Row[]): string =>
  ['phone,id,email', ...rows.map(({ email, phone }, index) => `${cell(phone)},${index},${cell(email)}`), ''].join('\n');

const cell = (value: string | null | undefined): string => `"${(value ?? '').replaceAll('"', '""')}"`;

/** A blank line if there is no member, because an empty file is refused. */
export const ndjsonOf = (rows: readonly Row[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('') || '\n';

/** @param sound if false, the checksum at the end of the sheet is wrong */
export function sheetOf(rows: readonly Row[], sound = true): Buffer {
  const members = rows.map(({ email, phone }, index) => [phone ?? null, String(index), email]);
  const sheetData = textRows([['phone', 'id', 'email'], ...members]);
  if (sound) return workbookOf({ sheets: { Members: sheetData } });
  const content = `<worksheet><sheetData>${sheetData}</sheetData></worksheet>`;
  const others = [{ name: 'xl/worksheets/sheet0.xml', content, lie: { crc: 1 } }];
  return workbookOf({ sheets: { Members: '' }, others });
}

/** SQL string literals, for DuckDB to write as Parquet. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

let files = 0;
let duckdb: Promise<DuckDBInstance> | undefined;

/** @returns the path of a new file */
export async function parquetOf(folder: ReturnType<typeof useFolder>, rows: readonly Row[]): Promise<string> {
  files += 1;
  const path = folder.path(`members-${files}.parquet`);
  const json = await folder.write(`members-${files}.json`, ndjsonOf(rows));
  const columns = "{email: 'VARCHAR', phone: 'VARCHAR', emails: 'VARCHAR[]'}";
  duckdb ??= DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await (await duckdb).connect();
  await connection.run(
    `COPY (FROM read_json(${quoted(json)}, format = 'newline_delimited', columns = ${columns})) TO ${quoted(path)}`,
  );
  connection.closeSync();
  return path;
}

/** The directory at the end of the file is valid, and the pages with the values are not. */
export async function damaged(parquet: string): Promise<string> {
  const bytes = await readFile(parquet);
  await writeFile(parquet, bytes.fill(0xff, 4, Math.floor(bytes.length / 2)));
  return parquet;
}
