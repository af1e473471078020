/** What programs add to a text: the line with the delimiter for Excel, the end mark of DOS, or only line breaks. */
import { describe, expect, it } from 'vitest';
import { formatOf, openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

const open = async (name: string, content: string | Uint8Array) =>
  openFiles({ source: await folder.write(name, content) });

/** The results of fields, preview and scan for the field `email`. */
async function readAll(name: string, content: string | Uint8Array) {
  const source = await open(name, content);
  return {
    fields: (await source.fields()).map((field) => field.name),
    preview: await source.preview('email', 10),
    values: await readValues(source, 'email'),
  };
}

const sheet = {
  fields: ['id', 'email'],
  preview: [
    { row: 1, values: ['a***@e***.com'] },
    { row: 2, values: ['b***@e***.com'] },
  ],
  values: ['a@example.com', 'b@example.com'],
};

function rowsBy(delimiter: string, end = '\r\n'): string {
  return [['id', 'email'], ['1', 'a@example.com'], ['2', 'b@example.com'], []]
    .map((row) => row.join(delimiter))
    .join(end);
}

describe('the line with the delimiter for Excel (sep=;)', () => {
  it.each([
    ['m.csv', `sep=;\r\n${rowsBy(';')}`],
    ['m.csv', `SEP=|\n${rowsBy('|', '\n')}`],
    ['m.csv', `"sep=;"\r\n${rowsBy(';')}`],
    ['m.csv', `sep=\t\r\n${rowsBy('\t')}`],
    ['m.csv', `sep=^\r\n${rowsBy('^')}`],
    ['m.csv', `sep=,\r${rowsBy(',', '\r')}`],
    ['m.tsv', `sep=;\r\n${rowsBy(';')}`],
    ['m.txt', `sep=;\r\n${rowsBy(';')}`],
    ['m', `sep=~\r\n${rowsBy('~')}`],
    ['with a byte order mark.csv', `\ufeffsep=;\r\n${rowsBy(';')}`],
    ['UTF-16.csv', Buffer.from(`\ufeffsep=;\r\n${rowsBy(';')}`, 'utf16le')],
  ])('is not a row: %s %j', async (name, content) => {
    expect(await readAll(name, content)).toEqual(sheet);
  });

  it('is not counted when an error names the row', async () => {
    expect(await scanFailure(open('m.csv', 'sep=;\nid;email\n1;a\n2\n'), 'id')).toMatchObject({
      message: expect.stringContaining('row 2: the row has 1 fields, but the header has 2'),
    });
  });

  it('is an ordinary header if it names no delimiter', async () => {
    expect(await readValues(await open('m.csv', 'sep=x\na@example.com\n'), 'sep=x')).toEqual(['a@example.com']);
  });
});

describe('the end mark of DOS (Ctrl-Z)', () => {
  it.each([
    ['after the last line end', `${rowsBy(',')}\x1a`],
    ['after the last value', `${rowsBy(',').trimEnd()}\x1a`],
    ['after a quoted value', `id,email\n1,a@example.com\n2,"b@example.com"\x1a`],
    ['many of them', `${rowsBy(',')}${'\x1a'.repeat(200_000)}`],
  ])('is not a row and not a part of a value: %s', async (_name, content) => {
    expect(await readAll('m.csv', content)).toEqual(sheet);
  });

  it('is removed from texts of every format', async () => {
    expect(await readValues(await open('m.txt', 'a@example.com\nb@example.com\n\x1a'), 'x')).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(await readValues(await open('m.ndjson', '{"email":"a@example.com"}\n\x1a'), 'email')).toEqual([
      'a@example.com',
    ]);
    const shiftJis = await folder.write('sjis.csv', Buffer.concat([Buffer.from(rowsBy(',')), Buffer.of(0x1a)]));
    expect(await readValues(await openFiles({ source: shiftJis, encoding: 'shift_jis' }), 'email')).toEqual(
      sheet.values,
    );
  });

  it('is an ordinary character in the middle, wherever blocks end', async () => {
    const long = 'x'.repeat((1 << 20) - 'email\n'.length - 1);
    const content = `email\n${long}\x1a${'\x1a'.repeat(70_000)}tail\nend\n`;
    expect(await readValues(await open('m.csv', content), 'email')).toEqual([
      `${long}\x1a${'\x1a'.repeat(70_000)}tail`,
      'end',
    ]);
  });
});

describe('a file with only line breaks', () => {
  it.each(['m.csv', 'm.tsv', 'm.txt', 'm'])('is reported as empty: %s', async (name) => {
    for (const content of ['\n', '\r\n', '\r', '\n\n\n', '\x1a', '\ufeff\r\n', ' \r\n']) {
      const source = await folder.write(name, content);
      const empty = { code: 'source_empty', message: expect.stringContaining('is empty') };
      await expect(openFiles({ source }), JSON.stringify(content)).rejects.toMatchObject(empty);
      const location = { kind: 'file' as const, path: source, name, size: content.length };
      await expect(formatOf(location, name, new AbortController().signal)).rejects.toMatchObject(empty);
    }
  });

  it('is skipped among others', async () => {
    await folder.write('part-1.csv', '\r\n');
    await folder.write('part-2.csv', rowsBy(','));
    expect(await readValues(await openFiles({ source: folder.path('part-*.csv') }), 'id')).toEqual(['1', '2']);
  });

  it('has a missing value on each line if the user names the format lines', async () => {
    const source = await folder.write('lines.txt', '\n\n');
    expect(await readValues(await openFiles({ source, format: 'lines' }), 'x')).toEqual(['', '']);
  });
});

describe('a text file from Excel', () => {
  it.each(['m.txt', 'm.csv', 'm'])('is read if it is “Unicode Text” (UTF-16 with tabs): %s', async (name) => {
    const text = 'id\t電話\r\n1\t"81,901,234,567"\r\n2\t090\r\n';
    const source = await open(name, Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(await readValues(source, '電話')).toEqual(['81,901,234,567', '090']);
  });
});
