/** A file without a header loses no member and shows none. A file with a header keeps all of its names. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

async function opened(content: string | Uint8Array, name = 'members.csv') {
  return openFiles({ source: await folder.write(name, content) });
}
const namesOf = async (content: string | Uint8Array, name?: string) =>
  (await (await opened(content, name)).fields()).map((field) => field.name);

describe('a file whose first row is a member', () => {
  const sha256 = 'ab'.repeat(32);

  it.each([
    ['an address', 'taro@example.com,1\nhanako@example.com,2\n'],
    ['an address alone in its row', 'taro@example.com,1\n'],
    ['an address with a name', '"Taro <taro@example.com>",1\n"Hanako <hanako@example.com>",2\n'],
    ['several addresses', '"a@example.com; b@example.com",1\n"c@example.com; d@example.com",2\n'],
    ['an address after an invisible character', '\u200btaro@example.com,1\nhanako@example.com,2\n'],
    ['a phone number', '090-1234-5678,1\n090-8765-4321,2\n'],
    ['a phone number in full width', '０９０１２３４５６７８,1\n０９０８７６５４３２１,2\n'],
    ['a phone number above empty values', '09012345678,1\n,2\n,3\n09087654321,4\n'],
    ['a phone number that a spreadsheet has damaged', '8.19012E+11,1\n8.19012E+11,2\n'],
    ['a device id', '3F2504E0-4F89-41D3-9A0C-0305E82C3301,1\n'],
    ['a hash', `${sha256},1\n${sha256},2\n`],
    ['a long number', `${'1234567890'.repeat(4)},1\n${'1234567890'.repeat(4)},2\n`],
  ])('has numbered columns, and counts that row: %s', async (_, content) => {
    const rows = content.trimEnd().split('\n').length;
    const source = await opened(content);
    expect((await source.fields()).map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    expect(inEnglish(source.notice!)).toMatch(/members\.csv seems to have no header.*column 1, column 2/);
    expect(await source.preview('column 2', 9)).toHaveLength(rows);
    expect(await readValues(source, 'column 2')).toEqual(
      Array.from({ length: rows }, (_value, index) => `${index + 1}`),
    );
  });

  it.each([
    ['of one column', 'taro@example.com\nhanako@example.com\n', ['taro@example.com', 'hanako@example.com']],
    ['with one member', 'taro@example.com', ['taro@example.com']],
    ['with a blank line', 'taro@example.com\n\nhanako@example.com\n', ['taro@example.com', '', 'hanako@example.com']],
    ['below blank lines', '\n\ntaro@example.com\n', ['taro@example.com']],
    ['in quotes', '"taro@example.com"\r\n"hanako@example.com"\r\n', ['taro@example.com', 'hanako@example.com']],
  ])('loses no member: %s', async (_, content, values) => {
    expect(await readValues(await opened(content), 'column 1')).toEqual(values);
  });

  it('gives an error that says what to do, without its values and without the requested name', async () => {
    const failure = await scanFailure(opened('taro@example.com,09012345678\n'), 'taro@example.com');
    expect(failure).toMatchObject({
      code: 'field_not_found',
      message: expect.stringMatching(
        /has no field "t\*\*\*@e\*\*\*\.com"\. It has "column 1", "column 2"\..*write column names above the first row/,
      ),
    });
    expect(JSON.stringify([failure, String(failure)])).not.toMatch(/taro|090123/);
  });

  it('counts that row as row 1', async () => {
    expect(await scanFailure(opened('taro@example.com,1\nhanako@example.com\n'), 'column 1')).toMatchObject({
      message: expect.stringContaining('row 2:'),
    });
  });
});

describe('a file with a header keeps its names', () => {
  it.each([
    ['dates', 'email,2026-01-01,2026/02/01,20260301,2026-01-01 00:00:00\na@example.com,1,2,3,4\n'],
    ['names of programs', '@timestamp,name@en,e-mail (e.g. taro@example.com)\n1,x,a@example.com\n'],
    ['short numbers', 'email,1,202601,42\na@example.com,1,2,3\n'],
    ['words with numbers', 'email,segment_12345678,tel (0120-000-000)\na@example.com,1,2\n'],
  ])('%s', async (_, content) => {
    const expected = content.split('\n')[0]!.split(',');
    // An address within a name is not shown, because it may belong to a person.
    const shown = expected.map((name, index) => (/e\.g\./.test(name) ? `column ${index + 1}` : name));
    const source = await opened(content);
    expect((await source.fields()).map(({ name }) => name)).toEqual(shown);
    expect(source.notice).toBeUndefined();
    expect(await readValues(source, shown[0]!)).toHaveLength(1);
  });

  it('but a number in a name is not shown, because it could belong to a member', async () => {
    const content = 'email,1000001,1000002\na@example.com,1,0\nb@example.com,0,2\n';
    expect(await namesOf(content)).toEqual(['email', 'column 2', 'column 3']);
    expect(await readValues(await opened(content), 'column 3')).toEqual(['0', '2']);
  });

  it('and a column with a very long name is numbered', async () => {
    expect(await namesOf(`email,${'x'.repeat(301)}\na@example.com,1\n`)).toEqual(['email', 'column 2']);
  });
});

it('NDJSON does not show or export a key that looks like a member', async () => {
  const content = '{"email":"a@example.com","taro@example.com":1,"09012345678":2}\n';
  const source = await opened(content, 'members.ndjson');
  expect((await source.fields()).map(({ name }) => name)).toEqual(['email']);
  expect(inEnglish(source.notice!)).toMatch(/left out/);
  expect(await scanFailure(opened(content, 'members.ndjson'), 'taro@example.com')).toMatchObject({
    code: 'field_not_found',
    message: expect.not.stringContaining('taro'),
  });
});

describe('many columns', () => {
  it('are read in time that grows linearly with their number', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `field ${index}`);
    const content = `${names.join(',')}\n${names.map((_, index) => index).join(',')}\n`;
    expect(await namesOf(content, 'wide.csv')).toEqual(names);
    expect(await readValues(await opened(content, 'wide.csv'), 'field 9999')).toEqual(['9999']);
    expect(await scanFailure(opened(content, 'wide.csv'), 'field 10000')).toMatchObject({
      message: expect.stringMatching(/"field 19" and 9,980 more\. Did you mean "field 1000"\?/),
    });
  }, 60_000);

  it.each([
    ['a CSV', `${','.repeat(99_999)}\n`, 'wide.csv', '100,000'],
    ['a short gzip', gzipSync(`${','.repeat(250_000)}\n`), 'wide.csv.gz', '250,001'],
    [
      'an object of NDJSON',
      `${JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`f${n}`, 1])))}\n`,
      'wide.ndjson',
      '10,001',
    ],
  ])(
    'too many are refused: %s',
    async (_, content, name, count) => {
      await expect(opened(content, name)).rejects.toMatchObject({
        code: 'source_unsupported',
        message: expect.stringContaining(`has ${count} columns, but Lineup reads at most 10,000`),
      });
    },
    10_000,
  );
});
