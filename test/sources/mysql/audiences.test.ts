/** What can be read: the catalogue, types, queries, and the rights of a user. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { listTables, mysqlProvider, testConnection } from '../../../src/sources/mysql/provider.ts';
import { excessOf } from '../../../src/sources/mysql/rights.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { useMariadb } from '../support/mariadb.ts';
import { readValues } from '../support/values.ts';

describe('the audiences of MariaDB', needsMariadb, () => {
  const database = useMariadb();
  const connection = database.connection();
  const [reader, writer, role] = ['reader', 'writer', 'role'].map((name) => `${database.name}_${name}`) as [
    string,
    string,
    string,
  ];
  const idOf = (table: string) => `${database.name}.${table}`;

  beforeAll(async () => {
    await database.sql(`
      CREATE TABLE members (id int, email varchar(100), secret varchar(10)) COMMENT 'All "members"';
      INSERT INTO members SELECT seq, CONCAT('member', seq, '@example.com'), 'x' FROM seq_1_to_20;
      CREATE VIEW recent AS SELECT email FROM members WHERE id > 10;
      CREATE TABLE \`Members of 2026\` (email text);
      CREATE TABLE types (
        \`decimal\` decimal(20,2), whole decimal(20,0), \`double\` double, \`float\` double(20,3), big bigint unsigned, day date,
        seen datetime, choice enum('a','b'), choices set('x','y'), uid uuid, ip inet6, sjis text CHARACTER SET sjis,
        latin varchar(20) CHARACTER SET latin1, old varchar(20) CHARACTER SET utf8mb3, doc json, bytes varbinary(9), bits bit(3));
      INSERT INTO types VALUES (819012345678.00, 819012345678, 819012345678, 819012345678.000, 18446744073709551615, '2026-01-02',
        '2026-01-02 03:04:05', 'b', 'x,y', '123e4567-e89b-12d3-a456-426655440000', '::1', '山田', 'é', 'é', '{}', 'x', 1);
      INSERT INTO types (\`decimal\`, choices) VALUES (-0.50, '');
      CREATE USER ${reader}@localhost, ${writer}@localhost;
      CREATE ROLE ${role};
      GRANT SELECT (id, email) ON members TO ${reader}@localhost;
      GRANT SELECT ON recent TO ${reader}@localhost;
      GRANT SELECT, INSERT, UPDATE (email) ON members TO ${writer}@localhost;
      GRANT DELETE ON members TO ${role};
      GRANT ${role} TO ${writer}@localhost;
      SET DEFAULT ROLE ${role} FOR ${writer}@localhost;
      GRANT FILE, PROCESS ON *.* TO ${writer}@localhost`);
  });
  afterAll(() => database.sql(`DROP USER ${reader}@localhost, ${writer}@localhost; DROP ROLE ${role}`));

  it('are its tables and views, in pages', async () => {
    const own = { connection, search: `${database.name}.` };
    const { items, next } = await listTables({ ...own, limit: 10 });
    expect(next).toBeNull();
    expect(items.map(({ id, description }) => [id, description])).toEqual([
      [`${database.name}.\`Members of 2026\``, ''],
      [idOf('members'), 'All "members"'],
      [idOf('recent'), ''],
      [idOf('types'), ''],
    ]);
    expect(items.map(({ size }) => typeof size)).toEqual(['number', 'number', 'object', 'number']);
    const paged: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await listTables({ ...own, limit: 1, after });
      paged.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(paged).toEqual(items.map(({ id }) => id));
    const found = await listTables({
      connection,
      limit: 10,
      search: `${database.name.toUpperCase()}.MEMBERS`,
    });
    expect(found.items.map(({ id }) => id)).toEqual([items[0]!.id, idOf('members')]);
    expect((await listTables({ connection, limit: 10, search: "' OR 1=1 -- `%" })).items).toEqual([]);
  });

  it('are only those that the user may read', async () => {
    const { items } = await listTables({ connection: database.connection(reader), limit: 10 });
    expect(items.map(({ id }) => id)).toEqual([idOf('members'), idOf('recent')]);
    const audience = { database: undefined, table: 'members' };
    const source = await openMysql({ connection: database.connection(reader), audience });
    expect((await source.fields()).map(({ name }) => name)).toEqual(['id', 'email']);
    expect(await readValues(source, 'email')).toHaveLength(20);
    await expect(
      openMysql({
        connection: database.connection(reader),
        audience: { database: undefined, table: 'types' },
      }),
    ).rejects.toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringContaining('types in MySQL'),
    });
  });

  it('never are the server’s own tables', async () => {
    const { lists } = mysqlProvider({});
    for (const id of ['mysql.user', 'MYSQL.user', 'sys.session', '`information_schema`.processlist', 'select 1'])
      expect(await lists(id, null)).toBe(false);
    expect(await lists('shop.members', null)).toBe(true);
  });

  it('are found by their nearest name if there is none', async () => {
    const open = (table: string, schema?: string) => openMysql({ connection, audience: { database: schema, table } });
    await expect(open('membrs')).rejects.toMatchObject({
      code: 'source_not_found',
      message: 'There is no table or view membrs that this user may read. Did you mean members?',
    });
    await expect(open('membrs', database.name)).rejects.toThrow(`Did you mean ${idOf('members')}?`);
    await expect(open("x' OR '1'='1")).rejects.toMatchObject({ code: 'source_not_found' });
  });

  it('give a text for each value', async () => {
    const source = await openMysql({ connection, audience: { database: undefined, table: 'types' } });
    const names = (await source.fields()).map(({ name }) => name);
    const values: Record<string, string[]> = {};
    for (const name of names.slice(0, -3)) values[name] = await readValues(source, name);
    expect(values).toEqual({
      decimal: ['819012345678', '-0.50'],
      whole: ['819012345678', ''],
      double: ['819012345678', ''],
      float: ['819012345678', ''],
      big: ['18446744073709551615', ''],
      day: ['2026-01-02', ''],
      seen: ['2026-01-02 03:04:05', ''],
      choice: ['b', ''],
      choices: ['x,y', ''],
      uid: ['123e4567-e89b-12d3-a456-426655440000', ''],
      ip: ['::1', ''],
      sjis: ['山田', ''],
      latin: ['é', ''],
      old: ['é', ''],
    });
    for (const [name, hint] of [
      ['doc', 'JSON_UNQUOTE'],
      ['bytes', 'CONVERT('],
      ['bits', 'CONVERT('],
    ] as const)
      await expect(source.scan([name])).rejects.toMatchObject({
        code: 'field_type',
        message: expect.stringContaining(hint),
      });
  });

  it('give the values of an older character set to a query, too', async () => {
    const query = "SELECT CONVERT(_sjis x'8E52' USING sjis) AS name, 'a' AS b";
    const source = await openMysql({ connection, audience: { query } });
    expect(await readValues(source, 'name')).toEqual(['山']);
  });

  describe('by a query', () => {
    const open = (query: string, user = 'root') =>
      openMysql({ connection: database.connection(user), audience: { query } });

    it('can be filtered', async () => {
      const source = await open('SELECT email FROM members WHERE id <= 2; ');
      expect(await readValues(source, 'email')).toEqual(['member1@example.com', 'member2@example.com']);
      expect(await source.preview('email', 1)).toEqual([{ row: 1, values: ['m***@e***.com'] }]);
      expect(await readValues(await open('WITH a AS (SELECT 1 AS b) SELECT b FROM a -- x'), 'b')).toEqual(['1']);
    });

    it.each([
      ['SELECT emial FROM members', '"emial": there is no such column', 'field_not_found'],
      ['SELECT *\nFROM nowhere', 'nowhere": there is no such table or view', 'source_not_found'],
      ['SELECT 1\nFROM\nWHERE', 'line 3: this is a syntax error'],
      ['SELECT 1; DROP TABLE members', 'syntax error'],
      ['SELECT 1) AS a UNION SELECT * FROM (SELECT 2', 'syntax error'],
      ['SELECT 1 AS a, 2 AS a', 'two columns have this name. Rename one with AS'],
      ['SELECT id FROM members WHERE id = ?', 'it contains a parameter (?)'],
      ['SELECT "open', 'syntax error'],
      ['SELECT 1 /* open', 'syntax error'],
      ['SELECT nothing_like_it(1)', 'there is no such function'],
      ['WITH a AS (SELECT 1) DELETE FROM members', 'syntax error'],
    ])('is refused if it is no SELECT that runs: %j', async (query, message, code = 'invalid_argument') => {
      await expect(open(query)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    });

    it('does not show a value that stands where a name should', async () => {
      await expect(open('SELECT `ana@example.com` FROM members')).rejects.not.toThrow('ana@example');
      await expect(open('SELECT "ana@example.com" FROM members WHERE')).rejects.not.toThrow('ana@example');
    });

    it('cannot change data, also by a function', async () => {
      await database.sql(`
        CREATE FUNCTION sign_up() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO members VALUES (99, 'x', 'x'); RETURN 1; END`);
      await expect(open('SELECT sign_up() AS n')).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('not possible in a query that only reads'),
      });
      expect(await database.sql('SELECT * FROM members WHERE id = 99')).toEqual([]);
    });

    it('needs the right on its tables', async () => {
      await expect(open('SELECT secret FROM members', reader)).rejects.toMatchObject({
        code: 'source_unauthorized',
        message: expect.stringContaining('GRANT SELECT'),
      });
    });

    it('has no values of members in its errors', async () => {
      const source = await open('SELECT IF(id < 15, email, (SELECT email FROM members)) AS email FROM members');
      const failure = await readValues(source, 'email').catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'source_failed', reason: '1242' });
      expect(String(failure)).not.toMatch(/member\d/);
    });
  });

  it('shows the rights of its user', async () => {
    const rightsOf = async (user: string) => {
      const { rights } = await testConnection(database.connection(user));
      return [rights?.more, rights && inEnglish(rights.text)];
    };
    // This user owns a role, which is not active.
    expect((await rightsOf('root'))[0]).toBe(true);
    expect(await rightsOf(reader)).toEqual([false, 'This user has read-only rights.']);
    const [more, text] = await rightsOf(writer);
    expect(more).toBe(true);
    for (const part of ['FILE', 'PROCESS', 'INSERT, UPDATE', 'DELETE', 'files of the server'])
      expect(text).toContain(part);
    expect(text).not.toMatch(/\bSELECT\b/);
  });
});

it.each([
  [["GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*1'", 'GRANT SELECT, SHOW VIEW ON `shop`.* TO `a`@`%`'], []],
  [['GRANT SELECT (`id`, `e ON x, b`), INSERT (`id`) ON `shop`.`members` TO `a`@`%`'], ['INSERT ON shop.members']],
  [['GRANT SELECT ON `a b`.`c, d` TO `a`@`%` WITH GRANT OPTION'], ['GRANT OPTION ON a_b.c__d']],
  [['GRANT ALL PRIVILEGES ON `shop`.* TO `a`@`%`'], ['ALL PRIVILEGES ON shop.*']],
  [['GRANT `app_read`@`%` TO `a`@`%`', 'GRANT EXECUTE ON `shop`.* TO `a`@`%`'], []],
  [["GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION"], ["PROXY, GRANT OPTION ON ''@'%'"]],
])('rights besides reading (%#)', (grants, excess) => {
  expect(excessOf(grants)).toEqual(excess);
});
