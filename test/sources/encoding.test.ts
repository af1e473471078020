import { TextDecoder as WhatwgDecoder } from '@exodus/bytes/encoding.js';
import { describe, expect, it } from 'vitest';
import { decode, resolveEncoding } from '../../src/sources/files/encoding.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

/** 氏名,メール / 山田ソ,taro@example.jp. The second byte of ソ is a backslash, and that of 〜 and others is ASCII, too. */
const shiftJis = Buffer.from(
  '8e8196bc2c8381815b838b0d0a8e5293 63835c2c7461726f406578616d706c652e6a700d0a'.replaceAll(' ', ''),
  'hex',
);

const PYTHON: [string, string, string][] = [
  ['euc-kr', '610a8c63b9e6b0a2c7cf20bc84bdc3c4ddb6f320beb12081410a', '똠방각하 펲시콜라 쓩 갂'],
  [
    'big5',
    '610a9dee9def9df79df620fee520c074a473b0cf20fb6920f9d6f9d7f9daf9d8f9dbf9dc0a',
    '㗎嘅咗喺 礮 龜山區 堃 碁銹恒裏粧嫺',
  ],
  ['shift_jis', '610aeee0ed952087408755878a20835c955c20b1b2b30a', '髙﨑 ①Ⅱ㈱ ソ表 ｱｲｳ'],
  ['euc-jp', '610ab9e2b6b620c5ecb5fe208eb18eb28eb30a', '高橋 東京 ｱｲｳ'],
  ['euc-jp', '610a8fb0a18fb0fe0a', '丂侄'],
  ['gb18030', '610a8139ee399532823620fd9420a2e30a', '㐀𠀀 龜 €'],
  ['iso-2022-jp', '610a1b24424b3e456c1b28420a', '望東'],
];

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('a text that is not UTF-16', () => {
  // As such, all of its first characters would be one name of a column.
  it.each([
    ['utf-16le', Buffer.from('taro@example.jp,Taro\nhana@example.jp,Hana\n')],
    ['utf-16be', Buffer.from('taro@example.jp,Taro\nhana@example.jp,Hana\n')],
    ['utf-16be', Buffer.from('taro@example.jp,一\nhana@example.jp,\u3000\n', 'utf16le')],
    ['utf-16le', utf16be('taro@example.jp,一\nhana@example.jp,\u3000\n')],
    ['utf-16le', shiftJis],
  ] as const)('is refused as %s', async (encoding, content) => {
    const source = await folder.write('members.csv', content);
    for (const header of ['yes', 'no', undefined] as const) {
      await expect(openFiles({ source, encoding, header })).rejects.toMatchObject({
        code: 'source_encoding',
      });
    }
  });

  it('is read in its own order of bytes, also with few characters of ASCII', async () => {
    const content = utf16be('一,\u3000\n一,\u3000\n');
    const source = await openFiles({ source: await folder.write('few.csv', content), encoding: 'utf-16be' });
    expect(await source.fields()).toHaveLength(2);
  });
});

describe('a text in another encoding', () => {
  it.each(['shift_jis', 'Shift-JIS', 'cp932', 'windows-31j', 'MS932'])(
    'is read if the user names it: %s',
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

  it('is recognised by its byte order mark, even if the user names another one', async () => {
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

  it.each([
    ['shift_jis', ['cp932', 'ms932', 'sjis', 'Shift_JIS', 'shiftjis', 'windows-31j', 'MS_Kanji', '932']],
    ['euc-jp', ['euc_jp', 'eucjp', 'ujis', 'EUC-JP']],
    ['iso-2022-jp', ['iso2022_jp', 'ISO2022JP', 'iso-2022-jp']],
    ['euc-kr', ['cp949', 'ms949', 'uhc', 'euc_kr', 'euckr', 'ks_c_5601-1987', 'x-windows-949']],
    ['big5', ['big5hkscs', 'Big5-HKSCS', 'cp950', 'big5-tw', 'MS950']],
    ['gbk', ['cp936', 'gb2312', 'GBK', 'ms936', 'euc-cn']],
    ['gb18030', ['gb18030_2000', 'GB-18030']],
    ['utf-8', ['utf_8_sig', 'utf-8-sig', 'utf8', 'UTF_8', 'U8', 'cp65001', 'utf8mb4']],
    ['utf-16le', ['utf16', 'utf_16', 'utf_16_le', 'utf-16', 'UTF-16LE']],
    ['utf-16be', ['utf_16_be', 'utf16be']],
    ['windows-1252', ['latin1', 'latin-1', 'latin_1', 'iso8859_1', 'iso8859-1', 'cp1252', 'l1', 'us-ascii']],
    ['windows-874', ['cp874', 'tis620', 'tis_620', 'tis-620', 'iso8859_11', 'thai']],
    ['iso-8859-15', ['iso8859_15', 'latin9', 'iso-8859-15']],
    ['iso-8859-2', ['iso8859_2', 'latin2']],
    ['windows-1251', ['cp1251', 'windows_1251']],
    ['koi8-r', ['koi8_r']],
    ['macintosh', ['mac_roman', 'macroman']],
  ])('has the names that other programs use: %s', (encoding, names) => {
    expect(names.map(resolveEncoding)).toEqual(names.map(() => encoding));
  });

  it.each(['cp437', 'utf-7', 'utf-32', 'shift_jis_2004', 'johab', 'hz', 'iso-2022-kr', 'latin99'])(
    'is refused if only a similar one is known: %s',
    (name) => {
      expect(() => resolveEncoding(name)).toThrow(/is unknown/);
    },
  );

  it('is decoded across blocks', async () => {
    const line = shiftJis.subarray(13);
    const header = shiftJis.subarray(0, 13);
    const rows = 40_000;
    const source = await folder.write('large.csv', Buffer.concat([header, ...Array(rows).fill(line)]));
    const values = await readValues(await openFiles({ source, encoding: 'shift_jis' }), '氏名');
    expect(values).toHaveLength(rows);
    expect(new Set(values)).toEqual(new Set(['山田ソ']));
  });
});

/** Encoded by Python’s codecs of these names, which are independent of the decoders tested here. */
describe('every character is decoded correctly', () => {
  it.each(PYTHON)('%s', async (encoding, hex, text) => {
    const source = await folder.write('python.csv', Buffer.from(hex, 'hex'));
    expect((await readValues(await openFiles({ source, encoding }), 'a')).join('\n')).toBe(text);
  });

  it.each([
    ['euc-kr', '8080'],
    ['euc-kr', 'c9a1'],
    ['big5', '8040'],
    ['big5', 'ff'],
    ['euc-jp', '81'],
    ['euc-jp', 'a0'],
    ['shift_jis', 'a0'],
    ['shift_jis', '8140ff'],
  ])('and invalid bytes are refused: %s %s', async (encoding, hex) => {
    const bytes = Buffer.concat([Buffer.from('a\n1\n'), Buffer.from(hex, 'hex'), Buffer.from('\n')]);
    const source = await folder.write('none.csv', bytes);
    expect(await scanFailure(openFiles({ source, encoding }), 'a')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining('(at row 2)'),
    });
  });

  // All characters of two bytes, according to the library. Node’s own decoders must agree.
  it.each(['big5', 'euc-jp', 'euc-kr', 'gbk', 'gb18030', 'shift_jis', 'windows-874', 'windows-1252'])(
    'wherever the file is split: %s',
    async (encoding) => {
      const standard = new WhatwgDecoder(encoding, { fatal: true });
      const characters: string[] = [];
      const pairs: number[] = [];
      for (let lead = 0x01; lead <= 0xff; lead++) {
        for (let trail = 0x01; trail <= 0xff; trail++) {
          const character = decoded(standard, Uint8Array.of(lead, trail));
          // Byte 0x80 in Shift_JIS is a control character. It is refused here, because no text holds it.
          if (character === undefined || character.includes('\x80')) continue;
          characters.push(character);
          pairs.push(lead, trail);
        }
      }
      const slices = async function* () {
        const all = Uint8Array.from(pairs);
        for (let from = 0; from < all.length; from += 777) yield all.subarray(from, from + 777);
      };
      const parts: Uint8Array[] = [];
      for await (const part of decode(slices(), encoding)) parts.push(part);
      expect(characters.length).toBeGreaterThan(15_000);
      expect(Buffer.concat(parts).toString() === characters.join('')).toBe(true);
    },
  );
});

function decoded(decoder: InstanceType<typeof WhatwgDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

describe('a text in ISO-2022-JP, if the user names no encoding,', () => {
  const mail = Buffer.from('1b24422f2f471b2842', 'hex');

  it.each([
    ['kanji', '1b2442376f3e721b2842', '件条'],
    ['kanji of 1978', '1b2440376f3e721b2842', '件条'],
    ['JIS-Roman', '1b284a5c1b2842', '¥'],
    ['Katakana', '1b28493132331b2842', 'ｱｲｳ'],
  ])('is decoded by its escapes: %s', async (_name, hex, text) => {
    const content = Buffer.concat([
      Buffer.from('email,'),
      Buffer.from(hex, 'hex'),
      Buffer.from('\na@example.com,'),
      Buffer.from(hex, 'hex'),
      Buffer.from('\n'),
    ]);
    const source = await openFiles({ source: await folder.write('jis.csv', content) });
    expect((await source.fields()).map(({ name }) => name)).toEqual(['email', text]);
    expect(await source.preview('email', 5)).toEqual([{ row: 1, values: ['a***@e***.com'] }]);
    expect(await readValues(source, text)).toEqual([text]);
  });

  it('is not decoded if the user says UTF-8, or if it holds other characters', async () => {
    const content = Buffer.concat([Buffer.from('a\n'), mail, Buffer.from('é\n')]);
    const source = await folder.write('escapes.csv', content);
    expect(await readValues(await openFiles({ source }), 'a')).toEqual([content.subarray(2, -1).toString()]);
    const ascii = await folder.write('ascii.csv', Buffer.concat([Buffer.from('a\n'), mail]));
    expect(await readValues(await openFiles({ source: ascii, encoding: 'utf-8' }), 'a')).toEqual([mail.toString()]);
    const colours = await folder.write('colours.csv', 'a\n\x1b[31mred\x1b[0m\n');
    expect(await readValues(await openFiles({ source: colours }), 'a')).toEqual(['\x1b[31mred\x1b[0m']);
  });
});

describe('a text that is not in the expected encoding', () => {
  it('is reported with the row, and with an encoding to try: Shift_JIS read as UTF-8', async () => {
    const content = Buffer.concat([Buffer.from('email,name\na@example.com,x\n'), shiftJis.subarray(13)]);
    const source = await folder.write('members.csv', content);
    for (const field of ['email', 'name']) {
      expect(await scanFailure(openFiles({ source, encoding: 'utf-8' }), field)).toMatchObject({
        code: 'source_encoding',
        message: expect.stringMatching(/not valid UTF-8 \(at row 2\)/),
      });
    }
  });

  it('is reported with the header', async () => {
    const source = await folder.write('members.csv', shiftJis);
    await expect(openFiles({ source, encoding: 'utf-8' })).rejects.toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining('in its header'),
    });
  });

  it('is reported with a row far down', async () => {
    const rows = 'a@example.com,x\n'.repeat(80_000);
    const bytes = Buffer.concat([Buffer.from(`email,name\n${rows}b@example.com,`), Buffer.from([0xff, 0x0a])]);
    const source = await folder.write('members.csv', bytes);
    expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({
      message: expect.stringContaining('row 80001'),
    });
  });

  it.each(['shift_jis', 'euc-jp'])('is reported with the first row that is not valid %s', async (encoding) => {
    const bytes = Buffer.concat([
      Buffer.from('email,n\na@example.com,1\nb@example.com,2\nc'),
      Buffer.from([0xff, 0x0a]),
    ]);
    const source = await folder.write('members.csv', bytes);
    expect(await scanFailure(openFiles({ source, encoding }), 'email')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringMatching(new RegExp(`is not valid in the encoding ${encoding} .at row 3`)),
    });
  });

  it('is reported as an encoding error, not as rows with a wrong number of fields', async () => {
    const source = await folder.write(
      'members.csv',
      Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.from([0x83, 0x2c, 0x2c, 0x0a])]),
    );
    expect(await scanFailure(openFiles({ source }), 'a')).toMatchObject({ code: 'source_encoding' });
  });
});

it('lists common encodings if the name is unknown', async () => {
  const source = await folder.write('members.csv', 'email\n');
  await expect(openFiles({ source, encoding: 'shift_jiss' })).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/"shift_jiss" is unknown.*utf-8, shift_jis, euc-jp/),
  });
});
