import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readBlocks, readFields, readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

async function valuesOf(content: string | Uint8Array, field: string, name = 'members.csv') {
  return readValues(await openFiles({ source: await folder.write(name, content) }), field);
}

async function failureOf(content: string | Uint8Array, field: string, name = 'members.csv') {
  return scanFailure(openFiles({ source: await folder.write(name, content) }), field);
}

describe('the rows', () => {
  it('give the values of one column in order, as text', async () => {
    const content = 'id,email,phone\n1,taro@example.com,0901\n2,,\n3,hanako@example.jp,0902\n';
    expect(await valuesOf(content, 'email')).toEqual(['taro@example.com', '', 'hanako@example.jp']);
    expect(await valuesOf(content, 'phone')).toEqual(['0901', '', '0902']);
    expect(await valuesOf(content, 'id')).toEqual(['1', '2', '3']);
  });

  it.each([
    ['LF', 'a,b\n1,x\n2,y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['both', 'a,b\r\n1,x\n2,y\r\n'],
    ['CR alone', 'a,b\r1,x\r2,y\r'],
    ['none at the end', 'a,b\n1,x\n2,y'],
    ['a lone CR at the end', 'a,b\r\n1,x\r\n2,y\r'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2,y\n'],
    ['empty lines around', '\n\na,b\n1,x\n\n2,y\n\n'],
  ])('end with any line end: %s', async (_name, content) => {
    expect(await valuesOf(content, 'b')).toEqual(['x', 'y']);
    expect(await valuesOf(content, 'a')).toEqual(['1', '2']);
  });

  it('keep a quoted value with delimiters, quotes and line breaks as one value', async () => {
    const content = 'a,b\n1,"x,y"\n2,"l\nm"\n3,"q""q"\n"4\r\n4",z\n5,""\n6,mid"dle"\n';
    expect(await valuesOf(content, 'b')).toEqual(['x,y', 'l\nm', 'q"q', 'z', '', 'mid"dle"']);
    expect(await valuesOf(content, 'a')).toEqual(['1', '2', '3', '4\r\n4', '5', '6']);
  });

  it('include a blank line of a one-column file as a missing value', async () => {
    expect(await valuesOf('email\na@example.com\n\n""\nb@example.com\n\n', 'email')).toEqual([
      'a@example.com',
      '',
      '',
      'b@example.com',
      '',
    ]);
    expect(await valuesOf('email\r\n\r\na@example.com\r\n', 'email')).toEqual(['', 'a@example.com']);
  });

  it('are empty if there is only a header', async () => {
    expect(await valuesOf('email,name\n', 'email')).toEqual([]);
    expect(await valuesOf('email', 'email')).toEqual([]);
  });

  it('may have zero bytes and a value of 10 MB', async () => {
    const long = 'z'.repeat(10_000_000);
    const values = await valuesOf(`a,b\n1,x\0y\n2,${long}\n3,"${long}"\n4,end\n`, 'b');
    expect(values.map((value) => value.length)).toEqual([3, long.length, long.length, 3]);
    expect(values[0]).toBe('x\0y');
  });

  it('keep their order over many blocks', async () => {
    const rows = Array.from({ length: 80_000 }, (_, index) => `${index},user${index}@example.com,x`);
    const values = await valuesOf(`id,email,c\n${rows.join('\n')}\n`, 'email');
    expect(values).toHaveLength(80_000);
    expect(values.every((value, index) => value === `user${index}@example.com`)).toBe(true);
  });

  it('give several columns, also of several files with other orders of them', async () => {
    const rows = (from: number) => Array.from({ length: 40_000 }, (_, index) => from + index);
    const first = rows(0).map((n) => `${n},user${n}@example.com,+81${n}\n`);
    const second = rows(40_000).map((n) => `"+81${n}";"user${n}@example.com"\n`);
    await folder.write('parts-1.csv', `id,email,phone\n${first.join('')}`);
    await folder.write('parts-2.csv', `phone;email\n${second.join('')}`);
    const source = await openFiles({ source: folder.path('parts-*.csv') });
    const [phones, emails] = await readFields(await source.scan(['phone', 'email']));
    expect(phones).toHaveLength(80_000);
    expect(emails).toHaveLength(80_000);
    expect(phones!.findIndex(([value], n) => value !== `+81${n}`)).toBe(-1);
    expect(emails!.findIndex(([value], n) => value !== `user${n}@example.com`)).toBe(-1);
  });
});

describe('the header', () => {
  it('may have spaces, quotes, Japanese and surrounding space', async () => {
    const content = 'E-mail address,"say ""hi""",メールアドレス, padded \n1,2,3,4\n';
    for (const [field, value] of [
      ['E-mail address', '1'],
      ['say "hi"', '2'],
      ['メールアドレス', '3'],
      ['padded', '4'],
    ] as const) {
      expect(await valuesOf(content, field)).toEqual([value]);
    }
  });

  it('may be quoted over several lines', async () => {
    expect(await valuesOf('"a\nx",b\n1,2\n', 'b')).toEqual(['2']);
  });

  it('may not have the requested name twice, but other names may be repeated', async () => {
    const content = 'email,name,email\na@example.com,b,c@example.com\n';
    expect(await valuesOf(content, 'name')).toEqual(['b']);
    expect(await failureOf(content, 'email')).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('several columns with the name "email"'),
    });
  });

  it('numbers a column without a name', async () => {
    expect(await valuesOf(',email\n0,a@example.com\n', 'column 1')).toEqual(['0']);
  });

  it('gives a clear error if it never ends', async () => {
    expect(await failureOf('"email,name\na@example.com,b\n', 'email')).toMatchObject({
      code: 'source_unreadable',
    });
  });
});

describe('the delimiter', () => {
  it.each([
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
    ['bar', '|'],
  ])('is detected from the content: %s', async (_name, delimiter) => {
    const content = ['a b', 'email', 'note']
      .join(delimiter)
      .concat(`\n1${delimiter}x@example.com${delimiter}"1,5;2|3\t4"\n`);
    expect(await valuesOf(content, 'email')).toEqual(['x@example.com']);
  });

  it('is a tab in a .tsv, whatever the content is', async () => {
    expect(await valuesOf('a,b,c\td,e,f\n1,2,3\t4,5,6\n', 'd,e,f', 'members.tsv')).toEqual(['4,5,6']);
  });
});

describe('an error names the row and never its content', () => {
  const secret = 'hidden@example.com';

  it.each([
    ['too many fields', `a,b\n1,x\n2,${secret},y\n`, /row 2: the row has 3 fields, but the header has 2/],
    ['too few fields', `a,b\n1,x\n${secret}\n`, /row 2: the row has 1 fields, but/],
    ['text after a quote', `a,b\n1,x\n2,"${secret}"y\n`, /row 2: there is text after a closing quote/],
    ['an open quote', `a,b\n1,x\n2,"${secret}\n3,y\n`, /row 2: a quoted value has no closing quote/],
  ])('%s', async (_name, content, message) => {
    const failure = await failureOf(content, 'b');
    expect(failure).toMatchObject({ code: 'source_unreadable', message: expect.stringMatching(message) });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('hidden');
    // With several fields, the same.
    const scan = await (await openFiles({ source: folder.path('members.csv') })).scan(['b', 'a']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toThrow((failure as Error).message);
  });

  it('and counts rows, not lines', async () => {
    const failure = await failureOf('a,b\n"1\n1",x\n\n2,y\n3\n', 'b');
    expect(failure).toMatchObject({ message: expect.stringContaining('row 3:') });
  });

  it('also far down in the file', async () => {
    const rows = 'x@example.com,1\n'.repeat(150_000);
    expect(await failureOf(`email,n\n${rows}x@example.com\n`, 'email')).toMatchObject({
      message: expect.stringContaining('row 150001:'),
    });
  });
});
