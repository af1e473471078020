import { beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { everythingIn } from '../support/failures.ts';
import { usePostgres } from '../support/postgres.ts';
import { readValues, scanFailure } from '../support/values.ts';

describe('a query', needsPostgres, () => {
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
  ])('may be one SELECT: %s', async (query) => {
    const source = await open(query);
    expect(source.label).toBe('the query');
    expect(await source.fields()).toEqual([{ name: 'email', type: 'text', list: false }]);
    const expected = query.includes('LIMIT 0') ? [] : ['a@example.com', 'b@example.com'];
    expect(await readValues(source, 'email')).toEqual(expected);
  });

  it.each([
    ['', 'it is empty'],
    [' ; ', 'it is empty'],
    ['SELECT 1; SELECT 2', 'line 1, column 9: this is a syntax error'],
    ['DELETE FROM members', 'line 1, column 8, at "FROM": this is a syntax error'],
    ['DELETE FROM members RETURNING email', 'syntax error'],
    ['WITH gone AS (DELETE FROM members RETURNING email) SELECT email FROM gone', 'column 6, at "gone".*only reads'],
    ['DROP TABLE members', 'syntax error'],
    ['ANALYZE DELETE FROM members', 'syntax error'],
    ['EXPLAIN ANALYZE SELECT 1', 'syntax error'],
    ['COPY members TO STDOUT', 'syntax error'],
    ['SELECT 1) AS audience; DROP TABLE members; SELECT * FROM (SELECT 1', 'syntax error'],
    ['SELECT 1 AS email) AS audience, (SELECT 2 AS number', 'two tables have this name'],
    ['SELECT 1 AS email) AS other, (SELECT 2 AS number', 'syntax error'],
    ['SELECT 1) AS audience --', 'syntax error'],
    ['members AS a JOIN members AS b ON true', 'syntax error'],
    ['SELECT email INTO other FROM members', 'column 19, at "other": this is a syntax error'],
    ['SELECT email FROM members /*', 'syntax error'],
    ["SELECT 'open FROM members", 'syntax error'],
    ['SELECT 1\0', 'NUL'],
    [`SELECT 1 -- ${'x'.repeat(100_000)}`, 'longer than 100,000 characters'],
    ['SELECT email FROM members WHERE id = $1', 'parameter'],
    ['SELECT nothing FROM members', 'line 1, column 8, at "nothing": there is no such column', 'field_not_found'],
    ['SELECT m.nothing FROM members AS m', 'column 8, at "m.nothing": there is no such column', 'field_not_found'],
    [
      'SELECT email\nFROM members\nWHERE "ünïcödé" = 1',
      'line 3, column 7, at "ünïcödé": there is no such column',
      'field_not_found',
    ],
    ["SELECT '😀',\n '😀', nothing FROM members", 'line 2, column 7, at "nothing"', 'field_not_found'],
    ['SELECT email FROM nowhere', 'at "nowhere": there is no such table or view', 'source_not_found'],
    ['SELECT email FROM nowhere.members', 'there is no such table or view', 'source_not_found'],
    ['SELECT email FROM members, members AS other', 'at "email": two columns have this name'],
    ['SELECT nothing(email) FROM members', 'at "nothing": there is no such function or operator'],
    ['SELECT email + 1 FROM members', 'line 1, column 14: there is no such function or operator'],
    ['SELECT email::nothing FROM members', 'at "nothing": there is no such type'],
    ['SELECT email, count(*) FROM members', 'at "email": a column must be in GROUP BY'],
    ["SELECT 'c@example.com'::int FROM members", 'line 1, column 8: a value in quotes does not match its type'],
    [
      'SELECT email FROM members WHERE id = "c@example.com"',
      'at "c\\*\\*\\*@e\\*\\*\\*\\.com": there is no such column',
      'field_not_found',
    ],
  ])('is refused if it is not valid: %s', async (query, message, code = 'invalid_argument') => {
    await expect(open(query)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^This query is not valid: .*(${message}).*one SELECT`, 's')),
    });
    expect((await database.sql('SELECT * FROM members')).rowCount).toBe(2);
  });

  it('is described without being planned or run', async () => {
    await database.sql(`
      CREATE SEQUENCE calls;
      CREATE FUNCTION tell() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RAISE EXCEPTION '%', (SELECT string_agg(email, ' ') FROM members); END $$`);
    // A planner would run each of these functions while it looks for constants.
    const everything = `replace(table_to_xml('members'::regclass, true, false, '')::text, '"', '')`;
    for (const condition of [
      'id = tell()',
      `email < current_setting('x.' || ${everything})`,
      `id = (${everything})::int`,
    ]) {
      const source = await open(`SELECT email FROM members WHERE ${condition}`);
      expect(await source.fields()).toEqual([{ name: 'email', type: 'text', list: false }]);
      const failures = [source.preview('email', 1), scanFailure(Promise.resolve(source), 'email')];
      for (const failure of await Promise.allSettled(failures)) {
        expect(everythingIn(failure)).not.toMatch(/[ab]@example/);
      }
    }
  });

  it('may hold a constant that a planner would make very long', async () => {
    await open("SELECT email FROM members WHERE email < repeat('a', 600000000)");
    const source = await open("SELECT email FROM members WHERE email < 'b' || repeat('a', 3000000) ORDER BY id");
    expect(await readValues(source, 'email')).toEqual(['a@example.com', 'b@example.com']);
  });

  it('is refused with a message that holds no value of it', async () => {
    for (const query of [
      "SELECT 'c@example.com'::int",
      "SELECT 'c@example.com'::regclass",
      "SELECT 'c@example.com'::json",
      "SELECT 1 WHERE 'c@example.com'",
      "SELECT 'c@example.com'('c@example.com')",
    ]) {
      const failure = await open(query).catch((error: unknown) => error);
      const code = query.includes('regclass') ? 'source_not_found' : 'invalid_argument';
      expect(failure).toMatchObject({ code });
      expect(everythingIn(failure)).not.toContain('c@example');
    }
  });

  it('changes nothing, whatever functions it calls', async () => {
    for (const call of ['forget()', "set_config('transaction_read_only', 'off', true) || forget()"]) {
      const failure = await scanFailure(open(`SELECT ${call} AS email`), 'email');
      expect(failure).toMatchObject({ code: expect.stringMatching(/^(invalid_argument|source_failed)$/) });
    }
    expect((await database.sql('SELECT * FROM members')).rowCount).toBe(2);
  });

  it('gives the fields that it names, and reports a name that is used twice', async () => {
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
});
