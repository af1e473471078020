/** The members of members-file.ts as a table on the PostgreSQL server of `scripts/with-postgres.sh`. */
import pg from 'pg';

const TABLE = 'lineup_bench_members';

/** The name of the table as a source, and the variables for the connection. */
export interface MembersTable {
  readonly url: string;
  readonly table: string;
  readonly source: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The version of the server. */
  readonly version: string;
}

/** Calls `work` with a table of `rows` members, and drops it afterwards. Without a server it prints a line instead. */
export async function withMembersTable(
  rows: number,
  work: (table: MembersTable) => void | Promise<void>,
): Promise<void> {
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
    await work({
      url,
      table: TABLE,
      source: `postgresql:public.${TABLE}`,
      environment: { LINEUP_POSTGRES_URL: url },
      // Without the words about its build.
      version: versions[0]?.server_version.split(' ')[0] ?? '',
    });
  } finally {
    await client.query(`DROP TABLE IF EXISTS ${TABLE}`);
    await client.end();
  }
}

/** As in members-file.ts: e-mail addresses of ordinary lengths, some in upper case, one in fifty repeated. */
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
