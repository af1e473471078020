/** Forms, lines, records and membership: how the bytes of an upload are processed. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader, maxFileBytes } from '../../simulators/line-ads/line-reader.ts';
import { Membership } from '../../simulators/line-ads/membership.ts';
import { readUploadForm } from '../../simulators/line-ads/upload-form.ts';
import { digest, lines } from './client.ts';

/** Splits the bytes at the given positions. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** Reads a form with the boundary from its blocks, and keeps its file. */
const form = (boundary: string, blocks: Buffer[]) =>
  readUploadForm(Readable.from(blocks), `multipart/form-data; boundary=${boundary}`, true);

const places = fc.array(fc.nat(), { maxLength: 12 });

describe('a form', () => {
  const content = fc
    .array(fc.constantFrom('\r', '\n', '-', '--', '\r\n', '\r\n--', '\r\n--bX', 'b', 'é', ''), {
      maxLength: 12,
    })
    .map((pieces) => pieces.join(''));

  test('gives every field and the whole file, wherever the network splits the body', async () => {
    const contents = fc.array(content, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(contents, content, places, async (values, file, at) => {
        const part = (disposition: string, value: string) =>
          `--bY\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
        const body =
          values.map((value, index) => part(`name="p${index}"`, value)).join('') +
          part('name="file"; filename="a.txt"', file);
        const read = await form('bY', cut(Buffer.from(`${body}--bY--\r\n`), at));
        expect([...read.fields]).toEqual(expect.arrayContaining(values.map((value, index) => [`p${index}`, value])));
        expect(read.fields.size).toBe(values.length);
        expect(String(read.file?.bytes)).toBe(file);
      }),
    );
  });

  test('is the same when it comes in two blocks, cut at any place', async () => {
    const body = Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' +
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n',
    );
    for (let place = 0; place <= body.length; place += 1) {
      const { fields, file } = await form('b', cut(body, [place]));
      expect([place, [...fields], file?.name, String(file?.bytes)]).toEqual([place, [['a', '1']], 'a.txt', 'x']);
    }
  });

  test('gives the name and the type of its file', async () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a %22b%22 日.txt"\r\nContent-Type: Text/Plain; charset=utf-8\r\n\r\nx\r\n--b--';
    const { file } = await form('b', [Buffer.from(body)]);
    expect(file).toMatchObject({ name: 'a "b" 日.txt', contentType: 'text/plain' });
    expect(String(file?.bytes)).toBe('x');
  });

  test('may have text around it, white space after a boundary, and headers on two lines', async () => {
    const body =
      'before\r\n--b \t\r\nX-Other: 1\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\nx\r\n--b--after\r\n--b\r\n';
    for (const at of [[], Array.from({ length: body.length }, (_, index) => index)]) {
      const { fields, file } = await form('b', cut(Buffer.from(body), at));
      expect([[...fields], file]).toEqual([[['a', 'x']], null]);
    }
  });

  const part = '--b\r\nContent-Disposition: form-data; ';
  test.each([
    ['that is cut short', `${part}name="a"\r\n\r\nx`, 'INVALID_FORMAT'],
    ['without bytes', '', 'INVALID_FORMAT'],
    ['without a boundary', 'hello', 'INVALID_FORMAT'],
    ['with a part that is not a form field', '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--', 'INVALID_FORMAT'],
    ['with a part without headers', '--b\r\n\r\nx\r\n--b--', 'INVALID_FORMAT'],
    ['with a part without a name', `${part}filename="x"\r\n\r\nx\r\n--b--`, 'INVALID_FORMAT'],
    ['with text after a boundary', `--bad${part.slice(3)}name="a"\r\n\r\nx\r\n--bad--`, 'INVALID_FORMAT'],
    ['with endless headers', `--b\r\n${'x'.repeat(20_000)}`, 'INVALID_FORMAT'],
    ['with a file without a name', `${part}name="file"\r\n\r\nx\r\n--b--`, 'INVALID_FORMAT'],
    ['with a field that is too long', `${part}name="a"\r\n\r\n${'x'.repeat(70_000)}`, 'INVALID_VALUE'],
  ])('%s is refused, as one block and byte by byte', async (_, body, reason) => {
    const bytes = Buffer.from(body);
    for (const at of [[], Array.from({ length: Math.min(bytes.length, 200) }, (_, index) => index)])
      await expect(form('b', cut(bytes, at))).rejects.toMatchObject({ name: 'RefusalError', reason });
  });
});

describe('lines', () => {
  function read(content: string | Buffer, at: number[] = []) {
    const reader = new LineReader();
    for (const block of cut(Buffer.from(content), at)) reader.feed(block);
    const fault = reader.end();
    const members = new Membership();
    members.add(reader.batch);
    return { fault, members: [...members], count: reader.lines };
  }
  const id = (value: number) => `00000000-0000-4000-8000-${String(value).padStart(12, '0')}`;

  test('are the same, wherever the network splits the file', () => {
    const line = fc.oneof(
      fc.nat(50).map(digest),
      fc.nat(50).map((value) => digest(value).toUpperCase()),
      fc.nat(50).map(id),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean(), places, (values, closed, at) => {
        const { fault, members, count } = read(values.join('\n') + (closed ? '\n' : ''), at);
        expect(fault).toBeNull();
        expect(count).toBe(values.length);
        expect(members).toEqual([...new Set(values.map((value) => value.toLowerCase()))].sort());
      }),
    );
  });

  const good = `${digest(1)}\n`;
  test.each([
    ['no bytes', '', 'EMPTY_FILE', undefined],
    ['a BOM', `\uFEFF${good}`, 'INVALID_FILE_CONTENT', 1],
    ['CRLF', `${good}${digest(2)}\r\n`, 'INVALID_FILE_CONTENT', 2],
    ['a NUL', `${good}a\0b\n`, 'INVALID_FILE_CONTENT', 2],
    ['bytes that are not UTF-8', Buffer.from([0x82, 0xa0, 10]), 'DECODING_FAILED', 1],
    ['an address', `${good}${good}a@example.com\n`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 3],
    ['Japanese text', `${good}会員\n`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 2],
    ['an empty line', `${good}\n${good}`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 2],
    ['63 digits', `${digest(1).slice(1)}\n`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 1],
    ['65 digits', `${digest(1)}a\n`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 1],
    ['a letter after f', `${digest(1).slice(1)}g\n`, 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 1],
    [
      'an id with misplaced hyphens',
      `${id(1).replaceAll('-', '')}----\n`,
      'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
      1,
    ],
    [
      'an id that is not hexadecimal',
      `${id(1).replace('8', 'x')}\n`,
      'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT',
      1,
    ],
    ['an endless line', 'a'.repeat(100_000), 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT', 1],
  ])('with %s are refused, as one block and byte by byte', (_, content, expected, line) => {
    const bytes = Buffer.from(content);
    for (const at of [[], Array.from({ length: Math.min(bytes.length, 300) }, (_, index) => index)]) {
      expect(read(bytes, at).fault).toEqual(line === undefined ? { reason: expected } : { reason: expected, line });
    }
  });

  test('may be one million, and not more', () => {
    const million = Buffer.from(`${id(7)}\n`.repeat(1_000_000));
    expect(read(million)).toMatchObject({ fault: null, count: 1_000_000 });
    const more = read(Buffer.concat([million, Buffer.from(good)]));
    expect(more.fault).toEqual({ reason: 'UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS' });
  });

  test('may have 60 MiB, and not more', () => {
    const reader = (bytes: number) => {
      const reader = new LineReader();
      const block = Buffer.from(good.repeat(1000));
      while (reader.bytes + block.length <= bytes) reader.feed(block);
      reader.feed(block.subarray(0, bytes - reader.bytes));
      return reader.end()?.reason;
    };
    expect(reader(maxFileBytes)).not.toBe('FILE_SIZE_LIMIT_EXCEEDED');
    expect(reader(maxFileBytes + 1)).toBe('FILE_SIZE_LIMIT_EXCEEDED');
  });
});

describe('the members of an audience', () => {
  function batch(content: string) {
    const reader = new LineReader();
    reader.feed(Buffer.from(content));
    reader.end();
    return reader.batch;
  }

  test('may fill several pages, and are counted once each', () => {
    const members = new Membership();
    members.add(batch(lines(1, 50_000)));
    members.add(batch(lines(40_001, 70_000).toUpperCase()));
    expect(members.size).toBe(70_000);
    expect(members.has(digest(69_999))).toBe(true);
    expect(members.has(digest(70_001))).toBe(false);
    expect(members.has('a@example.com')).toBe(false);
    const sorted = Array.from({ length: 70_000 }, (_, index) => digest(index + 1)).sort();
    expect([...members]).toEqual(sorted);
    expect(members.sha256()).toBe(
      createHash('sha256')
        .update(`${sorted.join('\n')}\n`)
        .digest('hex'),
    );
  });

  test('are sorted even if they start alike', () => {
    const values = Array.from({ length: 300 }, (_, index) => digest(index).replace(/^.{12}/, 'abcdefabcdef'));
    const members = new Membership();
    members.add(batch(values.join('\n')));
    expect([...members]).toEqual(values.sort());
  });

  test('can be limited to a number of lines, and compared with another audience', () => {
    const [few, all] = [new Membership(), new Membership()];
    few.add(batch(lines(1, 100)), 30);
    all.add(batch(lines(21, 200)));
    expect(few.size).toBe(30);
    expect(few.shared(all)).toBe(10);
  });
});
