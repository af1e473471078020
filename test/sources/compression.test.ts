import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();
const parts = ['id,email\n1,a@example.com\n', '2,b@example.com\n', '3,c@example.com\n'];

/** Too varied to compress well, so it fills many blocks. */
const rows = Array.from({ length: 50_000 }, (_, index) => `${(index * 2654435761) % 4294967296},u${index}@example.com`);
const large = `id,email\n${rows.join('\n')}\n`;

/** Written once by the programs with these names. Each holds `members`. */
const written = {
  /** pzstd 1.5.7: a skippable frame before each frame. */
  pzstd: 'UCpNGAQAAAAvAAAAKLUv/QRYFQEA4GlkLGVtYWlsCjEsYUBleGFtcGxlLmNvbQoyLGIBAMwxnV1jQcg=',
  lz4: 'BCJNGGRApyYAAAD0DWlkLGVtYWlsCjEsYUBleGFtcGxlLmNvbQoyLGIQAFAuY29tCgAAAADwvscG',
  'lz4 -l': 'AiFMGCYAAAD0DWlkLGVtYWlsCjEsYUBleGFtcGxlLmNvbQoyLGIQAFAuY29tCg==',
};
const members = ['a@example.com', 'b@example.com'];

const bytesOf = (program: keyof typeof written): Buffer => Buffer.from(written[program], 'base64');

/** A frame of `size` bytes that readers skip. */
function skippable(size: number, kind = 0): Buffer {
  const frame = Buffer.alloc(8 + size, 0xaa);
  frame.writeUInt32LE(0x184d2a50 + kind, 0);
  frame.writeUInt32LE(size, 4);
  return frame;
}

describe('Zstandard frames without data', () => {
  it('are skipped before the first frame, as pzstd writes them', async () => {
    const source = await folder.write('m.csv.zst', bytesOf('pzstd'));
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(members);
  });

  it('are skipped in the middle and at the end, whatever their size and kind', async () => {
    const frames = parts.flatMap((part, index) => [skippable(index * 700_000, index * 7), zstdCompressSync(part)]);
    const source = await folder.write('m.csv.zst', Buffer.concat([...frames, skippable(0, 15), skippable(3)]));
    expect(await readValues(await openFiles({ source }), 'id')).toEqual(['1', '2', '3']);
  });

  it('fail if they are cut off', async () => {
    const frames = [zstdCompressSync(parts.join('')), skippable(1000).subarray(0, 500)];
    const source = await folder.write('m.csv.zst', Buffer.concat(frames));
    expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({ code: 'source_unreadable' });
  });

  it('are an empty source if there are no others', async () => {
    const source = await folder.write('m.csv.zst', skippable(20));
    await expect(openFiles({ source })).rejects.toMatchObject({ code: 'source_empty' });
  });
});

describe('zero bytes after gzip data', () => {
  const zipped = gzipSync(parts.join(''));

  it.each([1, 511, 16_384 - zipped.length, 16_384, 3_000_000])('are padding: %i of them', async (zeros) => {
    const source = await folder.write('m.csv.gz', Buffer.concat([zipped, Buffer.alloc(zeros)]));
    expect(await readValues(await openFiles({ source }), 'id')).toEqual(['1', '2', '3']);
  });

  it('are padding if the data ends exactly at the end of a block', async () => {
    // The member before has no data, and its header has a comment of the required length.
    const filler = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 255]),
      Buffer.alloc(16_384 - zipped.length - 21, 'x'),
      Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]);
    const source = await folder.write('m.csv.gz', Buffer.concat([filler, zipped, Buffer.alloc(1000)]));
    expect(filler.length + zipped.length).toBe(16_384);
    expect(await readValues(await openFiles({ source }), 'id')).toEqual(['1', '2', '3']);
  });

  it('do not hide other data after them', async () => {
    const source = await folder.write('m.csv.gz', Buffer.concat([zipped, Buffer.alloc(9), Buffer.from('x')]));
    expect(await scanFailure(openFiles({ source }), 'id')).toMatchObject({ code: 'source_unreadable' });
  });
});

it.each(['lz4', 'lz4 -l'] as const)('LZ4 is recognised and refused: %s', async (program) => {
  const source = await folder.write('m.csv.lz4', bytesOf(program));
  await expect(openFiles({ source })).rejects.toMatchObject({
    code: 'source_not_text',
    message: expect.stringContaining('is not a text file but LZ4 data; decompress it first'),
  });
});

describe.each([
  ['gzip', gzipSync, 'gz'],
  ['zstd', zstdCompressSync, 'zst'],
] as const)('%s', (name, compress, extension) => {
  it('is expanded, whatever the name of the file is', async () => {
    for (const file of [`members.csv.${extension}`, 'members.csv', 'members.dat']) {
      const source = await folder.write(file, compress(parts.join('')));
      expect(await readValues(await openFiles({ source }), 'email')).toEqual([
        'a@example.com',
        'b@example.com',
        'c@example.com',
      ]);
    }
  });

  it('is expanded to its last member, however many there are', async () => {
    const source = await folder.write(`m.csv.${extension}`, Buffer.concat(parts.map((part) => compress(part))));
    expect(await readValues(await openFiles({ source }), 'id')).toEqual(['1', '2', '3']);
    const cut = [];
    for (let at = 0; at < large.length; at += 500_000) cut.push(compress(large.slice(at, at + 500_000)));
    const many = await folder.write(`l.csv.${extension}`, Buffer.concat(cut));
    const values = await readValues(await openFiles({ source: many }), 'email');
    expect(values).toHaveLength(rows.length);
    expect(values.at(-1)).toBe(`u${rows.length - 1}@example.com`);
  });

  it('fails if it is cut off, and never gives only a part', async () => {
    const whole = compress(large);
    for (const length of [whole.length - 1, Math.floor(whole.length / 2), 20]) {
      const source = await folder.write(`cut.csv.${extension}`, whole.subarray(0, length));
      expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({
        code: 'source_unreadable',
        message: expect.stringContaining(`the ${name} data ends too early`),
      });
    }
  });

  it('fails if it is damaged', async () => {
    const bytes = Buffer.from(compress(large));
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0xaa, middle, middle + 200);
    const source = await folder.write(`bad.csv.${extension}`, bytes);
    expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({ code: 'source_unreadable' });
    const trailing = await folder.write(`more.csv.${extension}`, Buffer.concat([compress(large), Buffer.from('junk')]));
    expect(await scanFailure(openFiles({ source: trailing }), 'email')).toMatchObject({
      code: 'source_unreadable',
    });
  });

  it('without data is an empty source', async () => {
    const source = await folder.write(`empty.csv.${extension}`, compress(''));
    await expect(openFiles({ source })).rejects.toMatchObject({ code: 'source_empty' });
  });
});
