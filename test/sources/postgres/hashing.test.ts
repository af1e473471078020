import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import type { HashedField } from '../../../src/sources/source.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { expectedHashes, hashRules, hostileValues, nothing, readHashes } from '../support/hashing.ts';
import { type TestPostgres, usePostgres } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import { readBlocks, readFields, readMembers } from '../support/values.ts';

const COUNT = 1_200;
const email: HashedField = { field: 'email', identifierType: 'email' };
const phones: HashedField = { field: 'phones', identifierType: 'phone' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function hashesIn(database: TestPostgres, fields: readonly HashedField[], query?: string) {
  const audience = query === undefined ? { schema: 'public', table: 'members' } : { query };
  const source = await openPostgres({ connection: { url: database.url }, audience });
  return readHashes(await source.scanHashes!(fields));
}

describe('hashing in PostgreSQL', needsPostgres, () => {
  const database = usePostgres();

  it.each(hashRules)('agrees with the rules for $identifierType $defaultCountry', async (rules) => {
    const values = hostileValues(rules, COUNT);
    await database.sql('DROP TABLE IF EXISTS members; CREATE TABLE members (value text)');
    await database.sql('INSERT INTO members SELECT unnest($1::text[])', [values]);
    expect(await hashesIn(database, [{ field: 'value', ...rules }])).toEqual([expectedHashes(values, rules)]);
  });

  it('counts the values of lists beside other fields', async () => {
    const members = `SELECT * FROM (VALUES
        ('Taro@example.com', '{+81901234567,x,+81901234567}'::text[]), ('taro@example.com', '{}'),
        (NULL, NULL), ('mailto:hanako@example.com', '{NULL,+66 2 123 4567}'), ('ｔ@example.com', '{+0}')
      ) AS m (email, phones) -- to the end`;
    const [emails, numbers] = await hashesIn(database, [email, phones], members);
    expect(emails).toEqual({
      hashes: [sha256('taro@example.com'), sha256('taro@example.com'), sha256('hanako@example.com')].sort(),
      judged: { ...nothing, missing: 1, invalid: { not_hashed_in_database: 1 }, hashed: 3 },
    });
    expect(numbers).toEqual({
      hashes: [sha256('81901234567'), sha256('81901234567'), sha256('6621234567')].sort(),
      judged: { ...nothing, missing: 3, invalid: { not_a_phone: 2 }, hashed: 3, further: 3 },
    });
  });

  // Each read of the members would find other ones.
  const some = `SELECT 'm' || n || '@x.y' AS email, '+8190123' || n AS phone, ARRAY['+8190123' || n, '+8190124' || n] AS phones
    FROM generate_series(1000, 9999) AS n WHERE random() < 0.5`;

  it.each([
    ['a list', phones],
    ['a field without a list', { ...phones, field: 'phone' }],
    ['the same field', email],
  ])('reads the members once for a field and %s', async (_, other) => {
    const [first, second] = await hashesIn(database, [email, other], some);
    expect(second!.judged.hashed - second!.judged.further).toBe(first!.judged.hashed);
  });

  it('asks the condition of a query once for each member of a list', async () => {
    const [numbers] = await hashesIn(database, [phones], some);
    expect(numbers!.judged.hashed).toBe(2 * numbers!.judged.further);
  });

  it('takes numbers, and hashes that are in the table already', async () => {
    const known = sha256('taro@example.com').toUpperCase();
    const query = `SELECT * FROM (VALUES (819012345678::numeric(20, 2), '${known}'), (819012345679.00, '')) AS m (phones, email)`;
    expect(await hashesIn(database, [phones, email], query)).toEqual([
      { hashes: [sha256('819012345678'), sha256('819012345679')].sort(), judged: { ...nothing, hashed: 2 } },
      { hashes: [known], judged: { ...nothing, missing: 1 } },
    ]);
  });

  it('finds nobody in a table without rows', async () => {
    const empty = { hashes: [], judged: nothing };
    expect(await hashesIn(database, [email], "SELECT 'x' AS email WHERE false")).toEqual([empty]);
  });

  it('lets no identifier leave the database', async () => {
    await database.sql(`DROP TABLE IF EXISTS members; CREATE TABLE members AS
      SELECT 'Secret' || n || '@example.com' AS email, 'broken-secret' || n AS phones FROM generate_series(1, 1000) AS n`);
    const seen: Buffer[] = [];
    const proxy = await startPostgresProxy(database.url, { witness: (bytes) => seen.push(bytes) });
    const source = await openPostgres({
      connection: { url: proxy.url('localhost', 'sslmode=disable') },
      audience: { schema: 'public', table: 'members' },
    });
    const [emails] = await readHashes(await source.scanHashes!([email, phones]));
    expect(emails!.hashes).toContain(sha256('secret7@example.com'));
    const sent = Buffer.concat(seen).toString('latin1');
    expect(sent).toContain(sha256('secret7@example.com'));
    expect(sent).not.toMatch(/secret/i);
    await readBlocks(await source.scan(['email']));
    expect(Buffer.concat(seen).toString('latin1')).toMatch(/Secret7@/);
  });

  it('calls no function of the search path that fits better than that of the system', async () => {
    const path = `${database.name}_path`;
    await database.sql(`CREATE SCHEMA ${path};
      CREATE FUNCTION ${path}.convert_to(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT 'other'::bytea $$;
      CREATE FUNCTION ${path}.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'other@example.com' $$;
      CREATE FUNCTION ${path}.to_json(text[]) RETURNS json LANGUAGE sql AS $$ SELECT '["other"]'::json $$`);
    const url = new URL(database.url);
    url.searchParams.set('options', `-c search_path=${path}`);
    const source = await openPostgres({
      connection: { url: url.href },
      audience: { query: "SELECT 'taro@example.com' AS email, '{+81901234567}'::text[] AS phones" },
    });
    const [emails, numbers] = await readHashes(await source.scanHashes!([email, phones]));
    expect(emails!.hashes).toEqual([sha256('taro@example.com')]);
    expect(numbers!.hashes).toEqual([sha256('81901234567')]);
    expect(await readMembers(await source.scan(['phones']))).toEqual([['+81901234567']]);
    expect(await readFields(await source.scan(['email', 'phones']))).toEqual([
      [['taro@example.com']],
      [['+81901234567']],
    ]);
    expect(await source.preview('email', 1)).toEqual([{ row: 1, values: ['t***@e***.com'] }]);
    expect(await source.preview('phones', 1)).toEqual([{ row: 1, values: ['********67'] }]);
  });

  it('says what a server of another kind lacks', async () => {
    await database.sql(`CREATE FUNCTION other(text) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN RETURN no_such_function($1); END $$`);
    const source = await openPostgres({
      connection: { url: database.url },
      audience: { query: "SELECT other('x') AS email" },
    });
    await expect(readHashes(await source.scanHashes!([email]))).rejects.toMatchObject({
      code: 'source_unsupported',
      message: expect.stringContaining('PostgreSQL 11'),
    });
  });

  it('refuses a field that there is not, before it reads anything', async () => {
    const source = await openPostgres({
      connection: { url: database.url },
      audience: { query: "SELECT 'x' AS mail" },
    });
    await expect(source.scanHashes!([email])).rejects.toMatchObject({ code: 'field_not_found' });
  });
});

describe.each([
  ['LATIN1', 'é'],
  ['SQL_ASCII', 'é'],
  ['EUC_JP', '表'],
])('hashing in a database of the encoding %s', (encoding, letter) => {
  const database = usePostgres(`ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);

  it('judges only values of ASCII characters', needsPostgres, async () => {
    const query = `SELECT unnest('{taro@example.com,${letter}@example.com,A~b@x.y}'::text[]) AS email`;
    expect(await hashesIn(database, [email], query)).toEqual([
      {
        hashes: [sha256('taro@example.com'), sha256('a~b@x.y')].sort(),
        judged: { ...nothing, invalid: { not_hashed_in_database: 1 }, hashed: 2 },
      },
    ]);
  });
});
