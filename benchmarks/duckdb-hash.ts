/** DuckDB alone does the same as `prepare`, in SQL: `node duckdb-hash.ts <source> <out>`. */
import { DuckDBInstance } from '@duckdb/node-api';

const [source = '', out = ''] = process.argv.slice(2);
const rows = source.endsWith('.parquet')
  ? `read_parquet('${source}')`
  : source.endsWith('.ndjson')
    ? // Its fastest form: it need not detect the types, nor extract the other fields.
      `read_json('${source}', format = 'newline_delimited', columns = {email: 'VARCHAR'})`
    : `read_csv('${source}')`;
const instance = await DuckDBInstance.create();
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT DISTINCT sha256(lower(trim(email))) FROM ${rows}) TO '${out}' (FORMAT csv, HEADER false)`,
);
connection.closeSync();
