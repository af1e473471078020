import { beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { usePostgres } from '../support/postgres.ts';
import { readFields, readMembers, readValues } from '../support/values.ts';

describe('the types of PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  const open = (query: string) => openPostgres({ connection: { url: database.url }, audience: { query } });

  beforeAll(async () => {
    await database.sql(`
      CREATE TYPE tier AS ENUM ('gold', 'silver');
      CREATE DOMAIN address AS text CHECK (VALUE LIKE '%@%');
      CREATE DOMAIN work_address AS address;
      CREATE DOMAIN addresses AS text[];
      CREATE TYPE place AS (city text, zip text)`);
  });

  it.each([
    ["' a '::varchar(10)", 'character varying(10)', ' a '],
    ["'a'::char(4)", 'character(4)', 'a'],
    ["'a'::name", 'name', 'a'],
    ["'gold'::tier", 'tier', 'gold'],
    ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid", 'uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    ['819012345678::bigint', 'bigint', '819012345678'],
    ['819012345678.00::numeric(20,2)', 'numeric(20,2)', '819012345678'],
    ['819012345678.50::numeric', 'numeric', '819012345678.50'],
    ["'NaN'::numeric", 'numeric', ''],
    ['819012345678::float8', 'double precision', '819012345678'],
    ["'NaN'::float8", 'double precision', ''],
    ['true', 'boolean', 'true'],
    ["'2026-01-31'::date", 'date', '2026-01-31'],
    ["'192.0.2.1'::inet", 'inet', '192.0.2.1/32'],
  ])('%s is a text', async (expression, type, text) => {
    const source = await open(`SELECT ${expression} AS value`);
    expect(await source.fields()).toEqual([{ name: 'value', type, list: false }]);
    expect(await readValues(source, 'value')).toEqual([text]);
    expect(await source.preview('value', 1)).toHaveLength(1);
  });

  it.each([
    ["ARRAY['a', 'b']", 'text[]', ['a', 'b']],
    ["ARRAY['a', NULL]", 'text[]', ['a', '']],
    ["'{}'::text[]", 'text[]', ['']],
    ['NULL::text[]', 'text[]', ['']],
    ["ARRAY[['a', 'b'], ['c', 'd']]", 'text[]', ['a', 'b', 'c', 'd']],
    ["'[5:6]={a,b}'::text[]", 'text[]', ['a', 'b']],
    ["ARRAY['a,b', 'say \"c\"', '']", 'text[]', ['a,b', 'say "c"', '']],
    ['ARRAY[819012345678.0, 1.5]', 'numeric[]', ['819012345678', '1.5']],
    ["ARRAY['gold']::tier[]", 'tier[]', ['gold']],
    ["ARRAY['a@example.com']::work_address[]", 'work_address[]', ['a@example.com']],
  ])('%s is a list', async (expression, type, values) => {
    const source = await open(`SELECT ${expression} AS value`);
    expect(await source.fields()).toEqual([{ name: 'value', type, list: true }]);
    expect(await readMembers(await source.scan(['value']))).toEqual([values]);
  });

  it('are the same in one scan of several fields', async () => {
    const lists = [
      "ARRAY['a', NULL, '']",
      "'{}'::text[]",
      'NULL::text[]',
      "ARRAY[['a', 'b'], ['c', 'd']]",
      "'[5:6]={a,b}'::text[]",
      `ARRAY['say "c"', E'"two\nlines', E'cr\r', '\\.', 'a,b']`,
      'ARRAY[819012345678.0, 1.5]',
      "ARRAY['gold']::tier[]",
    ];
    const scalars = ["'a,b'", `E'"\n'`, 'NULL::text', '819012345678.0', "'\\.'"];
    const columns = [...scalars, ...lists].map((expression, n) => `${expression} AS place${n}`);
    // A name of the SQL around it must not be mistaken for a field.
    const source = await open(`SELECT ARRAY['p', 'q'] AS place, 'r' AS value, 's' AS record, ${columns}`);
    const names = (await source.fields()).map(({ name }) => name).toReversed();
    const scan = await source.scan(names);
    const fields = await readFields(scan);
    for (const [index, name] of names.entries()) {
      const alone = await source.scan([name]);
      expect([name, scan.marked[index]]).toEqual([name, alone.marked[0]]);
      expect([name, fields[index]]).toEqual([name, await readMembers(alone)]);
    }
    expect(fields.at(-1)).toEqual([['p', 'q']]);
  });

  it('of a table may restrict others', async () => {
    await database.sql(`
      CREATE TABLE members (work work_address, all_of_them addresses);
      INSERT INTO members VALUES ('a@example.com', '{a,b}')`);
    const source = await openPostgres({
      connection: { url: database.url },
      audience: { schema: 'public', table: 'members' },
    });
    expect(await source.fields()).toEqual([
      { name: 'work', type: 'work_address', list: false },
      { name: 'all_of_them', type: 'addresses', list: true },
    ]);
    expect(await readMembers(await source.scan(['work']))).toEqual([['a@example.com']]);
    expect(await readMembers(await source.scan(['all_of_them']))).toEqual([['a', 'b']]);
  });

  it('previews lists, masked', async () => {
    const source = await open("SELECT ARRAY['taro@example.com', NULL] AS value UNION ALL SELECT NULL");
    expect(await source.preview('value', 5)).toEqual([
      { row: 1, values: ['t***@e***.com', ''] },
      { row: 2, values: [] },
    ]);
  });

  it.each([
    ["'{}'::json", 'json'],
    ["'{}'::jsonb", 'jsonb'],
    ["ARRAY['{}'::jsonb]", 'jsonb[]'],
    ["'a'::bytea", 'bytea'],
    ["ROW('a', 'b')::place", 'place'],
    ["ARRAY[ROW('a', 'b')::place]", 'place[]'],
    ["'[1,2]'::int4range", 'int4range'],
    ['point(1, 2)', 'point'],
    ["'<a/>'::xml", 'xml'],
    ["'a'::tsvector", 'tsvector'],
  ])('%s has no single text form', async (expression, type) => {
    const source = await open(`SELECT ${expression} AS value`);
    expect(await source.fields()).toMatchObject([{ type }]);
    const expected = { code: 'field_type', message: expect.stringContaining(`has the type ${type}.`) };
    await expect(source.scan(['value'])).rejects.toMatchObject(expected);
    await expect(source.preview('value', 1)).rejects.toMatchObject(expected);
  });

  it('keeps the values of a member together when the server works in parallel', async () => {
    await database.sql(`
      CREATE TABLE families AS SELECT ARRAY['a' || n, 'b' || n] AS emails FROM generate_series(1, 60000) AS n;
      ANALYZE families;
      ALTER DATABASE ${database.name} SET parallel_setup_cost = 0;
      ALTER DATABASE ${database.name} SET parallel_tuple_cost = 0;
      ALTER DATABASE ${database.name} SET min_parallel_table_scan_size = 0`);
    const members = await readMembers(await (await open('SELECT emails FROM families')).scan(['emails']));
    expect(members).toHaveLength(60_000);
    expect(members.filter(([a, b]) => a!.slice(1) !== b?.slice(1))).toEqual([]);
  });
});

describe('encodings', needsPostgres, () => {
  const connectionOf = ({ url }: { url: string }) => ({ connection: { url } });
  const audience = { schema: 'public', table: 'members' };

  describe('of a database that converts', () => {
    const database = usePostgres("ENCODING 'EUC_JP' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");

    it('come as UTF-8', async () => {
      await database.sql('CREATE TABLE members ("メール" text)');
      await database.sql('INSERT INTO members VALUES ($1)', ['山田@example.jp']);
      const source = await openPostgres({ ...connectionOf(database), audience });
      expect(await readValues(source, 'メール')).toEqual(['山田@example.jp']);
    });
  });

  describe('of a database without a known encoding', () => {
    const database = usePostgres("ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");

    it('must be UTF-8, or be named', async () => {
      await database.sql(`CREATE TABLE members (email text);
        INSERT INTO members VALUES ('山田@example.jp'), (E'\\x83\\x5c@example.jp')`);
      const source = await openPostgres({ ...connectionOf(database), audience });
      const scan = await source.scan(['email']);
      await expect(readMembers(scan)).rejects.toMatchObject({
        code: 'source_encoding',
        message: expect.stringContaining("convert_from(field::bytea, 'SJIS')"),
      });
      await scan.close();
    });
  });
});
