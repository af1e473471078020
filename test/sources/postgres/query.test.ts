import { beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { hasPostgres, usePostgres } from '../support/postgres.ts';
import { readValues, scanFailure } from '../support/values.ts';

describe.runIf(hasPostgres)('a query', () => {
  const database = usePostgres();
  const connection = { url: database.url };
  const open = (query: string) => openPostgres({ connection, audience: { query } });

  beforeAll(async () => {
    await database.sql(`
      CREATE TABLE members (id int PRIMARY KEY, email text);
      INSERT INTO members VALUES (1, 'a@example.com'), (2, 'b@example.com');
      CREATE FUNCTION forget() RETURNS text LANGUAGE sql AS 'DELETE FROM members RETURNING email'`);
  });

  it.each([
    'SELECT email FROM members ORDER BY id',
    'select email from members order by id ;\n; ',
    '-- VIP\nSELECT email FROM members ORDER BY id -- all of them',
    'WITH chosen AS (SELECT * FROM members) SELECT email FROM chosen ORDER BY id',
    '(SELECT email FROM members ORDER BY id)',
    "SELECT email FROM (VALUES ('a@example.com'), ('b@example.com')) AS given (email)",
    'SELECT email FROM members WHERE id = 1 UNION ALL SELECT email FROM members WHERE id = 2',
    "SELECT ';' || email || ');' AS email FROM members LIMIT 0",
  ])('is one SELECT: %s', async (query) => {
    const source = await open(query);
    expect(source.label).toBe('the query');
    expect(await source.fields()).toEqual([{ name: 'email', type: 'text', list: false }]);
    const expected = query.includes('LIMIT 0') ? [] : ['a@example.com', 'b@example.com'];
    expect(await readValues(source, 'email')).toEqual(expected);
  });

  it.each([
    ['', 'it is empty'],
    [' ; ', 'it is empty'],
    ['SELECT 1; SELECT 2', 'syntax error'],
    ['DELETE FROM members', 'syntax error'],
    ['DELETE FROM members RETURNING email', 'syntax error'],
    ['WITH gone AS (DELETE FROM members RETURNING email) SELECT email FROM gone', 'data-modifying'],
    ['DROP TABLE members', 'syntax error'],
    ['ANALYZE DELETE FROM members', 'syntax error'],
    ['COPY members TO STDOUT', 'syntax error'],
    ['SELECT 1) AS audience; DROP TABLE members; SELECT * FROM (SELECT 1', 'syntax error|multiple commands'],
    ['SELECT 1 AS email) AS audience, (SELECT 2 AS number', 'more than once'],
    ['SELECT 1 AS email) AS other, (SELECT 2 AS number', 'syntax error'],
    ['SELECT 1) AS audience --', 'syntax error'],
    ['SELECT email INTO other FROM members', 'INTO'],
    ['SELECT email FROM members /*', 'unterminated'],
    ["SELECT 'open FROM members", 'unterminated'],
    ['SELECT 1\0', 'NUL'],
    ['SELECT nothing FROM members', 'line 1: column "nothing" does not exist'],
    ['SELECT email\nFROM members\nWHERE "ünïcödé" = 1', 'line 3: column "ünïcödé"'],
    ['SELECT email FROM nowhere', 'relation "nowhere" does not exist'],
    ['SELECT email FROM members WHERE id = "c@example.com"', '"c\\*\\*\\*@e\\*\\*\\*\\.com" does not exist'],
  ])('of another kind is refused: %s', async (query, message) => {
    await expect(open(query)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        new RegExp(`^This query cannot be used: .*(${message}).*one SELECT`, 's'),
      ),
    });
    expect((await database.sql('SELECT * FROM members')).rowCount).toBe(2);
  });

  it('changes nothing, whatever it calls', async () => {
    for (const call of ['forget()', "set_config('transaction_read_only', 'off', true) || forget()"]) {
      const failure = await scanFailure(open(`SELECT ${call} AS email`), 'email');
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(invalid_argument|source_failed)$/) });
    }
    expect((await database.sql('SELECT * FROM members')).rowCount).toBe(2);
  });

  it('gives the fields that it names, and says when two have one name', async () => {
    const source = await open('SELECT email, id AS "the ""id""", id AS email, 1, NULL AS none FROM members');
    expect((await source.fields()).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'email text',
      'the "id" integer',
      'email integer',
      '?column? integer',
      'none text',
    ]);
    expect(await readValues(source, 'the "id"')).toEqual(['1', '2']);
    expect(await readValues(source, '?column?')).toEqual(['1', '1']);
    expect(await readValues(source, 'none')).toEqual(['', '']);
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({
      code: 'field_not_found',
      message: expect.stringContaining('two of its fields have this name'),
    });
  });

  it('is shown by the name that it was given', async () => {
    const source = await openPostgres({ connection, audience: { query: 'SELECT 1 AS id' }, label: 'VIP' });
    expect(source.label).toBe('VIP');
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({
      message: expect.stringMatching(/^VIP has no field "email"/),
    });
  });
});
