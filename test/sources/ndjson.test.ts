import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readBlocks, readFields, readMembers, scanFailure } from './support/values.ts';

const folder = useFolder();

async function membersOf(content: string, field: string) {
  const source = await openFiles({ source: await folder.write('members.ndjson', content) });
  return readMembers(await source.scan([field]));
}

async function failureOf(content: string | Uint8Array, field: string) {
  return scanFailure(openFiles({ source: await folder.write('members.ndjson', content) }), field);
}

describe('values', () => {
  it('are texts, numbers, or lists of them; a missing field is an empty value', async () => {
    const lines = [
      { email: 'a@example.com' },
      { other: 1 },
      { email: null },
      { email: '' },
      { email: ['b@example.com', 'c\n"@example.com', null] },
      { email: [] },
      { email: 819012345678 },
      { email: '0901' },
      { email: true },
    ];
    const content = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(await membersOf(content, 'email')).toEqual([
      ['a@example.com'],
      [''],
      [''],
      [''],
      ['b@example.com', 'c\n"@example.com', ''],
      [''],
      ['819012345678'],
      ['0901'],
      ['true'],
    ]);
  });

  it('come only from own fields', async () => {
    expect(await membersOf('{"constructor":"a"}\n{"b":1}\n', 'constructor')).toEqual([['a'], ['']]);
  });

  it('may be on lines that end with CRLF, are blank, or are split between blocks', async () => {
    const long = 'z'.repeat(3_000_000);
    expect(await membersOf(`{"a":"1"}\r\n\r\n{"a":"${long}"}\r\n\n{"a":"2"}`, 'a')).toEqual([['1'], [long], ['2']]);
  });

  it('may be of a field that only later lines have', async () => {
    const content = `${'{"a":1}\n'.repeat(300_000)}{"late":"x@example.com"}\n`;
    const members = await membersOf(content, 'late');
    expect(members).toHaveLength(300_001);
    expect(members.at(-1)).toEqual(['x@example.com']);
  });
});

it('are previewed with the fields of the first lines', async () => {
  const content = '{"id":1,"email":"a@example.com"}\n{"id":2,"tags":["x"],"score":1.5,"name":null}\n';
  const source = await openFiles({ source: await folder.write('members.ndjson', content) });
  expect(await source.fields()).toEqual([
    { name: 'id', type: 'BIGINT', list: false },
    { name: 'email', type: 'VARCHAR', list: false },
    { name: 'tags', type: 'VARCHAR[]', list: true },
    { name: 'score', type: 'DOUBLE', list: false },
    { name: 'name', type: 'NULL', list: false },
  ]);
  expect(await source.preview('email', 5)).toEqual([
    { row: 1, values: ['a***@e***.com'] },
    { row: 2, values: [''] },
  ]);
});

describe('an error', () => {
  it('names a field that no line has', async () => {
    expect(await failureOf('{"email":"a@example.com"}\n', 'emial')).toMatchObject({
      code: 'field_not_found',
      message: expect.stringContaining('Did you mean "email"?'),
    });
  });

  it('names each field that no line has, at the end', async () => {
    const content = '{"email":"a@example.com"}\n{"phone":"1"}\n';
    const source = await openFiles({ source: await folder.write('members.ndjson', content) });
    expect(await readFields(await source.scan(['phone', 'email']))).toEqual([
      [[''], ['1']],
      [['a@example.com'], ['']],
    ]);
    const scan = await source.scan(['email', 'phnoe']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'field_not_found',
      message: expect.stringMatching(/"phnoe".*Did you mean "phone"\?/s),
    });
  });

  it.each([
    ['no JSON', '{"a":1}\n\n{"a":"hidden@example.com"\n'],
    ['no object', '{"a":1}\n["hidden@example.com"]\n'],
    ['two objects', '{"a":1}\n{"a":2}{"a":"hidden@example.com"}\n'],
  ])('names the row of a line with %s', async (_name, content) => {
    const failure = await failureOf(content, 'a');
    expect(failure).toMatchObject({ code: 'source_unreadable', message: expect.stringContaining('row 2:') });
    expect(JSON.stringify([failure, String(failure)])).not.toContain('hidden');
  });

  it.each(['{"b":1}', '[["x"]]', '[{"b":1}]'])('names the row of a value that is not text: %s', async (value) => {
    expect(await failureOf(`{"a":"1"}\n{"a":${value}}\n`, 'a')).toMatchObject({
      code: 'field_type',
      message: expect.stringContaining('row 2: the field "a" holds'),
    });
  });

  it('names the row of bytes that are not UTF-8', async () => {
    const content = Buffer.concat([Buffer.from('{"a":"1"}\n{"a":"'), Buffer.from([0x83, 0x81]), Buffer.from('"}\n')]);
    expect(await failureOf(content, 'a')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining('row 2'),
    });
  });

  it('explains that a JSON array, or an object over several lines, is not NDJSON', async () => {
    const array = await folder.write('members.json', '[{"a":1}]\n');
    await expect(openFiles({ source: array })).rejects.toMatchObject({
      code: 'source_format',
      message: expect.stringContaining('JSON array'),
    });
    const pretty = await folder.write('pretty.ndjson', '{\n"a": 1\n}\n');
    await expect(openFiles({ source: pretty })).rejects.toMatchObject({ code: 'source_format' });
  });
});
