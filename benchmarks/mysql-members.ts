/** Members like those of members-file.ts as a table on the MariaDB server of `scripts/with-mariadb.sh`. */
import { createConnection } from 'mysql2/promise';
import type { MembersTable } from './members-table.ts';

const DATABASE = 'lineup_bench';

/** Calls `work` with a table of `rows` members, and drops it afterwards. Without a server it prints a line instead. */
export async function withMysqlMembers(
  rows: number,
  work: (table: MembersTable) => void | Promise<void>,
): Promise<void> {
  const url = process.env.LINEUP_TEST_MARIADB_URL;
  if (!url) {
    console.log('\nMariaDB: there is no server to measure.');
    return;
  }
  const socketPath = new URL(url).searchParams.get('socket') ?? '';
  const client = await createConnection({ socketPath, user: 'root', multipleStatements: true });
  try {
    await client.query(
      `DROP DATABASE IF EXISTS ${DATABASE}; CREATE DATABASE ${DATABASE}; USE ${DATABASE};
       CREATE TABLE members (id int PRIMARY KEY, email varchar(200), name varchar(50), preference varchar(20), since date);
       INSERT INTO members
       SELECT seq, CONCAT(IF(seq % 7 = 0, UPPER(name), name), '.', member, '@',
           ELT(1 + member % 4, 'example.com', 'mail.example', 'example.co.jp', 'shop.example')),
         name, 'news', '2026-01-01' + INTERVAL seq % 9 DAY
       FROM (SELECT seq, member, CONCAT('user', LOWER(HEX(member * 2654435761 % 4294967296))) AS name
             FROM (SELECT seq, IF(seq % 50 = 49, seq - 37, seq) AS member FROM seq_1_to_${rows}) AS members) AS named;
       ANALYZE TABLE members`,
    );
    const [versions] = await client.query('SELECT VERSION() AS version');
    const [{ version = '' } = {}] = versions as { version?: string }[];
    await work({
      url: socketPath,
      table: `${DATABASE}.members`,
      source: `mysql:${DATABASE}.members`,
      environment: { LINEUP_MYSQL_URL: url },
      // Without the words about its build.
      version: version.split('-')[0] ?? '',
    });
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await client.end();
  }
}
