import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { testConnection } from '../../../src/sources/postgres/provider.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { usePostgres } from '../support/postgres.ts';

describe('the rights of a PostgreSQL user', needsPostgres, () => {
  const database = usePostgres();
  const role = (name: string) => `${database.name}_${name}`;
  const roles = ['reader', 'writer', 'column', 'owner', 'maker', 'founder', 'signaller', 'keeper', 'caller'];

  beforeAll(async () => {
    await database.sql(roles.map((name) => `CREATE ROLE ${role(name)} LOGIN;`).join(''));
    await database.sql(`
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      CREATE SCHEMA crm;
      CREATE TABLE crm.members (email text, seen date);
      CREATE TABLE crm.others (email text);
      CREATE SCHEMA closed;
      CREATE TABLE closed.members (email text);
      GRANT INSERT ON closed.members TO ${role('reader')};
      CREATE FUNCTION closed.dblink(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
      GRANT USAGE ON SCHEMA crm TO ${roles.map(role).join(', ')};
      GRANT SELECT ON ALL TABLES IN SCHEMA crm TO ${roles.map(role).join(', ')};
      GRANT INSERT, DELETE ON ALL TABLES IN SCHEMA crm TO ${role('writer')};
      GRANT UPDATE (seen) ON crm.members TO ${role('column')};
      CREATE TABLE crm.owned (email text);
      ALTER TABLE crm.owned OWNER TO ${role('owner')};
      GRANT CREATE ON SCHEMA crm TO ${role('maker')};
      GRANT CREATE ON DATABASE ${database.name} TO ${role('founder')};
      GRANT pg_signal_backend, pg_read_server_files TO ${role('signaller')};
      ALTER ROLE ${role('keeper')} CREATEROLE BYPASSRLS;
      GRANT USAGE ON SCHEMA closed TO ${role('caller')}`);
  });
  afterAll(async () => {
    await database.sql(`DROP OWNED BY ${roles.map(role).join(', ')}`);
    await database.sql(`DROP ROLE ${roles.map(role).join(', ')}`);
  });

  it.each([
    ['writer', 'This user may change 3 tables, for example crm.members.'],
    ['column', 'This user may change the table crm.members.'],
    ['owner', 'This user may change the table crm.owned.'],
    ['maker', 'This user may create tables and functions in crm.'],
    ['founder', 'This user may create schemas in this database.'],
    ['signaller', 'This user is a member of pg_read_server_files, pg_signal_backend.'],
    ['keeper', 'This user has the attributes CREATEROLE, BYPASSRLS.'],
    ['caller', 'This user may call dblink, which opens connections outside the READ ONLY transaction.'],
  ])('are reported if they allow more than reading: %s', async (name, sentence) => {
    // Writing is reported even for a table that is not read.
    await database.sql(`GRANT INSERT ON crm.owned TO ${role('writer')}`);
    const { rights } = await testConnection({ url: database.urlAs(role(name)) });
    expect(rights?.more).toBe(true);
    expect(inEnglish(rights!.text)).toBe(
      `${sentence} A user with read-only rights is safer. The documentation has the SQL for it.`,
    );
  });

  it('are reported if they allow everything', async () => {
    const { rights } = await testConnection({ url: database.url });
    expect(rights?.more).toBe(true);
    expect(inEnglish(rights!.text)).toMatch(/^This user is a superuser\. .* A user with read-only rights is safer/);
  });

  it('are reported as read-only if they allow no more', async () => {
    const { rights } = await testConnection({ url: database.urlAs(role('reader')) });
    expect({ ...rights, text: inEnglish(rights!.text) }).toEqual({
      more: false,
      text: 'This user has read-only rights.',
    });
  });
});
