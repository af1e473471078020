import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

/** 氏名,メール / 山田ソ,taro@example.jp: the second byte of ソ is a backslash, of 〜 and others ASCII too. */
const shiftJis = Buffer.from(
  '8e8196bc2c8381815b838b0d0a8e5293 63835c2c7461726f406578616d706c652e6a700d0a'.replaceAll(' ', ''),
  'hex',
);

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('a text in another encoding', () => {
  it.each(['shift_jis', 'Shift-JIS', 'cp932', 'windows-31j', 'MS932'])(
    'is read when it is named: %s',
    async (encoding) => {
      const source = await folder.write('sjis.csv', shiftJis);
      expect(await readValues(await openFiles({ source, encoding }), 'メール')).toEqual(['taro@example.jp']);
      expect(await readValues(await openFiles({ source, encoding }), '氏名')).toEqual(['山田ソ']);
    },
  );

  it.each([
    ['euc-jp', 'cbbe0ac5ec0a', '望\n東\n'],
    ['iso-2022-jp', '1b24424b3e1b28420a1b2442456c1b28420a', '望\n東\n'],
    ['big5', 'b1e60aaa460a', '望\n東\n'],
    ['windows-874', 'a10aa20a', 'ก\nข\n'],
    ['tis-620', 'a10aa20a', 'ก\nข\n'],
    ['windows-1252', 'e90a', 'é\n'],
    ['utf-16le', Buffer.from('é\n日\n', 'utf16le').toString('hex'), 'é\n日\n'],
    ['utf-16be', utf16be('é\n日\n').toString('hex'), 'é\n日\n'],
    ['utf-8', Buffer.from('é\n日\n').toString('hex'), 'é\n日\n'],
  ])('is decoded: %s', async (encoding, hex, text) => {
    const source = await folder.write('text.txt', Buffer.from(hex, 'hex'));
    const values = await readValues(await openFiles({ source, encoding, format: 'lines' }), 'value');
    expect(`${values.join('\n')}\n`).toBe(text);
  });

  it('is recognised by its byte order mark, also against the name that is given', async () => {
    const text = 'id,email\n1,é@example.com\n';
    for (const bytes of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      utf16be(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`),
    ]) {
      const source = await folder.write('marked.csv', bytes);
      for (const encoding of [undefined, 'shift_jis', 'utf-16']) {
        expect(await readValues(await openFiles({ source, encoding }), 'email')).toEqual(['é@example.com']);
      }
    }
  });

  it('is decoded across blocks', async () => {
    const line = shiftJis.subarray(13);
    const header = shiftJis.subarray(0, 13);
    const rows = 120_000;
    const source = await folder.write('large.csv', Buffer.concat([header, ...Array(rows).fill(line)]));
    const values = await readValues(await openFiles({ source, encoding: 'shift_jis' }), '氏名');
    expect(values).toHaveLength(rows);
    expect(new Set(values)).toEqual(new Set(['山田ソ']));
  });
});

describe('a text that is not in the encoding it should be in', () => {
  it('names the row, and what to try: Shift_JIS read as UTF-8', async () => {
    const content = Buffer.concat([Buffer.from('email,name\na@example.com,x\n'), shiftJis.subarray(13)]);
    const source = await folder.write('members.csv', content);
    for (const field of ['email', 'name']) {
      expect(await scanFailure(openFiles({ source }), field)).toMatchObject({
        code: 'source_encoding',
        message: expect.stringMatching(/not valid UTF-8 \(at row 2\)/),
      });
    }
  });

  it('names the header', async () => {
    const source = await folder.write('members.csv', shiftJis);
    await expect(openFiles({ source })).rejects.toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining('in its header'),
    });
  });

  it('names the row far down', async () => {
    const rows = 'a@example.com,x\n'.repeat(200_000);
    const bytes = Buffer.concat([
      Buffer.from(`email,name\n${rows}b@example.com,`),
      Buffer.from([0xff, 0x0a]),
    ]);
    const source = await folder.write('members.csv', bytes);
    expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({
      message: expect.stringContaining('row 200001'),
    });
  });

  it.each(['shift_jis', 'euc-jp'])('names the row of what does not fit %s', async (encoding) => {
    const bytes = Buffer.concat([
      Buffer.from('email,n\na@example.com,1\nb@example.com,2\nc'),
      Buffer.from([0xff, 0x0a]),
    ]);
    const source = await folder.write('members.csv', bytes);
    expect(await scanFailure(openFiles({ source, encoding }), 'email')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringMatching(new RegExp(`does not fit the encoding ${encoding} .at row 3`)),
    });
  });

  it('hears of the encoding rather than of rows that only seem ragged', async () => {
    const source = await folder.write(
      'members.csv',
      Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.from([0x83, 0x2c, 0x2c, 0x0a])]),
    );
    expect(await scanFailure(openFiles({ source }), 'a')).toMatchObject({ code: 'source_encoding' });
  });
});

it('an unknown encoding lists common ones', async () => {
  const source = await folder.write('members.csv', 'email\n');
  await expect(openFiles({ source, encoding: 'shift_jiss' })).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/"shift_jiss" is not known.*utf-8, shift_jis, euc-jp/),
  });
});
