/** MySQL in each of its errors: a table and a grant that dbt drops and makes again, and broken views, among others. */
import { describe, expect } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { mysqlProvider } from '../../../src/sources/mysql/provider.ts';
import { readTableName } from '../../../src/sources/mysql/sql-text.ts';
import type { Source } from '../../../src/sources/source.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { errorsOf, guard, read } from '../errors-contract.ts';
import { described, errorPacket, startHostileMysql } from '../support/hostile-mysql.ts';
import { useMariadb } from '../support/mariadb.ts';
import { never } from '../support/object-storage.ts';
import { readMembers } from '../support/values.ts';

describe('the errors of MySQL', needsMariadb, () => {
  const database = useMariadb();
  const table = (id: string, user?: string) =>
    openMysql({ connection: database.connection(user), audience: readTableName(id) });
  const query = (text: string) => openMysql({ connection: database.connection(), audience: { query: text } });
  const made = async (name: string, columns = 'email text') => {
    await database.sql(`CREATE TABLE ${name} (${columns})`);
    return name;
  };
  /** A server that answers the SELECTs of a query with a field. */
  const answering = async (answer: (sql: string) => Buffer | undefined): Promise<Source> => {
    const url = await startHostileMysql({
      statement: (sql, describe) => (describe ? described('email') : /^SELECT/.test(sql) ? answer(sql) : undefined),
    });
    return openMysql({ connection: { url }, audience: { query: 'SELECT email FROM members' } });
  };
  errorsOf('mysql', {
    source_not_found: async () => {
      await made('dropped');
      await read(table('dropped'));
      await database.sql('DROP TABLE dropped');
      await expect(query('SELECT email FROM dropped')).rejects.toMatchObject({ code: 'source_not_found' });
      return table('dropped');
    },
    source_unauthorized: async () => {
      const reader = `${database.name}_reader`;
      await made('granted');
      await database.sql(`CREATE USER ${reader}@localhost; GRANT SELECT ON granted TO ${reader}@localhost`);
      try {
        await read(table('granted', reader));
        // Without any right, the server would not let this user into the database.
        await made('other');
        await database.sql(
          `GRANT SELECT ON other TO ${reader}@localhost; REVOKE SELECT ON granted FROM ${reader}@localhost`,
        );
        return await table('granted', reader);
      } finally {
        await database.sql(`DROP USER ${reader}@localhost`);
      }
    },
    source_failed: async () => {
      const owner = `${database.name}_owner`;
      await made('base', 'email text, phone text');
      await database.sql(`
        CREATE USER ${owner}@localhost;
        GRANT SELECT ON ${database.name}.* TO ${owner}@localhost;
        CREATE VIEW phones AS SELECT phone FROM base;
        CREATE VIEW broken AS SELECT email FROM base;
        CREATE DEFINER = ${owner}@localhost SQL SECURITY DEFINER VIEW owned AS SELECT email FROM base`);
      const broken = (view: string) => ({
        code: 'source_failed',
        message: expect.stringMatching(new RegExp(`^${view} in MySQL .*: the view refers to a table, a column`)),
      });
      await read(table('owned'));
      for (const [breaks, view] of [
        ['ALTER TABLE base DROP COLUMN phone', 'phones'],
        [`REVOKE SELECT ON ${database.name}.* FROM ${owner}@localhost`, 'owned'],
        [`DROP USER ${owner}@localhost`, 'owned'],
        ['DROP TABLE base', 'broken'],
      ] as const) {
        await database.sql(breaks);
        await expect(read(table(view)), breaks).rejects.toMatchObject(broken(view));
        await expect(read(query(`SELECT * FROM ${view}`)), breaks).rejects.toMatchObject({
          ...broken(''),
          message: expect.stringContaining('the view refers to'),
        });
      }
      return table('broken');
    },
    source_unreadable: () =>
      mysqlProvider({ networkAt: guard }).open(
        new Secret({ connection_url: 'mysql://a@127.0.0.1/b' }),
        'members',
        never,
      ),
    source_encoding: async () => read(answering(() => errorPacket(1, 1300, 'Invalid utf8mb4 character string'))),
    field_not_found: async () => {
      await made('renamed', 'mail text');
      await expect(read(table('renamed'))).rejects.toMatchObject({ code: 'field_not_found' });
      return query('SELECT email FROM renamed');
    },
    field_type: async () => read(table(await made('profiles', 'email json'))),
    source_unsupported: async () => {
      const source = await answering((sql) =>
        sql.includes('AS matched') ? errorPacket(1, 1305, 'FUNCTION REGEXP_REPLACE does not exist') : undefined,
      );
      return readMembers(await source.scanHashes!([{ field: 'email', identifierType: 'email' }]));
    },
    invalid_argument: () => query('SELECT email FORM members'),
    invalid_configuration: () => openMysql({ connection: { url: 'postgres://x' }, audience: { query: 'SELECT 1' } }),
  });
});
