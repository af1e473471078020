/** Generated members for the benchmarks: five columns, e-mail addresses of ordinary lengths, some in upper case, some twice. */
import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const domains = ['example.com', 'mail.example', 'example.co.jp', 'shop.example'];

/** Creates `path` with `rows` members if it does not exist. About 57 bytes a row. */
export function membersCsv(path: string, rows: number): string {
  if (existsSync(path)) return path;
  const file = openSync(`${path}.part`, 'w');
  let block = 'id,email,name,preference,since\n';
  for (let n = 0; n < rows; n++) {
    // One in fifty repeats an earlier member.
    const member = n % 50 === 49 ? n - 37 : n;
    const mixed = (member * 2_654_435_761) >>> 0;
    const name = `user${mixed.toString(36)}`;
    const local = member % 7 === 0 ? name.toUpperCase() : name;
    block += `${n},${local}.${member}@${domains[member & 3]},${name},news,2026-01-0${1 + (n % 9)}\n`;
    if (block.length > 1 << 20) {
      writeSync(file, block);
      block = '';
    }
  }
  writeSync(file, block);
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

/** The same members as a Parquet file. */
export const membersParquet = (path: string, csv: string): Promise<string> => converted(path, csv, 'parquet');

/** The same members as a file with one JSON object a line. */
export const membersNdjson = (path: string, csv: string): Promise<string> => converted(path, csv, 'json');

async function converted(path: string, csv: string, format: string): Promise<string> {
  if (existsSync(path)) return path;
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM read_csv('${csv}', all_varchar = true)) TO '${path}.part' (FORMAT ${format})`,
  );
  connection.closeSync();
  renameSync(`${path}.part`, path);
  return path;
}
