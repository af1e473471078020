import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { openDescriptors, useFolder } from './support/folder.ts';
import { readBlocks, readFields, readMembers, readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

async function write(name: string, select: string, options = ''): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const path = folder.path(name);
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

/** Six row groups, each of several blocks. */
const ROWS = 120_000;
const groups = ', ROW_GROUP_SIZE 20480';

let typed = '';
let large = '';

beforeAll(async () => {
  typed = await write(
    'typed.parquet',
    `SELECT * FROM (VALUES
      ('a@example.com', 819012345678, 819012345678.0::DOUBLE, 12.50::DECIMAL(6,2), ['x', NULL, 'l' || chr(10) || 'm'],
        'c0ffee00-0000-4000-8000-000000000001'::UUID, {'a': 1}, [[1]]),
      (NULL, NULL, 'nan'::DOUBLE, 7.00::DECIMAL(6,2), [], NULL, NULL, NULL),
      ('say "hi"', 9, 1.5::DOUBLE, NULL, NULL, NULL, NULL, NULL)
    ) AS t("E-mail ""x""", big, "double", decimal, tags, id, struct, nested)`,
  );
  large = await write(
    'large.parquet',
    `SELECT 'user' || i || '@example.com' AS email FROM range(${ROWS}) r(i)`,
    groups,
  );
});

/** Written by arrow-rs, with the fields id, phone (integers), d, f (floating point) and email. */
describe('a compression or an encoding', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.parquet`, import.meta.url));
  const phones = ['819012345000', '819012345001', '819012345002'];

  it('that DuckDB supports is read', async () => {
    expect(await readValues(await openFiles({ source: fixture('lz4-raw') }), 'phone')).toEqual(phones);
    expect(await readValues(await openFiles({ source: fixture('byte-stream-split') }), 'd')).toEqual(phones);
  });

  it.each([
    ['lz4', 'email', /lz4.parquet uses the compression LZ4, which Lineup cannot read in Parquet. Write it with Zst/],
  ])('that DuckDB does not support gives a clear error: %s', async (name, field, message) => {
    const unsupported = { code: 'source_unsupported', message: expect.stringMatching(message) };
    const source = fixture(name);
    expect(await scanFailure(openFiles({ source }), field)).toMatchObject(unsupported);
    await expect((await openFiles({ source })).preview(field, 2)).rejects.toMatchObject(unsupported);
  });
});

describe('a file', () => {
  it('may have a name that looks like a pattern', async () => {
    await write('list 1.parquet', "SELECT 'other@example.com' AS email");
    const source = await write('list [1].parquet', "SELECT 'meant@example.com' AS email");
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(['meant@example.com']);
  });

  it('has only its own columns, whatever its folders are called', async () => {
    await mkdir(folder.path('email=shop'));
    const source = await write('email=shop/members.parquet', "SELECT 'a@example.com' AS email");
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(['a@example.com']);
    await mkdir(folder.path('date=2026-01-01'));
    const other = await write('date=2026-01-01/members.parquet', "SELECT 'a@example.com' AS email");
    expect(await (await openFiles({ source: other })).fields()).toMatchObject([{ name: 'email' }]);
  });
});

describe('values', () => {
  it.each([
    ['E-mail "x"', ['a@example.com', '', 'say "hi"']],
    ['big', ['819012345678', '', '9']],
    ['double', ['819012345678', '', '1.5']],
    ['decimal', ['12.50', '7', '']],
    ['id', ['c0ffee00-0000-4000-8000-000000000001', '', '']],
  ])('of the column %s', async (field, expected) => {
    expect(await readValues(await openFiles({ source: typed }), field)).toEqual(expected);
  });

  it('of a list belong to one member', async () => {
    const source = await openFiles({ source: typed });
    const scan = await source.scan(['tags']);
    expect(scan.marked).toEqual([true]);
    expect(await readMembers(scan)).toEqual([['x', '', 'l\nm'], [''], ['']]);
  });

  it('are never only those before a fault of the file', async () => {
    const path = await write(
      'fault.parquet',
      "SELECT 'user' || i || '@example.com' AS email, '+81' || i AS phone, ['x' || i] AS list FROM range(600000) r(i)",
    );
    const bytes = await readFile(path);
    const directory = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    // The first row groups are whole.
    await writeFile(path, bytes.fill(0xff, Math.floor(bytes.length / 2), directory));
    const source = await openFiles({ source: path });
    for (const fields of [['email'], ['list'], ['phone', 'list', 'email']]) {
      const scan = await source.scan(fields);
      expect((await readBlocks(scan)).length).toBeGreaterThan(1_000_000);
      await expect(scan.finished).rejects.toMatchObject({ code: 'source_unreadable' });
      await scan.close();
    }
  });

  it('keep their order over many row groups', async () => {
    const values = await readValues(await openFiles({ source: large }), 'email');
    expect(values).toHaveLength(ROWS);
    expect(values.every((value, index) => value === `user${index}@example.com`)).toBe(true);
  });

  it('of several files follow each other, even if one has a list', async () => {
    await write('part-1.parquet', "SELECT 1 AS n, 'a' AS v");
    await write('part-2.parquet', "SELECT ['b', 'c'] AS v, 2 AS m");
    const source = await openFiles({ source: folder.path('part-*.parquet') });
    expect((await source.fields()).map(({ name }) => name)).toEqual(['v']);
    expect(await readMembers(await source.scan(['v']))).toEqual([['a'], ['b', 'c']]);
    expect(await scanFailure(Promise.resolve(source), 'm')).toMatchObject({ code: 'field_not_found' });
  });

  it('of several files follow each other in several fields, even if one of them has a list', async () => {
    await write('mixed-1.parquet', `SELECT 1 AS n, 'a' || chr(10) || '"' AS v UNION ALL SELECT 2, NULL`);
    await write('mixed-2.parquet', "SELECT ['b', 'c'] AS v, 3 AS n");
    const source = await openFiles({ source: folder.path('mixed-*.parquet') });
    const scan = await source.scan(['n', 'v']);
    expect(scan.marked).toEqual([false, true]);
    expect(await readFields(scan)).toEqual([
      [['1'], ['2'], ['3']],
      [['a\n"'], [''], ['b', 'c']],
    ]);
  });
});

it('have fields with types, and are previewed masked', async () => {
  const source = await openFiles({ source: typed });
  expect((await source.fields()).slice(0, 5)).toEqual([
    { name: 'E-mail "x"', type: 'VARCHAR', list: false },
    { name: 'big', type: 'BIGINT', list: false },
    { name: 'double', type: 'DOUBLE', list: false },
    { name: 'decimal', type: 'DECIMAL(6,2)', list: false },
    { name: 'tags', type: 'VARCHAR[]', list: true },
  ]);
  expect(await source.preview('E-mail "x"', 2)).toEqual([
    { row: 1, values: ['a***@e***.com'] },
    { row: 2, values: [''] },
  ]);
  expect(await source.preview('tags', 1)).toEqual([{ row: 1, values: ['***', '', '*** ***'] }]);
});

it('are recognised by the content, whatever the name is', async () => {
  const source = await write('without-extension', "SELECT 'x' AS v");
  expect(await readValues(await openFiles({ source }), 'v')).toEqual(['x']);
});

describe('an error is given for', () => {
  it.each(['struct', 'nested'])('a column whose values are not text: %s', async (field) => {
    expect(await scanFailure(openFiles({ source: typed }), field)).toMatchObject({ code: 'field_type' });
  });

  it('a missing column, with the existing columns', async () => {
    expect(await scanFailure(openFiles({ source: large }), 'E-Mail')).toMatchObject({
      code: 'field_not_found',
      message: expect.stringContaining('It has "email". Did you mean "email"?'),
    });
  });

  it('a file that is cut off, damaged or in another format', async () => {
    const cut = await write('cut.parquet', "SELECT 'hidden' AS v FROM range(1000)");
    await truncate(cut, 300);
    expect(await scanFailure(openFiles({ source: cut }), 'v')).toMatchObject({ code: 'source_unreadable' });
    const other = folder.path('other.parquet');
    await writeFile(other, 'email\na@example.com\n');
    expect(await scanFailure(openFiles({ source: other }), 'v')).toMatchObject({ code: 'source_unreadable' });
  });
});

describe('a scan stops', () => {
  it('by close, before the first block, and frees everything', async () => {
    const before = await openDescriptors();
    for (let round = 0; round < 3; round++) {
      const source = await openFiles({ source: large });
      const scan = await source.scan(['email']);
      await scan.close();
      await scan.close();
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    }
    expect(await openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('by close, after some values', async () => {
    const scan = await (await openFiles({ source: large })).scan(['email']);
    for await (const _ of scan.blocks) break;
    await scan.close();
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('by a signal, and ends the input', async () => {
    const controller = new AbortController();
    const scan = await (await openFiles({ source: large })).scan(['email'], controller.signal);
    const input = readBlocks(scan);
    controller.abort();
    await input;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await scan.close();
  });
});
