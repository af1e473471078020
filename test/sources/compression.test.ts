import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();
const parts = ['id,email\n1,a@example.com\n', '2,b@example.com\n', '3,c@example.com\n'];

/** Too varied to shrink to nothing: many blocks of compressed data. */
const rows = Array.from(
  { length: 150_000 },
  (_, index) => `${(index * 2654435761) % 4294967296},u${index}@example.com`,
);
const large = `id,email\n${rows.join('\n')}\n`;

describe.each([
  ['gzip', gzipSync, 'gz'],
  ['zstd', zstdCompressSync, 'zst'],
] as const)('%s', (name, compress, extension) => {
  it('is expanded, whatever the file is called', async () => {
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
    const source = await folder.write(
      `m.csv.${extension}`,
      Buffer.concat(parts.map((part) => compress(part))),
    );
    expect(await readValues(await openFiles({ source }), 'id')).toEqual(['1', '2', '3']);
    const cut = [];
    for (let at = 0; at < large.length; at += 500_000) cut.push(compress(large.slice(at, at + 500_000)));
    const many = await folder.write(`l.csv.${extension}`, Buffer.concat(cut));
    const values = await readValues(await openFiles({ source: many }), 'email');
    expect(values).toHaveLength(rows.length);
    expect(values.at(-1)).toBe(`u${rows.length - 1}@example.com`);
  });

  it('that is cut off fails, and never gives a silent half', async () => {
    const whole = compress(large);
    for (const length of [whole.length - 1, Math.floor(whole.length / 2), 20]) {
      const source = await folder.write(`cut.csv.${extension}`, whole.subarray(0, length));
      expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({
        code: 'source_unreadable',
        message: expect.stringContaining(`the ${name} data ends too early`),
      });
    }
  });

  it('that is damaged fails', async () => {
    const bytes = Buffer.from(compress(large));
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0xaa, middle, middle + 200);
    const source = await folder.write(`bad.csv.${extension}`, bytes);
    expect(await scanFailure(openFiles({ source }), 'email')).toMatchObject({ code: 'source_unreadable' });
    const trailing = await folder.write(
      `more.csv.${extension}`,
      Buffer.concat([compress(large), Buffer.from('junk')]),
    );
    expect(await scanFailure(openFiles({ source: trailing }), 'email')).toMatchObject({
      code: 'source_unreadable',
    });
  });

  it('of nothing is an empty source', async () => {
    const source = await folder.write(`empty.csv.${extension}`, compress(''));
    await expect(openFiles({ source })).rejects.toMatchObject({ code: 'source_empty' });
  });
});
