/** PostgreSQL in each of its errors: a table and a grant that dbt drops and makes again, among others. */
import { describe, expect } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { postgresProvider } from '../../../src/sources/postgres/provider.ts';
import { readTableName } from '../../../src/sources/postgres/sql-text.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { errorsOf, guard, read } from '../errors-contract.ts';
import { never } from '../support/object-storage.ts';
import { usePostgres } from '../support/postgres.ts';
import { readMembers } from '../support/values.ts';

describe('the errors of PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  const connection = { url: database.url };
  const table = (id: string, url = database.url) => openPostgres({ connection: { url }, audience: readTableName(id) });
  const query = (text: string) => openPostgres({ connection, audience: { query: text } });
  /** A table of dbt: made for one test. */
  const made = async (name: string, columns = 'email text') => {
    await database.sql(`CREATE TABLE ${name} (${columns})`);
    return name;
  };
  errorsOf('postgresql', {
    source_not_found: async () => {
      await made('dropped');
      await read(table('dropped'));
      await database.sql('DROP TABLE dropped');
      await expect(table('dropped')).rejects.toMatchObject({ code: 'source_not_found' });
      await expect(query('SELECT email FROM dropped')).rejects.toMatchObject({ code: 'source_not_found' });
      return table('nowhere.dropped');
    },
    source_unauthorized: async () => {
      const role = `${database.name}_reader`;
      await made('granted', 'email text, phone text');
      await database.sql(`CREATE ROLE ${role} LOGIN; GRANT SELECT ON granted TO ${role}`);
      const url = database.urlAs(role);
      const open = () => table('granted', url);
      try {
        await read(open());
        const scanning = (await open()).scan(['email']);
        await database.sql(`REVOKE SELECT ON granted FROM ${role}`);
        const lost = { code: 'source_unauthorized', reason: '42501' };
        await expect(readMembers(await scanning)).rejects.toMatchObject(lost);
        await expect(open()).rejects.toMatchObject({
          ...lost,
          message: expect.stringMatching(/^public\.granted in .*GRANT SELECT/),
        });
        // One column is left.
        await database.sql(`GRANT SELECT (phone) ON granted TO ${role}`);
        await read(open(), 'phone');
        return await read(open(), 'email');
      } finally {
        await database.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    },
    source_failed: () => read(query("SELECT 'x' || (1 / (random() * 0)::int) AS email")),
    source_unreadable: () =>
      postgresProvider({ networkAt: guard }).open(new Secret({ connection_url: database.url }), 'members', never),
    source_encoding: () => read(query("SELECT convert_from('\\xff'::bytea, 'UTF8') AS email")),
    field_not_found: async () => {
      await made('renamed', 'mail text');
      await expect(read(table('renamed'))).rejects.toMatchObject({ code: 'field_not_found' });
      return query('SELECT email FROM renamed');
    },
    field_type: async () => read(table(await made('profiles', 'email jsonb'))),
    source_unsupported: async () => {
      await database.sql(`CREATE FUNCTION other(text) RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RETURN no_such_function($1); END $$`);
      const source = await query("SELECT other('x') AS email");
      return readMembers(await source.scanHashes!([{ field: 'email', identifierType: 'email' }]));
    },
    invalid_argument: () => query('SELECT email FORM members'),
    invalid_configuration: () => openPostgres({ connection: { url: 'mysql://x' }, audience: { query: 'SELECT 1' } }),
  });
});
