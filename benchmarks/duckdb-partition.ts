/** DuckDB alone divides a file by a column, in clear: `node duckdb-partition.ts <source> <directory>`. */
import { DuckDBInstance } from '@duckdb/node-api';

const [source = '', directory = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create();
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT email, shop FROM read_csv('${source}', all_varchar = true)) TO '${directory}'
    (FORMAT csv, PARTITION_BY (shop), OVERWRITE_OR_IGNORE)`,
);
connection.closeSync();
