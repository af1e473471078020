import { describe, expect, it } from 'vitest';
import { detectEncoding } from '../../src/sources/files/detect-encoding.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { inEncoding } from '../support/legacy-text.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();
const emails = Array.from({ length: 40 }, (_, n) => `member${n}@example.com`);
const rows = emails.map((email, n) => `${n},${email},090-1234-${1000 + n}`).join('\r\n');

/** A file as Excel writes it. Only the header has characters outside ASCII. */
const HEADERS: [encoding: string, header: string, field: string][] = [
  ['shift_jis', '会員番号,メールアドレス,電話番号', 'メールアドレス'],
  ['shift_jis', '氏名,メール,電話', 'メール'],
  ['euc-jp', '会員番号,メールアドレス,電話番号', 'メールアドレス'],
  ['big5', '會員編號,電子郵件,電話號碼', '電子郵件'],
  ['gb18030', '会员编号,电子邮件,电话号码', '电子邮件'],
  ['euc-kr', '회원번호,이메일,전화번호', '이메일'],
  ['windows-874', 'รหัสสมาชิก,อีเมล,เบอร์โทรศัพท์', 'อีเมล'],
  ['utf-16le', '会員番号,メールアドレス,電話番号', 'メールアドレス'],
  ['utf-8', '会員番号,メールアドレス,電話番号', 'メールアドレス'],
];

describe('the encoding of a text, if the user names none,', () => {
  it.each(HEADERS)('is found from the header: %s, %s', async (encoding, header, field) => {
    const source = await folder.write('members.csv', inEncoding(encoding, `${header}\r\n${rows}\r\n`));
    const opened = await openFiles({ source });
    expect(opened.reading).toEqual({ format: 'csv', encoding, delimiter: 'comma', header: true, sheets: [] });
    expect((await opened.fields()).map(({ name }) => name)).toEqual(header.split(','));
    expect(await readValues(opened, field)).toEqual(emails);
  });

  const everyRow = (...names: string[]) => emails.map((email, n) => `${names[n % names.length]},${email}`);
  it.each([
    ['shift_jis', ['氏名,email', ...everyRow('髙橋 太郎', '髙田 花子')]],
    ['shift_jis', ['会員番号,メールアドレス', ...everyRow('髙', '﨑')]],
    ['shift_jis', ['name,email', ...everyRow('髙')]],
    ['shift_jis', ['氏名,メール', ...everyRow('山﨑', '川﨑', '犬塚')]],
    ['shift_jis', ['会社名,メール', ...everyRow('㈱ABC', '㈲DEF')]],
    ['shift_jis', ['会員①,メール②', ...everyRow('①', '②')]],
    ['shift_jis', ['氏名,フリガナ,メール', ...everyRow('髙橋,ﾀｶﾊｼ ﾀﾛｳ', '山﨑,ﾔﾏｻﾞｷ ﾊﾅｺ')]],
    ['shift_jis', ['氏名,メール', ...everyRow('ﾀｶﾊｼ ﾀﾛｳ', 'ｻﾄｳ ﾊﾅｺ')]],
    ['shift_jis', ['name,email', ...everyRow('ﾀｶﾊｼ ﾀﾛｳ', 'ｻﾄｳ ﾊﾅｺ')]],
    ['euc-jp', ['氏名,メール', ...everyRow('髙橋 太郎', '髙田 花子')]],
    ['euc-jp', ['会社名,メール', ...everyRow('㈱ABC', '㈲DEF')]],
  ])('is found when every row has a character beyond the standard: %s, %s', async (encoding, lines) => {
    expect(await detectEncoding(inEncoding(encoding, `${lines.join('\r\n')}\r\n`), true)).toBe(encoding);
  });

  it.each([
    // As Shift_JIS, ú with the next letter would be a character that IBM added.
    ['windows-1252', everyRow('Jesús', 'Raúl')],
    ['windows-1251', everyRow('ИВАН', 'НАТАЛЬЯ ПЕТРОВНА')],
    ['koi8-r', everyRow('иван', 'наталья петровна')],
    ['windows-1252', everyRow('GRÖSSE', 'MÜLLER')],
    // Half-width katakana have another form here, which would be kanji in Shift_JIS.
    ['euc-jp', everyRow('ﾀｶﾊｼ', 'ｻﾄｳ')],
  ])('is not guessed from what such rows have in other encodings: %s, %s', async (encoding, lines) => {
    expect(await detectEncoding(inEncoding(encoding, lines.join('\r\n')), true)).not.toBe('shift_jis');
  });

  it.each([
    ['windows-1252', 'prénom,e-mail\r\nRenée,Zoë\r\nFrançois,Jérôme'],
    ['windows-1252', 'GRÖSSE,MÜLLER,STRAßE,Jörg,Äpfel'],
    ['windows-1252', 'Señor Peña,Núñez,España,año'],
    ['windows-1251', 'имя,почта,Иван,Сергей,Наталья Петровна'],
    ['koi8-r', 'имя,почта,Иван,Сергей,Наталья Петровна'],
    // These bytes are valid in another encoding, too, and the text is too short to decide.
    ['euc-jp', '番号,メール'],
    ['euc-kr', '이메일'],
    ['shift_jis', '氏名,email'],
  ])('is not guessed if it is uncertain: %s, %s', async (encoding, text) => {
    expect(await detectEncoding(inEncoding(encoding, text), true)).toBeUndefined();
    const source = await folder.write('unsure.csv', inEncoding(encoding, `${text}\r\n1,a@example.com\r\n`));
    await expect(openFiles({ source })).rejects.toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining(
        'is not valid UTF-8 (in its header). Choose its encoding, or save the file as UTF-8.',
      ),
    });
  });

  it('is UTF-8 even if a few bytes are damaged', async () => {
    const text = Buffer.from(`会員番号,メールアドレス\n1,a@example.com\n山田,b@example.com\n`);
    const at = text.indexOf('山');
    const damaged = Buffer.concat([text.subarray(0, at), Buffer.from([0x8e, 0x52]), text.subarray(at + 3)]);
    const source = await folder.write('damaged.csv', damaged);
    expect(await scanFailure(openFiles({ source }), 'メールアドレス')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringContaining('is not valid UTF-8 (at row 2)'),
    });
  });

  it('is checked to the last byte: an incomplete character far down ends the scan', async () => {
    const text = `会員番号,メールアドレス,電話番号\r\n${`${rows}\r\n`.repeat(3000)}`;
    const source = await folder.write('cut.csv', Buffer.concat([inEncoding('shift_jis', text), Buffer.from([0x83])]));
    expect(await scanFailure(openFiles({ source }), 'メールアドレス')).toMatchObject({
      code: 'source_encoding',
      message: expect.stringMatching(
        /looks like shift_jis, but a part of it is not valid in this encoding \(at row 120001\)\. Choose its encoding/,
      ),
    });
  });

  it('is the one that a user names, and this is checked, too', async () => {
    const source = await folder.write('said.csv', inEncoding('shift_jis', `氏名,メール\r\n鈴木,a@example.com\r\n`));
    for (const encoding of ['euc-jp', 'utf-16be', 'utf-8']) {
      await expect(openFiles({ source, encoding })).rejects.toMatchObject({ code: 'source_encoding' });
    }
    expect((await openFiles({ source, encoding: 'cp932' })).reading?.encoding).toBe('shift_jis');
  });
});

describe('if the user names them, the delimiter and the header', () => {
  it('replace the detected ones', async () => {
    const source = await folder.write('odd.csv', 'a,b;email\nx,y;a@example.com\n');
    const opened = await openFiles({ source, delimiter: 'semicolon' });
    expect(opened.reading).toMatchObject({ delimiter: 'semicolon', header: true });
    expect(await readValues(opened, 'email')).toEqual(['a@example.com']);
  });

  it('can say that there is no header, so every row is a member', async () => {
    const source = await folder.write('names.csv', 'taro,a@example\nhana,b@example\n');
    const opened = await openFiles({ source, header: 'no' });
    expect(opened.notice).toBeUndefined();
    expect((await opened.fields()).map(({ name }) => name)).toEqual(['column 1', 'column 2']);
    expect(await readValues(opened, 'column 1')).toEqual(['taro', 'hana']);
  });

  it('can say that a list of values has a header', async () => {
    const source = await folder.write('list.txt', 'address\na@example.com\n');
    expect(await readValues(await openFiles({ source, header: 'yes' }), 'address')).toEqual(['a@example.com']);
  });

  it('never show a member as a header', async () => {
    const source = await folder.write('none.csv', 'taro,a@example.com\nhana,b@example.com\n');
    await expect(openFiles({ source, header: 'yes' })).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(/looks like a member.*Choose that it has no header/),
    });
  });
});
