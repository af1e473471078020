import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseConnection } from '../../../src/sources/database/target.ts';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import type { HashedField } from '../../../src/sources/source.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { expectedHashes, type Hashes, hashRules, hostileValues, readHashes } from '../support/hashing.ts';
import { useMariadb } from '../support/mariadb.ts';
import { startMysqlProxy } from '../support/mysql-proxy.ts';
import { readMembers } from '../support/values.ts';

const COUNT = 500;
const email = { identifierType: 'email' } as const;
const phone = { identifierType: 'phone' } as const;
const ifa = { identifierType: 'ifa' } as const;

describe('hashing in MariaDB', { ...needsMariadb, timeout: 180_000 }, () => {
  const database = useMariadb();
  const connection = database.connection();
  const audience = { database: database.name, table: 'people' };
  const reader = `${database.name}_reader`;

  beforeAll(() => database.sql(`CREATE USER ${reader}@localhost`));
  afterAll(() => database.sql(`DROP USER ${reader}@localhost`));

  /** A new table `people`. @param column the type of its column `value` */
  async function people(values: readonly unknown[], column = 'text'): Promise<void> {
    await database.sql(
      `DROP TABLE IF EXISTS people; CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, value ${column})`,
    );
    for (let at = 0; at < values.length; at += 1000)
      await database.sql('INSERT INTO people (value) VALUES ?', [values.slice(at, at + 1000).map((value) => [value])]);
  }

  async function hashesOf(
    fields: readonly HashedField[],
    from: { readonly query: string } | typeof audience = audience,
    by: DatabaseConnection = connection,
  ): Promise<Hashes[]> {
    const source = await openMysql({ connection: by, audience: from });
    return readHashes(await source.scanHashes!(fields));
  }

  const hashes = async (rules: Omit<HashedField, 'field'>, from?: { readonly query: string }): Promise<Hashes> =>
    (await hashesOf([{ field: 'value', ...rules }], from))[0]!;

  it.each(hashRules)('agrees with the rules for $identifierType $defaultCountry', async (rules) => {
    const values = hostileValues(rules, COUNT);
    await people(values);
    expect(await hashes(rules)).toEqual(expectedHashes(values, rules));
  });

  it('agrees with the rules for NUL characters, white space and control characters', async () => {
    const values = [
      '\0taro@example.com',
      'taro@example.com\0',
      'ta\0ro@example.com',
      'taro@example.com\n',
      ' \t\r\n\v\ftaro@example.com\f\v\n\r\t ',
      'taro@example.com\nhanako@example.com',
      'taro@ example.com',
      ' ',
      '',
      '\n',
      '\u001ftaro@example.com',
      `${' '.repeat(50_000)}taro@example.com${'\t'.repeat(40_000)}`,
      ' '.repeat(90_000),
      'x'.repeat(200_000),
      'O\'Hara\\"\\n@example.com',
      "o'hara@example.com",
      'what?@example.com',
      'c%_@example.com',
      '090\x001234\n5678',
    ];
    await people(values, 'longtext');
    for (const rules of [email, phone, ifa]) expect(await hashes(rules)).toEqual(expectedHashes(values, rules));
  });

  it('does not judge a text that is too long to be trimmed', async () => {
    await people([`${' '.repeat(200_000)}taro@example.com`], 'longtext');
    expect((await hashes(email)).judged.invalid).toEqual({ not_hashed_in_database: 1 });
  });

  it('reads several fields of the same members', async () => {
    const members = Array.from({ length: 2_000 }, (_, index) => {
      const n = index % 1_500;
      return [`member${n}@example.com`, n % 3 === 0 ? null : `+81 90-0000-${1000 + n}`, n % 2 ? 'nobody' : ''];
    });
    await database.sql('CREATE TABLE several (`field` text, `value_0` varchar(30) CHARACTER SET latin1, `it``s` text)');
    await database.sql('INSERT INTO several VALUES ?', [members]);
    const fields = [
      { field: 'field', ...email },
      { field: 'value_0', ...phone },
      { field: 'it`s', ...email },
      { field: 'field', ...phone },
    ];
    const expected = fields.map(({ field, ...rules }) =>
      expectedHashes(
        members.map((member) => member[['field', 'value_0', 'it`s'].indexOf(field)] ?? null),
        rules,
      ),
    );
    expect(await hashesOf(fields, { database: database.name, table: 'several' })).toEqual(expected);
    expect(await hashesOf(fields, { query: 'SELECT * FROM several -- all of them' })).toEqual(expected);
  });

  it('sees a member of a query once', async () => {
    const query = `SELECT seq AS phone, CONCAT(seq, '@example.com') AS email FROM seq_9000000_to_9009999 ORDER BY RAND() LIMIT 20`;
    const random = `SELECT phone, CONCAT(phone, '@example.com') AS email FROM (${query}) AS chosen`;
    const source = await openMysql({ connection, audience: { query: random } });
    const fields = [
      { field: 'phone', ...phone },
      { field: 'email', ...email },
    ];
    const [phones, emails] = await readHashes(await source.scanHashes!(fields));
    const all = Array.from({ length: 10_000 }, (_, index) => String(9_000_000 + index));
    const chosen = all.filter((n) => phones!.hashes.includes(expectedHashes([n], phone).hashes[0]!));
    expect(chosen).toHaveLength(20);
    expect(emails).toEqual(
      expectedHashes(
        chosen.map((n) => `${n}@example.com`),
        email,
      ),
    );
  });

  it('computes a value of a query or a view once', async () => {
    const query = "SELECT IF(RAND() < 0.5, 'taro@example.com', 'nobody') AS value FROM seq_1_to_1000";
    await database.sql(`CREATE VIEW random AS ${query}`);
    const [hash] = expectedHashes(['taro@example.com'], email).hashes;
    for (const from of [{ query }, { database: database.name, table: 'random' }]) {
      const [found] = await hashesOf([{ field: 'value', ...email }], from);
      expect(new Set(found!.hashes)).toEqual(new Set([hash]));
      expect(found!.hashes.length + found!.judged.invalid.not_an_email!).toBe(1_000);
    }
  });

  /** A character that the character set has, and bytes that it has not, if there are such. */
  it.each([
    ['utf8mb4', '山', undefined],
    ['utf8mb4 COLLATE utf8mb4_unicode_ci', '\u0130', undefined],
    ['utf8mb3 COLLATE utf8mb3_bin', 'é', undefined],
    ['latin1', 'é', undefined],
    ['latin1 COLLATE latin1_bin', 'ß', undefined],
    ['ascii', undefined, undefined],
    ['sjis', '山', '8540'],
    ['sjis COLLATE sjis_bin', 'ﾔ', '8540'],
    ['cp932', '①', '8640'],
    ['ujis', '山', 'a9a1'],
    ['eucjpms', '①', 'a9a1'],
    ['euckr', '산', 'c9a1'],
    ['big5', '山', 'a3fe'],
    ['gbk', '山', 'aaa1'],
    ['tis620', 'ก', 'fc'],
    ['greek', 'α', 'd2'],
    ['swe7', 'é', undefined],
    ['ucs2', '山', 'd800'],
    ['utf16', '山', undefined],
    ['utf16 COLLATE utf16_bin', '😀', undefined],
    ['utf16le', '山', undefined],
    ['utf32', '山', undefined],
  ])('reads texts in %s', async (characterSet, character, unknown) => {
    const [name = ''] = characterSet.split(' ');
    const at = name === 'swe7' ? '' : '@';
    const values = [
      `Taro${at}Example.com`,
      `\t TARO${at}example.com\n `,
      'what?',
      '+81 (0)90-1234-5678',
      'e'.repeat(64),
      'E'.repeat(64),
      ...(character === undefined ? [] : [character, `${character}taro${at}example.com`, `090-1234-5678${character}`]),
      null,
    ];
    await people(values, `varchar(100) CHARACTER SET ${characterSet}`);
    const given = [...values];
    if (unknown !== undefined) {
      await database.sql(
        `INSERT INTO people (value) SELECT CONCAT(CONVERT('taro' USING ${name}), _${name} x'${unknown}', CONVERT('@example.com' USING ${name}))`,
      );
      given.push('taro\u{fffd}@example.com');
    }
    const [seen] = await database.sql(`SELECT HEX(value) AS bytes FROM people ORDER BY id DESC LIMIT 1`);
    if (unknown !== undefined) expect(seen!.bytes).toContain(unknown.toUpperCase());
    for (const rules of [email, phone]) expect(await hashes(rules)).toEqual(expectedHashes(given, rules));
  });

  it.each([
    ['bigint', ['819012345678', '0']],
    ['int(12) ZEROFILL', ['000000000123', '000090123456']],
    ['decimal(20, 1)', ['819012345678.0', '819012345678.5']],
    ['double', ['819012345678', '1.5e300']],
    ['date', ['2026-11-28']],
    ['datetime(3)', ['2026-11-28 01:02:03.004']],
    ['char(30)', ['+819012345678', '+81 90 1234 5678']],
    ["enum('+819012345678', 'é')", ['+819012345678', 'é', null]],
    ["set('+819012345678', 'a')", ['+819012345678', 'a,+819012345678', '']],
    ['inet6', ['2001:db8::ff00:42:8329']],
  ])('reads values of the type %s', async (type, values) => {
    await people(values, type);
    const plain = await (await openMysql({ connection, audience })).scan(['value']);
    const seen = (await readMembers(plain)).map(([text = '']) => text);
    for (const rules of [email, phone]) expect(await hashes(rules)).toEqual(expectedHashes(seen, rules));
  });

  it('reads advertising ids of the type uuid', async () => {
    const id = 'AEBE52E7-03EE-455A-B3C4-E57283966239';
    await people([id], 'uuid');
    expect(await hashes(ifa)).toEqual(expectedHashes([id], ifa));
  });

  it('refuses bytes', async () => {
    await people(['taro@example.com'], 'varbinary(30)');
    await expect(hashes(email)).rejects.toMatchObject({ code: 'field_type' });
  });

  it.each([
    ['no members', []],
    ['only NULL', [null, null]],
  ])('reads %s', async (_, values) => {
    await people(values);
    expect(await hashes(email)).toEqual(expectedHashes(values, email));
  });

  it('needs only the right to read the column', async () => {
    const values = hostileValues(email, 300);
    await people(values);
    await database.sql(`GRANT SELECT (value) ON people TO ${reader}@localhost`);
    const found = await hashesOf([{ field: 'value', ...email }], audience, database.connection(reader));
    expect(found).toEqual([expectedHashes(values, email)]);
  });

  it('does not depend on the flags for regular expressions of the server', async () => {
    const values = hostileValues(phone, 500);
    await people(values);
    const flags = 'DOTALL,DUPNAMES,EXTENDED,EXTENDED_MORE,EXTRA,MULTILINE,UNGREEDY';
    // Other tests of this server have no regular expressions in SQL.
    await database.sql(`SET GLOBAL default_regex_flags = '${flags}'`);
    try {
      for (const rules of [email, phone]) expect(await hashes(rules)).toEqual(expectedHashes(values, rules));
    } finally {
      await database.sql('SET GLOBAL default_regex_flags = DEFAULT');
    }
  });

  it('sends no identifier over the network', async () => {
    const values = hostileValues(email, 800);
    await people(values);
    await database.sql(`GRANT SELECT ON people TO ${reader}@localhost`);
    const received: Buffer[] = [];
    const proxy = await startMysqlProxy(database.name, { witness: (bytes) => received.push(bytes) });
    const url = proxy.url('127.0.0.1', '', reader);
    const source = await openMysql({ connection: { url }, audience });
    received.length = 0;
    const [found] = await readHashes(await source.scanHashes!([{ field: 'value', ...email }]));
    expect(found).toEqual(expectedHashes(values, email));
    const bytes = Buffer.concat(received).toString('latin1').toLowerCase();
    expect(bytes).toContain(found!.hashes[0]!.toLowerCase());
    const raw = values.flatMap((value) => (value?.includes('@') ? [value.trim().toLowerCase()] : []));
    expect(raw.length).toBeGreaterThan(250);
    expect(raw.filter((value) => value.length > 4 && bytes.includes(value))).toEqual([]);
  });
});
