/**
 * A schema of somebody else stands in the `search_path`, before the system's own. Its functions, operators, tables and
 * types have the names that Lineup's statements use. Each of them fails when it is used.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { postgresProvider } from '../../../src/sources/postgres/provider.ts';
import type { HashedField } from '../../../src/sources/source.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { expectedHashes, hashRules, hostileValues, readHashes } from '../support/hashing.ts';
import { usePostgres } from '../support/postgres.ts';
import { readFields, readMembers } from '../support/values.ts';

/**
 * Every function, operator and relation of the system with a usual name, and some that fit the arguments of Lineup
 * better.
 */
const HOSTILE = `
  CREATE SCHEMA hostile;
  CREATE FUNCTION hostile.fail() RETURNS pg_catalog.bool LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a hostile function was called'; END $$;
  DO $$
    DECLARE one record; body text := 'BEGIN RAISE EXCEPTION ''a hostile function was called''; END';
    BEGIN
      FOR one IN SELECT proname, pg_get_function_result(oid) AS result, oidvectortypes(proargtypes) AS given
        FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a')
          AND prorettype <> 'internal'::regtype AND NOT 'internal'::regtype = ANY (proargtypes) AND provariadic = 0
          AND proname !~ '(in|out|recv|send)$|^(RI_|pg_stat|has_.*cast)' AND NOT proretset
          AND NOT EXISTS (SELECT FROM unnest(proargtypes) AS type JOIN pg_type ON oid = type WHERE typtype = 'p')
          AND prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
      LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', one.proname, one.given, one.result, body);
      END LOOP;
      FOR one IN SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, oprresult::regtype AS result
        FROM pg_operator WHERE oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_type WHERE oid IN (oprleft, oprright, oprresult) AND typtype = 'p')
        UNION ALL SELECT unnest(ARRAY['~~', '!~~']), 'name', 'name', 'bool'
        UNION ALL SELECT '||', 'name', 'name', 'text'
      LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION hostile.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L',
          'for_' || one.result, one.l, one.r, one.result, body);
        BEGIN
          EXECUTE format('CREATE OPERATOR hostile.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = hostile.%I)', one.oprname, one.l, one.r,
            'for_' || one.result);
        EXCEPTION WHEN others THEN NULL;
        END;
      END LOOP;
      FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
      LOOP
        EXECUTE format('CREATE TABLE hostile.%I ()', one.relname);
      END LOOP;
    END $$;
  CREATE FUNCTION hostile.convert_to(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT 'other'::bytea $$;
  CREATE FUNCTION hostile.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'other@example.com' $$;
  CREATE FUNCTION hostile.to_json(text[]) RETURNS json LANGUAGE sql AS $$ SELECT '["other"]'::json $$;
  CREATE TYPE hostile.text AS ENUM ('other');
  CREATE COLLATION hostile."C" FROM "POSIX";
`;

const email: HashedField = { field: 'email', identifierType: 'email' };
const phones: HashedField = { field: 'phones', identifierType: 'phone', defaultCountry: 'JP' };
const COUNT = 100;

describe('a hostile schema in the search path', needsPostgres, () => {
  const database = usePostgres();
  const hashed = hashRules.map((rules, index) => ({ ...rules, field: `value_${index}` }));
  const values = hashed.map((rules) => hostileValues(rules, COUNT));

  beforeAll(async () => {
    await database.sql(`CREATE SCHEMA crm; CREATE TABLE crm.members AS
      SELECT 'Taro' || n || '@example.com' AS email, ARRAY['0901234567' || n, E'a\n"b'] AS phones, n::numeric(9, 1) AS amount
      FROM generate_series(1, 3) AS n`);
    const columns = hashed.map(({ field }) => `${field} text`);
    await database.sql(`CREATE TABLE crm.hostile_values (${columns.join(', ')})`);
    const lists = values.map((_, index) => `$${index + 1}::text[]`);
    await database.sql(`INSERT INTO crm.hostile_values SELECT * FROM unnest(${lists.join(', ')})`, [...values]);
    await database.sql(HOSTILE);
  });

  const urlWith = (path: string): string => {
    const url = new URL(database.url);
    url.searchParams.set('options', `-c search_path=${path.replaceAll(' ', '')}`);
    return url.href;
  };

  describe.each(['hostile, pg_catalog, crm', 'hostile, crm'])('%s', (path) => {
    const connection = { url: urlWith(path) };

    it('cannot change what hashing, a scan or a preview gives', async () => {
      // The query of a person finds its own table by the path.
      const audiences = [{ schema: 'crm', table: 'members' }, { query: 'SELECT email, phones, amount FROM members' }];
      for (const audience of audiences) {
        const source = await openPostgres({ connection, audience });
        expect((await source.fields()).map(({ type }) => type)).toEqual(['text', 'text[]', 'numeric(9,1)']);
        const [emails, numbers] = await readHashes(await source.scanHashes!([email, phones]));
        expect(emails).toEqual(expectedHashes(['Taro1@example.com', 'taro2@example.com', 'taro3@example.com'], email));
        expect(numbers!.judged).toMatchObject({ hashed: 3, invalid: { not_a_phone: 3 }, further: 3 });
        expect(await readMembers(await source.scan(['phones']))).toHaveLength(3);
        const [first, second, third] = await readFields(await source.scan(['email', 'phones', 'amount']));
        expect(first![0]).toEqual(['Taro1@example.com']);
        expect(second![0]).toEqual(['09012345671', 'a\n"b']);
        expect(third).toEqual([['1'], ['2'], ['3']]);
        expect(await source.preview('email', 1)).toEqual([{ row: 1, values: ['T***@e***.com'] }]);
        expect((await source.preview('phones', 3))[2]).toMatchObject({
          row: 3,
          values: [expect.stringMatching(/73$/), expect.any(String)],
        });
      }
    });

    it('cannot change a rule', async () => {
      const source = await openPostgres({ connection, audience: { query: 'SELECT * FROM hostile_values' } });
      expect(await readHashes(await source.scanHashes!(hashed))).toEqual(
        hashed.map((rules, index) => expectedHashes(values[index]!, rules)),
      );
    });

    it('cannot change the list of tables, the check of the rights, or the suggestion for a wrong name', async () => {
      const provider = postgresProvider({});
      const credentials = new Secret({ connection_url: connection.url });
      const { signal } = new AbortController();
      const page = await provider.audiences(credentials, { limit: 10, search: 'CRM.mem' }, signal);
      expect(page.items.map(({ id }) => id)).toEqual(['crm.members']);
      const { rights } = await provider.verify(credentials, signal);
      expect(rights!.more).toBe(true);
      const missing = openPostgres({ connection, audience: { schema: 'crm', table: 'member' } });
      await expect(missing).rejects.toMatchObject({ message: expect.stringContaining('crm.members') });
    });
  });
});
