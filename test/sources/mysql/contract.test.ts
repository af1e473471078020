import { describe } from 'vitest';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { type Row, sourceContract } from '../contract.ts';
import { useMariadb } from '../support/mariadb.ts';

describe('MariaDB', needsMariadb, () => {
  const database = useMariadb();
  let tables = 0;

  /** A new table with the rows, in their order. */
  async function tableOf(rows: readonly Row[]): Promise<string> {
    const table = `members_${++tables}`;
    await database.sql(`CREATE TABLE ${table} (id int PRIMARY KEY AUTO_INCREMENT, email longtext, phone longtext)`);
    for (let at = 0; at < rows.length; at += 5_000) {
      const values = rows.slice(at, at + 5_000).map(({ email, phone = null }) => [email, phone]);
      await database.sql(`INSERT INTO ${table} (email, phone) VALUES ?`, [values]);
    }
    return table;
  }

  sourceContract({
    name: 'a table of MariaDB',
    lists: false,
    nul: true,
    places: false,
    open: async (rows) =>
      openMysql({
        connection: database.connection(),
        audience: { database: database.name, table: await tableOf(rows) },
      }),
    openBroken: async (rows) => {
      const table = await tableOf(rows);
      // The last row has a subquery with more than one row.
      const query = `SELECT IF(id = ${rows.length}, (SELECT email FROM ${table} AS other WHERE other.id <= member.id), email) AS email, phone
        FROM ${table} AS member`;
      return openMysql({ connection: database.connection(), audience: { query } });
    },
  });
});
