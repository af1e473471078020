/** DuckDB alone does the same as `prepare`, in SQL: `node duckdb-hash.ts <source> <out>`. */
import { DuckDBInstance } from '@duckdb/node-api';

const [source = '', out = ''] = process.argv.slice(2);
const reader = source.endsWith('.parquet') ? 'read_parquet' : 'read_csv';
const instance = await DuckDBInstance.create();
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT DISTINCT sha256(lower(trim(email))) FROM ${reader}('${source}')) TO '${out}' (FORMAT csv, HEADER false)`,
);
connection.closeSync();
