/** A table of PostgreSQL: the scan alone, and scan and staging beside a Python script, on the same rows. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inTurn, type Measured, markdown, measure } from './measure.ts';

const TABLE = 'lineup_bench_members';

/** Prints a table. Needs the server that `scripts/with-postgres.sh` gives; without one it says so. */
export async function benchPostgres(directory: string, rows: number, rounds: number): Promise<void> {
  const url = process.env.LINEUP_TEST_DATABASE_URL;
  if (!url) {
    console.log('\nPostgreSQL: there is no server to measure.');
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await makeMembers(client, rows);
    const { rows: versions } = await client.query<{ server_version: string }>('SHOW server_version');
    const python = ['python3', '/usr/bin/python3'].find(
      (one) => spawnSync(one, ['-c', 'import psycopg']).status === 0,
    );
    const script = () => {
      const out = join(directory, 'out.txt');
      const measured = measure(python!, [join(import.meta.dirname, 'postgres-hash.py'), url, TABLE, out]);
      rmSync(out, { force: true });
      return measured;
    };
    const figures = inTurn(
      {
        'scan alone': () => stage(url),
        'lineup: scan, hash, dedupe, chunk files': () => stage(url, directory),
        ...(python && { 'Python, psycopg + hashlib': script }),
      },
      rounds,
    );
    const ours = figures['lineup: scan, hash, dedupe, chunk files']!;
    console.log(
      `\n${rows.toLocaleString('en-US')} e-mails from PostgreSQL ${versions[0]?.server_version} on this machine\n`,
    );
    console.log(
      markdown(
        ['whole process', 'seconds', 'rows/s', 'peak memory', 'lineup is'],
        Object.entries(figures).map(([name, { seconds, peakMb }]) => [
          name,
          seconds.toFixed(2),
          `${(rows / seconds / 1e6).toFixed(2)} M`,
          `${Math.round(peakMb)} MB`,
          name.startsWith('Python') ? `${(seconds / ours.seconds).toFixed(1)} × as fast` : '',
        ]),
      ),
    );
  } finally {
    await client.query(`DROP TABLE IF EXISTS ${TABLE}`);
    await client.end();
  }
}

function stage(url: string, directory?: string): Measured {
  const out = directory === undefined ? [] : [join(directory, 'out')];
  const measured = measure(process.execPath, [
    join(import.meta.dirname, 'postgres-stage.ts'),
    url,
    TABLE,
    ...out,
  ]);
  for (const made of out) rmSync(made, { recursive: true, force: true });
  return measured;
}

/** As in members-file.ts: e-mails of ordinary lengths, some in upper case, one in fifty there before. */
async function makeMembers(client: pg.Client, rows: number): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${TABLE}`);
  await client.query(
    `CREATE UNLOGGED TABLE ${TABLE} AS
     SELECT row AS id, CASE WHEN member % 7 = 0 THEN upper(name) ELSE name END || '.' || member || '@'
         || (ARRAY['example.com', 'mail.example', 'example.co.jp', 'shop.example'])[1 + member % 4] AS email,
       name, 'news' AS preference, date '2026-01-01' + row % 9 AS since
     FROM (SELECT row, CASE WHEN row % 50 = 49 THEN row - 37 ELSE row END AS member
           FROM generate_series(0, ${rows - 1}) AS row) AS members,
       LATERAL (SELECT 'user' || to_hex(member * 2654435761 % 4294967296) AS name) AS named`,
  );
  await client.query(`VACUUM ANALYZE ${TABLE}`);
}
