import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';

const folder = useFolder();

async function fieldsOf(name: string, content: string | Uint8Array, format?: string) {
  const source = await openFiles({ source: await folder.write(name, content), format });
  return (await source.fields()).map((field) => field.name);
}

describe('the format', () => {
  it.each([
    ['a name says csv', 'm.csv', 'a;b\n1;2\n', ['a', 'b']],
    ['a name in capitals', 'M.TSV', 'a\tb\n1\t2\n', ['a', 'b']],
    ['a name says tab', 'm.tab', 'a\tb\n', ['a', 'b']],
    ['a name says jsonl', 'm.jsonl', '{"a":1}\n', ['a']],
    ['content: objects', 'm', '\n {"a":1}\n', ['a']],
    ['content: delimiters', 'm.dat', 'a,b\n1,2\n', ['a', 'b']],
    ['content: tabs in a .txt', 'm.txt', 'a\tb\n1\t2\n', ['a', 'b']],
    ['content: one column under a name', 'm.dat', 'email\na@example.com\n', ['email']],
    ['content: addresses from the first line', 'm.dat', 'a@example.com\nb@example.com\n', ['value']],
    ['content: numbers from the first line', 'm.dat', '090-1234-5678\n', ['value']],
    ['a .txt of one column', 'm.txt', 'x\ny\n', ['value']],
  ])('is detected from name and content: %s', async (_name, file, content, fields) => {
    expect(await fieldsOf(file, content)).toEqual(fields);
  });

  it('is the one that a user names', async () => {
    expect(await fieldsOf('m.csv', 'a,b\n1,2\n', 'lines')).toEqual(['value']);
    expect(await fieldsOf('m.txt', 'email\na@example.com\n', 'csv')).toEqual(['email']);
  });

  it('must be known; the error lists the known ones', async () => {
    const source = await folder.write('m.csv', 'a\n');
    await expect(openFiles({ source, format: 'xls' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('csv, tsv, xlsx, ndjson, parquet, lines'),
    });
    await expect(fieldsOf('m.dat', '#!/?\n')).rejects.toMatchObject({
      code: 'source_format',
      message: expect.stringContaining('cannot be detected from its name or content'),
    });
  });
});

describe('a file that is not text is refused', () => {
  const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919 + (index >> 3) * 31) % 256));

  it.each([
    ['an empty ZIP archive', Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`), 'ZIP archive'],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'PDF'],
    ['a 7-Zip archive', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1'), '7-Zip archive; unpack it'],
    ['a RAR archive', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), 'RAR archive; unpack it'],
    ['random bytes', random, 'binary data'],
    ['zeros', Buffer.alloc(1000), 'zero bytes'],
    ['UTF-16 without its mark', Buffer.from('email,name\na@example.com,x\n', 'utf16le'), 'UTF-16'],
  ])('%s', async (_name, bytes, message) => {
    await expect(fieldsOf('m.csv', bytes)).rejects.toMatchObject({
      code: 'source_not_text',
      message: expect.stringContaining(message),
    });
  });

  it('but a single control character is allowed', async () => {
    expect(await fieldsOf('m.csv', 'email,name\na@example.com,\0\x01\n')).toEqual(['email', 'name']);
  });
});

it('a file of zero bytes is empty', async () => {
  await expect(fieldsOf('m.csv', '')).rejects.toMatchObject({ code: 'source_empty' });
  await expect(fieldsOf('m.parquet', '')).rejects.toMatchObject({ code: 'source_empty' });
});
