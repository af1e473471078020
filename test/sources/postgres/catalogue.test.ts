import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { listTables } from '../../../src/sources/postgres/provider.ts';
import { audienceNamed, readTableName, writeTableName } from '../../../src/sources/postgres/sql-text.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { usePostgres } from '../support/postgres.ts';
import { readValues } from '../support/values.ts';

describe('the text of a source', () => {
  it.each([
    'SELECT email FROM members',
    'select\temail from members',
    'SELECT*FROM crm.members',
    'select"email"from members',
    "select'a@example.com' as email",
    'select/* all */email from members',
    '  -- those who agreed\nselect email from crm.members',
    '/* two\nlines */ /**/ WITH a AS (SELECT 1) SELECT * FROM a',
    '(select email from a) union (select email from b)',
    '/* one /* in another */ still */ select email from a',
    '/*/ */ select email from a',
    '-- /*\nselect email from a',
  ])('is a query: %s', (query) => {
    expect(audienceNamed(query)).toEqual({ query });
  });

  it.each([
    ['select', { schema: 'public', table: 'select' }],
    ['with.members', { schema: 'with', table: 'members' }],
    ['selected members', { schema: 'public', table: 'selected members' }],
    ['crm.select all', { schema: 'crm', table: 'select all' }],
    ['"select all"', { schema: 'public', table: 'select all' }],
    ['"with x".members', { schema: 'with x', table: 'members' }],
  ])('is a table: %s', (name, table) => {
    expect(audienceNamed(name)).toEqual(table);
    expect(audienceNamed(writeTableName(table))).toEqual(table);
  });
});

describe('a long text', () => {
  it.each([
    ['/**/'.repeat(40), 'x'],
    ['/**/'.repeat(100_000), 'x'],
    ['/*'.repeat(100_000), 'x'],
    ['--\n'.repeat(100_000), 'x'],
    ['--'.repeat(100_000), 'x'],
    [' ('.repeat(100_000), 'x'],
    [' '.repeat(200_000), 'x'],
    ['select'.repeat(50_000), 'x'],
    ['"'.repeat(200_000), 'x'],
    ['"a"'.repeat(100_000), 'x'],
    ['a.'.repeat(100_000), 'x'],
  ])('is recognised at once (%#)', { timeout: 10_000 }, (beginning, end) => {
    for (const text of [`${beginning}${end}`, `${beginning}select ${end}`]) {
      try {
        audienceNamed(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_argument' });
      }
    }
  });
});

describe('the name of a table', () => {
  it.each([
    ['members', { schema: 'public', table: 'members' }],
    ['crm.members', { schema: 'crm', table: 'members' }],
    ['Crm.Members 2026', { schema: 'Crm', table: 'Members 2026' }],
    ['"c.r""m"."a.b"', { schema: 'c.r"m', table: 'a.b' }],
    ['会員.リスト', { schema: '会員', table: 'リスト' }],
  ])('is read: %s', (text, name) => {
    expect(readTableName(text)).toEqual(name);
  });

  it.each(['', '.', 'a.b.c', 'a.', '.b', '"a', 'a"b', '""."b"', '"a"b'])('is refused: %s', (text) => {
    expect(() => readTableName(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('is quoted again as it was written', () => {
    const part = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(part, part, (schema, table) => {
        expect(readTableName(writeTableName({ schema, table }))).toEqual({ schema, table });
      }),
    );
  });
});

describe('the tables of a database', needsPostgres, () => {
  const database = usePostgres();
  const user = `${database.name}_reader`;
  const connection = { url: database.urlAs(user) };

  beforeAll(async () => {
    await database.sql(`
      CREATE ROLE ${user} LOGIN;
      CREATE SCHEMA crm;
      CREATE SCHEMA closed;
      CREATE TABLE closed.secrets (email text);
      CREATE TABLE crm."Members; DROP ""x""" ("e-mail ""work""" text);
      INSERT INTO crm."Members; DROP ""x""" VALUES ('a@example.com');
      CREATE TABLE crm.counted AS SELECT 'a@example.com' AS email FROM generate_series(1, 1000);
      ANALYZE crm.counted;
      COMMENT ON TABLE crm.counted IS 'Everybody';
      CREATE VIEW crm.seen AS SELECT email FROM crm.counted LIMIT 2;
      CREATE MATERIALIZED VIEW crm.kept AS SELECT email FROM crm.counted LIMIT 3;
      CREATE TABLE crm.parted (email text) PARTITION BY HASH (email);
      CREATE TABLE crm.parted_0 PARTITION OF crm.parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
      CREATE SEQUENCE crm.numbers;
      CREATE TYPE crm.pair AS (a text, b text);
      GRANT USAGE ON SCHEMA crm TO ${user};
      GRANT SELECT ON ALL TABLES IN SCHEMA crm TO ${user};
      CREATE TABLE crm.mixed (email text, salary int);
      GRANT SELECT (email) ON crm.mixed TO ${user};
      CREATE TABLE crm.private (email text);
      GRANT SELECT ON closed.secrets TO ${user}`);
  });
  afterAll(() => database.sql(`DROP OWNED BY ${user}; DROP ROLE ${user}`));

  const idsOf = async (request: { limit: number; after?: string; search?: string }) => {
    const { items, next } = await listTables({ connection, ...request });
    return { ids: items.map(({ id }) => id), next };
  };

  it('are those that the user may read', async () => {
    const { items, next } = await listTables({ connection, limit: 50 });
    expect(next).toBeNull();
    expect(items.map(({ id, size }) => [id, size])).toEqual([
      ['crm."Members; DROP ""x"""', null],
      ['crm.counted', 1000],
      ['crm.kept', null],
      ['crm.mixed', null],
      ['crm.parted', null],
      ['crm.seen', null],
    ]);
    expect(items[1]).toMatchObject({ schema: 'crm', table: 'counted', description: 'Everybody' });
  });

  it('come in pages', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await idsOf({ limit: 2, after });
      expect(page.ids.length).toBeLessThanOrEqual(2);
      seen.push(...page.ids);
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual((await idsOf({ limit: 50 })).ids);
  });

  it('can be searched by a part of their name', async () => {
    expect(await idsOf({ limit: 50, search: 'CRM.SE' })).toEqual({ ids: ['crm.seen'], next: null });
    expect((await idsOf({ limit: 50, search: 'members; drop "X"' })).ids).toHaveLength(1);
    expect((await idsOf({ limit: 50, search: '%' })).ids).toEqual([]);
  });

  it.each([
    ['crm.counted', 'email', 1000],
    ['crm.seen', 'email', 2],
    ['crm.kept', 'email', 3],
    ['crm.parted', 'email', 0],
    ['crm."Members; DROP ""x"""', 'e-mail "work"', 1],
  ])('can be read: %s', async (id, field, count) => {
    const source = await openPostgres({ connection, audience: readTableName(id) });
    expect(source.label).toBe(id);
    expect(await readValues(source, field)).toHaveLength(count);
  });

  it('have only the fields that the user may read', async () => {
    const source = await openPostgres({ connection, audience: { schema: 'crm', table: 'mixed' } });
    expect((await source.fields()).map(({ name }) => name)).toEqual(['email']);
    expect(await readValues(source, 'email')).toEqual([]);
  });

  it.each([
    ['crm.count', 'Did you mean crm.counted?'],
    ['crm.private', 'GRANT SELECT on the table', 'source_unauthorized'],
    ['crm.numbers', 'There is no table or view'],
    ['crm.pair', 'There is no table or view'],
  ])('that do not exist, or may not be read, give an error: %s', async (id, message, code = 'source_not_found') => {
    await expect(openPostgres({ connection, audience: readTableName(id) })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('are all with members, for a user who may read everything', async () => {
    for (const table of ['numbers', 'pair']) {
      const audience = { schema: 'crm', table };
      const opening = openPostgres({ connection: { url: database.url }, audience });
      await expect(opening).rejects.toMatchObject({ code: 'source_not_found' });
    }
  });

  it('in a closed schema cannot be read', async () => {
    const opening = openPostgres({ connection, audience: { query: 'SELECT email FROM closed.secrets' } });
    await expect(opening).rejects.toMatchObject({ code: 'source_unauthorized', reason: '42501' });
  });
});
