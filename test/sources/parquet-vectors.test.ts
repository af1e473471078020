/** The values of a Parquet file are the same as in DuckDB's own rows, whatever the file's encoding is. */
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readFields, readMembers } from './support/values.ts';

const folder = useFolder();
let duckdb: Promise<DuckDBInstance> | undefined;

/** Writes a file with the column v, and returns its path and its rows as DuckDB reads them. */
async function written(name: string, select: string, options = ''): Promise<{ path: string; rows: unknown[] }> {
  duckdb ??= DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await (await duckdb).connect();
  const path = folder.path(`${name}.parquet`);
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`);
  const rows = await connection.runAndReadAll(`SELECT v FROM read_parquet('${path}')`);
  connection.closeSync();
  return { path, rows: rows.getRowsJS().map(([value]) => value) };
}

/** What a scan gives: the members of all files. */
async function scanned(path: string): Promise<string[][]> {
  const source = await openFiles({ source: path });
  const members = await readMembers(await source.scan(['v']));
  await source.close();
  return members;
}

/** NULL is an empty value. */
const asMembers = (rows: unknown[]) =>
  rows.map((row) => (Array.isArray(row) ? row : [row]).map((value) => (value === null ? '' : String(value))));

// `===` and a short message: a difference between a hundred thousand long texts cannot be printed.
async function expectEqual({ path, rows }: { path: string; rows: unknown[] }): Promise<void> {
  const members = await scanned(path);
  const expected = asMembers(rows);
  expect(members.length).toBe(expected.length);
  expect(members.findIndex((member, n) => member.join('\0') !== expected[n]!.join('\0'))).toBe(-1);
}

/** Unlike any other; short; long; NULL; empty; with quotes and line ends at several places. */
const mixed = `SELECT CASE i % 9
    WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a' || i WHEN 3 THEN '"' || i || '"'
    WHEN 4 THEN 'exactly16chars.' || chr(10) || i WHEN 5 THEN 'l' || i || chr(13) WHEN 6 THEN '日本語の長い値' || i
    WHEN 7 THEN repeat('x', i % 700) || chr(10) || '"' ELSE 'user' || i || '@example.com' END AS v
  FROM range(6000) t(i)`;
/** Few different values, so that the writer makes a dictionary. */
const repeated = `SELECT 'member' || (i * 7919 % 997) || '@example.com' AS v FROM range(10000) t(i)`;

describe('equal values', () => {
  // The version decides how texts are encoded, and the compression whether they lie in the pages of the file or in a
  // copy.
  it.each([
    ['uncompressed', 'V1'],
    ['uncompressed', 'V2'],
    ['snappy', 'V1'],
    ['zstd', 'V2'],
  ])('with the compression %s in files of version %s', async (codec, version) => {
    const options = `, COMPRESSION ${codec}, PARQUET_VERSION ${version}`;
    await expectEqual(await written(`mixed-${codec}-${version}`, mixed, options));
    await expectEqual(await written(`repeated-${codec}-${version}`, repeated, options));
  });

  it.each(['gzip', 'brotli', 'lz4_raw'])('with the compression %s', async (codec) => {
    const select = `SELECT * FROM (${mixed}) LIMIT 4000`;
    await expectEqual(await written(`mixed-${codec}`, select, `, COMPRESSION ${codec}`));
  });

  it.each([
    ['many row groups', mixed, ', ROW_GROUP_SIZE 2048'],
    ['one value', `SELECT 'a' AS v`, ''],
    ['no row', `SELECT 'a' AS v WHERE false`, ''],
    ['the same value in each row', `SELECT 'always@example.com' AS v FROM range(10000)`, ''],
    ['only NULLs', 'SELECT NULL::VARCHAR AS v FROM range(10000)', ''],
    ['numbers', 'SELECT i * 1000003 AS v FROM range(10000) t(i)', ''],
    [
      'an enumeration',
      `SELECT (['red', 'a longer word than the others'])[1 + i % 2]::ENUM('red', 'a longer word than the others') AS v FROM range(5000) t(i)`,
      '',
    ],
    [
      'lists with NULLs, empty lists and line ends',
      `SELECT CASE i % 4 WHEN 0 THEN ['a' || i, 'l' || chr(10) || 'm'] WHEN 1 THEN ['"only"'] ELSE ['x', 'longer than twelve ' || i] END AS v FROM range(6000) t(i)`,
      '',
    ],
  ])('of %s', async (name, select, options) => {
    await expectEqual(await written(name.replaceAll(' ', '-'), select, options));
  });
});

/** These do not fit into the memory for one vector, so the rest of the file goes through the pipe. */
describe('equal values, when after some rows there come', () => {
  const short = `SELECT 'user' || i || '@example.com' AS v FROM range(9000) t(i)`;

  it.each([
    ['long texts', `${short} UNION ALL SELECT repeat('long "text" ', 9000 + i) || chr(10) FROM range(25) t(i)`],
    ['texts of some kilobytes', `${short} UNION ALL SELECT i || repeat('x', 5000) FROM range(2500) t(i)`],
    [
      'texts in many places of a large dictionary',
      `${short} UNION ALL SELECT repeat(chr((97 + i * 7919 % 26)::INT), 3000) || (i * 7919 % 1500) FROM range(3000) t(i)`,
    ],
  ])('%s', async (name, select) => {
    await expectEqual(await written(name.replaceAll(' ', '-'), select, ', DICTIONARY_SIZE_LIMIT 100000'));
  });

  it('another file, which fits again', async () => {
    const first = await written('several-1', `${short} UNION ALL SELECT repeat('y', 3000000)`);
    const second = await written('several-2', mixed);
    const members = await scanned(folder.path('several-*.parquet'));
    expect(members).toEqual(asMembers([...first.rows, ...second.rows]));
  });

  it('a scan that is closed in the pipe', async () => {
    const { path } = await written('closed', `${short} UNION ALL SELECT repeat('z', 200000) FROM range(200)`);
    const scan = await (await openFiles({ source: path })).scan(['v']);
    let read = 0;
    for await (const block of scan.blocks) {
      read += block.length;
      if (read > 3_000_000) break;
    }
    await scan.close();
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('equal values of several columns', () => {
  const rows = `SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE '+8190' || i END AS phone,
    CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN ['l' || i, NULL, 'of "three"' || chr(10)]
      ELSE ['user' || i || '@example.com'] END AS list,
    CASE WHEN i % 7 = 0 THEN '"' || i || chr(10) ELSE 'user' || i || '@example.com' END AS v
    FROM range(7000) t(i)`;

  it.each([
    ['that fit', rows],
    [
      'of which one does not fit after some rows',
      `${rows} UNION ALL BY NAME SELECT i, repeat('a long text, of which little is "quoted" ', 3000) || i AS phone, ['x'] AS list, 'y' AS v FROM range(30000, 30025) t(i)`,
    ],
    [
      'with lists that do not fit after some rows',
      `${rows} UNION ALL BY NAME SELECT i, '1' AS phone, [repeat('long', 90000) || chr(10), '"'] AS list, 'y' AS v FROM range(30000, 30010) t(i)`,
    ],
  ])('%s', async (name, select) => {
    const { path } = await written(`columns-${name.replaceAll(' ', '-')}`, select);
    const source = await openFiles({ source: path });
    const names = ['list', 'v', 'phone', 'i'];
    const scan = await source.scan(names);
    expect(scan.marked).toEqual([true, false, false, false]);
    const fields = await readFields(scan);
    for (const [index, field] of names.entries()) {
      const alone = await readMembers(await source.scan([field]));
      expect(fields[index]!.length).toBe(alone.length);
      expect(fields[index]!.findIndex((member, n) => member.join('\0') !== alone[n]!.join('\0'))).toBe(-1);
    }
  });
});

it('reports the progress between two blocks', async () => {
  const { path } = await written(
    'progress',
    `SELECT 'user' || i || '@example.com' AS v FROM range(120000) t(i)`,
    ', ROW_GROUP_SIZE 10240',
  );
  const scan = await (await openFiles({ source: path })).scan(['v']);
  const fractions: number[] = [];
  for await (const _ of scan.blocks) fractions.push(scan.progress() ?? 0);
  expect(fractions.some((fraction) => fraction > 0.2 && fraction < 0.8)).toBe(true);
  await scan.close();
});
